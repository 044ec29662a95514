"""The files that answers become: one table of formats, and what is written by it."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import OutputError

if TYPE_CHECKING:  # only then: who chooses a format does not wait for the libraries that write it
    from cxr_grounding.answers.result import Files, Result

LONGEST_STEM = 48
"""Letters of a phrase that go into a file name."""


@dataclass(frozen=True)
class Format:
    """One form that an answer takes on disk.

    Args:
        name: by which it is asked for.
        holds: what is in it, in a few words.
        writer: the module here that writes it, and its function.
        by_default: whether it is written where no format is named.
        at_once: whether the function takes all answers, and gives their `Files`; else one, which has files of its own.
    """

    name: str
    holds: str
    writer: str
    by_default: bool = True
    at_once: bool = False

    def write(self, results: Sequence[Result]) -> list[Files]:
        """Write the files of answers about one radiograph; for each, their names by what they hold."""
        module, _, name = self.writer.partition(".")
        function: Any = getattr(import_module(f"{__package__}.{module}"), name)
        return function(results) if self.at_once else [function(result) for result in results]


FORMATS: tuple[Format, ...] = (
    Format("png", "the picture: heat, boxes and label over the radiograph", "picture.write_png"),
    Format("nrrd", "heatmap and label map as NRRD volumes", "volume.write_nrrd"),
    Format("nifti", "heatmap and label map as NIfTI volumes", "volume.write_nifti"),
    Format(
        "seg",
        "DICOM Segmentation in the radiograph's study: a segment a phrase",
        "object_files.write_segmentation",
        by_default=False,
        at_once=True,
    ),
    Format(
        "sr",
        "DICOM structured report (TID 1500): boxes, codes, verdicts",
        "object_files.write_report",
        by_default=False,
        at_once=True,
    ),
    Format(
        "sc",
        "DICOM secondary captures: the pictures",
        "object_files.write_captures",
        by_default=False,
        at_once=True,
    ),
    # Last, since it names the files of the others.
    Format("json", "all numbers, and the map itself, to be opened again", "document.write_document"),
)
"""In the order in which they are written."""

DEFAULT_FORMATS = ",".join(one.name for one in FORMATS if one.by_default)
DICOM_FORMATS = ("seg", "sr", "sc")
"""Those that only a radiograph out of a DICOM file can have."""


def choose_formats(names: str) -> tuple[Format, ...]:
    """The formats that a list of names asks for, in the table's order.

    Args:
        names: of the table, with commas between them.

    Raises:
        OutputError: for a name that is not in it.
    """
    asked = [name.strip().lower() for name in names.split(",")]
    known = {one.name for one in FORMATS}
    for name in asked:
        if name not in known:
            raise OutputError(f"There is no format {printable(name)!r}. Choose among: {describe_formats()}.")
    return tuple(one for one in FORMATS if one.name in asked)


def describe_formats() -> str:
    """The table in one line, for help and errors."""
    return "; ".join(f"{one.name} ({one.holds})" for one in FORMATS)


def write_bundle(results: Iterable[Result], formats: Sequence[Format] = FORMATS) -> list[Files]:
    """Write the files of answers.

    Args:
        results: the answers about one radiograph; the folder of each one's `stem` exists.
        formats: from the table.

    Returns:
        For each, the names of its files by what they hold: "overlay", "heatmap", "label_map", "seg",
        "sr", "sc", "json".

    Raises:
        OutputError: when one cannot be written.
    """
    results = list(results)
    for one in formats:
        results = [
            dataclasses.replace(result, files=_joined(result.files, new))
            for result, new in zip(results, one.write(results), strict=True)
        ]
    return [result.files for result in results]


def stem_of(number: int, phrase: str) -> str:
    """How the names of an answer's files begin: its number, and plain lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", phrase).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_STEM].strip("-") or "phrase"
    return f"{number:02d}-{slug}"


def _joined(before: Files, new: Files) -> Files:
    """All files; lists of the same kind become one."""
    joined = dict(before)
    for kind, names in new.items():
        earlier = joined.get(kind)
        joined[kind] = [*earlier, *names] if isinstance(earlier, list) and isinstance(names, list) else names
    return joined
