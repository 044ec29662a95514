"""A folder with the answers about many radiographs: one run at a time, gone on with, never mixed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cxr_grounding.disk.foreign_text import read_foreign_text
from cxr_grounding.disk.json_difference import difference
from cxr_grounding.disk.json_file import JsonError, read_object, write_json
from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.whole import leftovers, written_whole
from cxr_grounding.errors import OutputError
from cxr_grounding.many.parquet_rows import has_parquet, write_parquet
from cxr_grounding.many.result_rows import Row, Status
from cxr_grounding.many.table_cells import csv_header, csv_lines, rows_in

RECORD, TABLE, PARQUET = "run.json", "results.csv", "results.parquet"
"""What was asked; the answers, a row a phrase; the same as Parquet."""

LARGEST_TABLE_BYTES = 2**31
"""Of results.csv; ten million rows have less."""


def refuse_another_question(out: Path, asked: Mapping[str, Any], how_anew: str) -> bool:
    """Refuse a folder that holds answers to another question.

    Args:
        out: the folder.
        asked: all that the answers depend on; JSON values.
        how_anew: what makes the command begin anew, such as "--overwrite".

    Returns:
        Whether a run was here before.

    Raises:
        OutputError: with what differs; or when the record of what was asked cannot be read.
    """
    try:
        earlier = read_object(out / RECORD)
    except FileNotFoundError:
        return False
    except JsonError as error:
        raise OutputError(f"{out / RECORD} cannot be read ({error}). Choose another --out.") from error
    now = json.loads(json.dumps(asked))
    for name in dict.fromkeys((*now, *earlier)):  # what was asked stands before what follows from it
        before, after = earlier.get(name), now.get(name)
        if before != after:
            raise OutputError(
                f"{out} holds answers with another {name} ({difference(before, after)}). Choose another --out, or "
                f"begin anew with {how_anew}, which replaces them."
            )
    return True


class RunFolder:
    """The table of a run, open for more rows. Used inside of `owned.alone_in`.

    Rows are written an image at a time and flushed to the disk, so that a killed run loses no more than the image it
    was at. The images that failed are forgotten when it is opened, and so tried again.

    Args:
        out: folder with the run.
        asked: all that the answers depend on but for the phrases; JSON values.
        overwrite: whether to forget what is there.

    Raises:
        OutputError: when the folder cannot be used: another question's answers, a damaged table, no permission.
    """

    def __init__(self, out: Path, asked: Mapping[str, Any], *, overwrite: bool = False) -> None:
        self.out = out
        self._table = out / TABLE
        for leftover in (one for name in (RECORD, TABLE, PARQUET) for one in leftovers(out / name)):
            leftover.unlink(missing_ok=True)
        was_here = not overwrite and refuse_another_question(out, asked, "--overwrite")
        if not was_here and not overwrite and self._table.exists():
            raise OutputError(f"{out} holds a {TABLE}, but no {RECORD} that says of what. Choose another --out.")
        self._by_name: dict[str, list[Row]] = self._kept() if was_here else {}
        write_json(out / RECORD, asked)
        with written_whole(self._table, ".csv") as temporary:
            temporary.write_text(csv_header() + csv_lines(self.rows), encoding="utf-8", errors="replace", newline="")

    @property
    def rows(self) -> list[Row]:
        """All that are there, image by image."""
        return [row for rows in self._by_name.values() for row in rows]

    @property
    def names(self) -> dict[str, str]:
        """The images of the table by their names."""
        return {name: rows[0]["image"] for name, rows in self._by_name.items()}

    def phrases_of(self, name: str) -> list[str] | None:
        """The phrases that an image of the table was asked; None where it is not there."""
        rows = self._by_name.get(name)
        return None if rows is None else [row["phrase"] for row in rows if row["phrases"]]

    def append(self, rows: Sequence[Row]) -> None:
        """Add the rows of one image.

        Raises:
            OutputError: when they cannot be written.
        """
        try:
            with self._table.open("a", encoding="utf-8", errors="replace", newline="") as file:
                file.write(csv_lines(rows))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(
                f"{self._table} could not be written ({reason(error)}). Free some space, and run the same again: it "
                "goes on from here."
            ) from error
        for row in rows:
            self._by_name.setdefault(row["name"], []).append(row)

    def finish(self) -> list[str]:
        """Write the table as Parquet too, where pyarrow is there.

        Returns:
            The names of the tables that are there.
        """
        if not has_parquet():
            return [TABLE]
        write_parquet(self.out / PARQUET, self.rows)
        return [TABLE, PARQUET]

    def _kept(self) -> dict[str, list[Row]]:
        """The rows of images that are done."""
        if not self._table.exists():
            return {}
        try:
            rows = rows_in(read_foreign_text(self._table, LARGEST_TABLE_BYTES))
        except (OSError, ValueError, KeyError) as error:
            raise OutputError(
                f"{self._table} cannot be read ({reason(error)}). Choose another --out, or begin anew with --overwrite."
            ) from error
        by_name: dict[str, list[Row]] = {}
        for row in rows:
            by_name.setdefault(row["name"], []).append(row)
        return {name: own for name, own in by_name.items() if _is_done(own)}


def _is_done(rows: Sequence[Row]) -> bool:
    """Whether an image's rows are all there, and tell of no failure."""
    return rows[0]["status"] != Status.FAILED and len(rows) == max(1, rows[0]["phrases"])
