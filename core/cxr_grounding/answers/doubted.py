"""How the heat of an answer is drawn that is not to be believed."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # only then: Slicer shows answers without the libraries that judge them
    from cxr_grounding.verdict import Verdict


class Doubted(enum.Enum):
    """What becomes of heat whose verdict is not confident (`VerdictKind.is_confident`)."""

    PALE = "pale"
    """It can be seen, and is never as strong as heat that is believed."""
    HIDDEN = "hidden"
    """The anatomy stays as it is."""
    FULL = "full"
    """It looks like any other."""

    @property
    def strength(self) -> float:
        """By what the opacity of such heat is multiplied, [0, 1]."""
        return _STRENGTHS[self]

    def strength_of(self, verdict: Verdict | None) -> float:
        """By what the opacity of an answer's heat is multiplied, [0, 1].

        Args:
            verdict: on the answer; None where there is none, which is drawn in full.
        """
        return 1.0 if verdict is None or verdict.kind.is_confident else self.strength


_STRENGTHS = {Doubted.PALE: 0.3, Doubted.HIDDEN: 0.0, Doubted.FULL: 1.0}
"""The hottest place of a pale map is as strong as a place of 0.3 in one that is believed."""
