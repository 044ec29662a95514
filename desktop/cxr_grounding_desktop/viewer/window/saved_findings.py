"""Which findings would be lost if the scene were given up now."""

from __future__ import annotations

import json
from typing import Any

STUDY = "CXRGrounding.Study"
"""Attribute of the maps of a reader study, which nobody saves."""


class SavedFindings:
    """Compares the findings in the scene with those of the last save.

    Args:
        host: whose scene it is.
    """

    def __init__(self, host: Any) -> None:
        self._host = host
        self._saved = self._now()

    @property
    def changed(self) -> int:
        """How many were added or removed since."""
        return len(self._now() ^ self._saved)

    def note(self) -> None:
        """What is in the scene now is saved, or was just read from where it is."""
        self._saved = self._now()

    def _now(self) -> frozenset[tuple[str, str]]:
        # By what was found, not by the node alone: the scene gives the ID of a removed one to the next.
        logic = self._host.widget.logic
        mine = (node for node in logic.findings() if node.GetAttribute(STUDY) is None)
        return frozenset((node.GetID(), json.dumps(logic.result(node), sort_keys=True)) for node in mine)
