"""The files that answers become: one table of formats, and what is written by it."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cxr_grounding.answers.document import write_document
from cxr_grounding.answers.object_files import write_captures, write_report, write_segmentation
from cxr_grounding.answers.picture import write_png
from cxr_grounding.answers.result import Files, Result
from cxr_grounding.answers.volume import write_nifti, write_nrrd
from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import OutputError

LONGEST_STEM = 48
"""Letters of a phrase that go into a file name."""


@dataclass(frozen=True)
class Format:
    """One form that an answer takes on disk.

    Args:
        name: by which it is asked for.
        holds: what is in it, in a few words.
        write: writes the files of answers about one radiograph; says for each their names by what they hold.
        by_default: whether it is written where no format is named.
    """

    name: str
    holds: str
    write: Callable[[Sequence[Result]], list[Files]]
    by_default: bool = True


def _each(write: Callable[[Result], Files]) -> Callable[[Sequence[Result]], list[Files]]:
    """A format that has files of its own for every answer."""
    return lambda results: [write(result) for result in results]


FORMATS: tuple[Format, ...] = (
    Format("png", "the picture: heat, boxes and label over the radiograph", _each(write_png)),
    Format("nrrd", "heatmap and label map as NRRD volumes", _each(write_nrrd)),
    Format("nifti", "heatmap and label map as NIfTI volumes", _each(write_nifti)),
    Format("seg", "DICOM Segmentation in the radiograph's study: a segment a phrase", write_segmentation, False),
    Format("sr", "DICOM structured report (TID 1500): boxes, codes, verdicts", write_report, False),
    Format("sc", "DICOM secondary captures: the pictures", write_captures, False),
    # Last, since it names the files of the others.
    Format("json", "all numbers, and the map itself, to be opened again", _each(write_document)),
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
