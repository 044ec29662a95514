"""The UIDs of DICOM objects: new ones, or such as the content gives, so that a second run replaces."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence

import numpy as np
from pydicom.uid import UID

from cxr_grounding import __version__
from cxr_grounding.reported import ReportedFinding

NAMESPACE = uuid.UUID("0e1c1b0a-5a50-4b55-9d0d-6d2f5b1f7a18")
"""That UIDs are derived in (PS3.5 B.2: 2.25 and a UUID as a number)."""

DEVICE = UID(f"2.25.{uuid.uuid5(NAMESPACE, 'cxr-grounding').int}")
"""Of this program, as the observer in reports."""


class ObjectUids:
    """Gives UIDs by what they are for.

    Args:
        origin: that they are derived from: all that the objects hold (`content_of`), or what never was before
            (`secrets.token_hex`).
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def of(self, role: str) -> UID:
        """The UID of one thing: the same whenever origin and role are."""
        return UID(f"2.25.{uuid.uuid5(NAMESPACE, f'{self._origin} {role}').int}")


def content_of(instance: str, answers: Sequence[ReportedFinding], how: str) -> str:
    """A digest of what objects about an image hold.

    Args:
        instance: SOPInstanceUID of the image.
        answers: that they tell.
        how: they are made.
    """
    digest = hashlib.sha256(f"{instance} {how} {__version__}".encode())
    for answer in answers:
        known = answer.to_dict()
        told = [known[name] for name in ("phrase", "asked", "verdict", "evidence", "model", "recipe", "boxes_pixels")]
        digest.update(json.dumps(told, sort_keys=True).encode())
        digest.update(np.nan_to_num(answer.heatmap).tobytes())
    return digest.hexdigest()
