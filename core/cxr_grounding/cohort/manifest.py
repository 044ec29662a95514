"""The manifest of a cohort: which images, and what is asked of each. Read once, kept beside the results in parts."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from cxr_grounding.cohort.store import Store
from cxr_grounding.disk.sentences import LONGEST_LIST, printable, reason, shortened
from cxr_grounding.errors import EvaluationError, OutputError, PhraseError
from cxr_grounding.evaluation.datasets.csv_rows import read_text, rows_of
from cxr_grounding.sources.address import is_address

IMAGE_COLUMNS = ("image", "path", "file", "address")
ID_COLUMNS = ("id", "name", "dicom_id", "sop_instance_uid", "sopinstanceuid")
PHRASES, REPORT = "phrases", "report"
"""Columns of a manifest, in any case: one of the first; one of the second or none; one or both of the third."""

BETWEEN_PHRASES = "|"
"""In a cell; Parquet may have a list in its place."""

_KNOWN = (*IMAGE_COLUMNS, *ID_COLUMNS, PHRASES, REPORT)

FOLDER = "manifest"
"""In the results, with a file a part."""

FEWEST, MOST, PARTS = 8, 256, 4000
"""Images of a part, so that there are about so many parts: few enough to list, small enough to lose little."""

_SCHEMA = pyarrow.schema(
    [
        ("name", pyarrow.string()),
        ("image", pyarrow.string()),
        ("phrases", pyarrow.list_(pyarrow.string())),
        ("report", pyarrow.string()),
    ]
)


@dataclass(frozen=True)
class Entry:
    """One image of a cohort.

    Args:
        name: its own, by which its rows are found.
        image: path or address.
        phrases: to look for.
        report: whose sentences are looked for too; "" without one.
    """

    name: str
    image: str
    phrases: tuple[str, ...]
    report: str = ""


@dataclass(frozen=True)
class Manifest:
    """What was read.

    Args:
        images: how many there are.
        phrases: how many phrases are written out, those of reports not counted.
        reports: how many reports there are.
        parts: into how many parts they are cut.
        part_images: images of a part, but for the last.
        sha256: over all entries.
    """

    images: int
    phrases: int
    reports: int
    parts: int
    part_images: int
    sha256: str


def read_manifest(path: Path) -> list[Entry]:
    """The images of a manifest, CSV or Parquet.

    Raises:
        PhraseError: when it cannot be read, lacks a column, names an image twice or none, or has a row that cannot be
            used; the sentence says which.
    """
    rows = list(_parquet_rows(path) if path.suffix.lower() in (".parquet", ".pq") else _csv_rows(path))
    if not rows:
        raise PhraseError(f"The manifest {printable(str(path))} names no image. Give a row an image.")
    columns = {column.lower(): column for column in rows[0][1]}
    image, own = (
        next((columns[one] for one in names if one in columns), None) for names in (IMAGE_COLUMNS, ID_COLUMNS)
    )
    phrases, report = columns.get(PHRASES), columns.get(REPORT)
    if image is None or (phrases is None and report is None):
        missing = "image" if image is None else f"{PHRASES}, and none {REPORT}"
        raise PhraseError(
            f"The manifest {printable(str(path))} has no column {missing}. Its columns are: "
            f"{shortened(', '.join(columns), LONGEST_LIST)}."
        )
    entries: dict[str, tuple[str, Entry]] = {}
    for where, row in rows:
        entry = _entry(path.parent, row, image, own, phrases, report)
        if not entry.image:
            raise PhraseError(f"{where} of {printable(str(path))} names no image. Fill it in, or leave the row out.")
        before, _ = entries.setdefault(entry.name, (where, entry))
        if before != where:
            what = "Give each its own id" if own else "Put all phrases of an image in one row, or give each row an id"
            raise PhraseError(
                f"{printable(str(path))} has {printable(entry.name)!r} twice, at {before} and {where}. {what}."
            )
    return [entry for _, entry in entries.values()]


def cut_into_parts(entries: list[Entry], part_images: int | None = None) -> Manifest:
    """How a manifest is cut.

    Args:
        entries: all of them.
        part_images: images of a part; None for a number that suits.
    """
    size = part_images or max(FEWEST, min(MOST, len(entries) // PARTS))
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(repr(asdict(entry)).encode(errors="replace"))
    return Manifest(
        images=len(entries),
        phrases=sum(len(entry.phrases) for entry in entries),
        reports=sum(bool(entry.report) for entry in entries),
        parts=-(-len(entries) // size),
        part_images=size,
        sha256=digest.hexdigest(),
    )


def write_parts(store: Store, entries: list[Entry], manifest: Manifest) -> None:
    """Keep a manifest beside the results, a file a part, which is all that a worker reads of it.

    Raises:
        OutputError: when it cannot be written.
    """
    there = set(store.names(FOLDER))
    for number in range(manifest.parts):
        if part_name(number) not in there:
            own = entries[number * manifest.part_images : (number + 1) * manifest.part_images]
            table = pyarrow.Table.from_pylist([asdict(one) | {"phrases": list(one.phrases)} for one in own], _SCHEMA)
            buffer = io.BytesIO()
            pyarrow.parquet.write_table(table, buffer)
            store.write(f"{FOLDER}/{part_name(number)}", buffer.getvalue())


def read_part(store: Store, number: int) -> list[Entry]:
    """The images of one part.

    Raises:
        OutputError: when it is not there.
    """
    content = store.read(f"{FOLDER}/{part_name(number)}")
    if content is None:
        raise OutputError(f"{FOLDER}/{part_name(number)} has gone from {printable(store.out)}. Begin anew elsewhere.")
    rows = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    return [Entry(row["name"], row["image"], tuple(row["phrases"]), row["report"]) for row in rows]


def part_name(number: int) -> str:
    """The name of a part's file."""
    return f"part-{number:06d}.parquet"


def _entry(
    folder: Path, row: Mapping[str, Any], image: str, own: str | None, phrases: str | None, report: str | None
) -> Entry:
    where = _text(row[image])
    if where and not is_address(where) and "://" not in where:
        where = str((folder / where).absolute())
    name = _text(row[own]) if own is not None else ""
    listed = row[phrases] if phrases is not None else None
    several = listed if isinstance(listed, list) else _text(listed).split(BETWEEN_PHRASES)
    asked = tuple(" ".join(_text(one).split()) for one in several)
    return Entry(name or where, where, tuple(filter(None, asked)), _text(row[report]) if report is not None else "")


def _first_of(names: Iterable[str], columns: Mapping[str, str]) -> str | None:
    return next((columns[one] for one in names if one in columns), None)


def _text(cell: Any) -> str:
    return "" if cell is None or cell != cell else str(cell).strip()


def _csv_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        rows, problems = rows_of(read_text(path), f"The manifest {printable(str(path))}", (), known=_KNOWN)
    except EvaluationError as error:
        raise PhraseError(str(error).replace("The annotations", "The manifest")) from error
    if problems:
        raise PhraseError(f"Line {problems[0].line} of {printable(str(path))}: {problems[0].sentence}")
    return ((f"line {row.line}", row.cells) for row in rows)


def _parquet_rows(path: Path) -> Iterable[tuple[str, Mapping[str, Any]]]:
    try:
        table = pyarrow.parquet.read_table(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise PhraseError(f"The manifest {printable(str(path))} cannot be read ({reason(error)}).") from error
    wanted = {*IMAGE_COLUMNS, *ID_COLUMNS, PHRASES, REPORT}
    kept = table.select([name for name in table.column_names if name.lower() in wanted] or table.column_names[:1])
    return ((f"row {number}", row) for number, row in enumerate(kept.to_pylist(), 1))
