"""Objects on their way to an archive, as they are shown to people: what they are, and what became of them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.sources.address import Address


@dataclass(frozen=True)
class DicomObject:
    """A DICOM object in a file.

    Args:
        file: with it.
        kind: Modality (0008,0060); "?" where it has none.
        description: SeriesDescription (0008,103E).
        address: where it belongs.
    """

    file: Path
    kind: str
    description: str
    address: Address


class Outcome(enum.Enum):
    """What became of an object that was sent."""

    STORED = "stored"
    """The archive says so, and lists it."""
    THERE = "there already"
    """Not sent: the archive listed it before."""
    REFUSED = "refused"
    UNCONFIRMED = "not confirmed"
    """The archive said that it was stored, and does not list it."""

    @property
    def is_there(self) -> bool:
        """Whether the archive has the object now."""
        return self in (Outcome.STORED, Outcome.THERE)


@dataclass(frozen=True)
class Delivery:
    """What became of an object, without the object.

    Args:
        outcome: in short.
        why: it was refused, as the archive says; "" otherwise.
    """

    outcome: Outcome
    why: str = ""

    @property
    def problem(self) -> str:
        """Why the archive has not got it, in a few words; "" where it has."""
        if self.outcome.is_there:
            return ""
        if self.outcome is Outcome.REFUSED:
            return f"refused, {self.why}"
        return "it answered that it was stored, but does not list it"
