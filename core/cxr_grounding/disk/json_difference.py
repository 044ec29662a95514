"""Where two JSON documents differ, in a few words: for those who ask a folder another question than it answers."""

from __future__ import annotations

import json
from typing import Any

from cxr_grounding.disk.sentences import shortened

LONGEST_VALUE = 60
"""Letters that are shown of a value."""


def difference(before: Any, after: Any) -> str:
    """The first difference of two JSON values, in a few words: "steps was 30, now 20"."""
    if isinstance(before, dict) and isinstance(after, dict):
        name = next(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
        return f"{name} was {_shown(before.get(name))}, now {_shown(after.get(name))}"
    return f"it was {_shown(before)}, now {_shown(after)}"


def _shown(value: Any) -> str:
    return shortened(json.dumps(value, ensure_ascii=False), LONGEST_VALUE)
