"""The files that answers become: one table of formats, and what is written by it."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cxr_grounding.answers.document import write_document
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
        write: writes the files of one answer; says their names by what they hold.
    """

    name: str
    holds: str
    write: Callable[[Result], Files]


FORMATS: tuple[Format, ...] = (
    Format("png", "the picture: heat, boxes and label over the radiograph", write_png),
    Format("nrrd", "heatmap and label map as NRRD volumes", write_nrrd),
    Format("nifti", "heatmap and label map as NIfTI volumes", write_nifti),
    # Last, since it names the files of the others.
    Format("json", "all numbers, and the map itself, to be opened again", write_document),
)
"""In the order in which they are written."""

ALL_FORMATS = ",".join(one.name for one in FORMATS)


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
        results: the answers; the folder of each one's `stem` exists.
        formats: from the table.

    Returns:
        For each, the names of its files by what they hold: "overlay", "heatmap", "label_map", "json".

    Raises:
        OutputError: when one cannot be written.
    """
    written = []
    for result in results:
        for one in formats:
            result = dataclasses.replace(result, files=_joined(result.files, one.write(result)))
        written.append(result.files)
    return written


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
