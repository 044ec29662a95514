"""Words that are nearly those for a finding, as a slip of the fingers leaves them: offered, never taken."""

from __future__ import annotations

import difflib
import re

from cxr_grounding.signals.known_findings import FINDINGS

SHORTEST, LIKENESS = 5, 0.75
"""Letters of a word that is looked at, and how alike two words must be (`difflib`'s ratio): "efusion" is "effusion"."""

_WORD = re.compile(r"[^\W\d_]+")
_KNOWN = sorted({word for known in FINDINGS.values() for word in known.name.split()})


def nearest_finding(text: str) -> str | None:
    """The words for known findings that a text may have meant; None where no word of it is near one.

    Args:
        text: lower case; one that names a finding rightly needs no such offer.
    """
    words = [match[0] for match in _WORD.finditer(text) if len(match[0]) >= SHORTEST]
    near = [difflib.get_close_matches(word, _KNOWN, n=1, cutoff=LIKENESS) for word in words]
    meant = list(dict.fromkeys(found[0] for found in near if found))
    return next((known.name for known in FINDINGS.values() if known.name.split()[-1] in meant), None)
