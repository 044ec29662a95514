"""Rows as Parquet, by pyarrow, which is there with `pip install "cxr-grounding[tables]"`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_grounding.disk.whole import written_whole
from cxr_grounding.many.result_rows import COLUMNS, Holds, Row

if TYPE_CHECKING:
    import pyarrow


def has_parquet() -> bool:
    """Whether pyarrow is there."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True


def schema_of_rows() -> pyarrow.Schema:
    """The columns of `COLUMNS` with their types; boxes are lists of {x, y, width, height, strength}."""
    import pyarrow

    box = pyarrow.struct([(side, pyarrow.float64()) for side in ("x", "y", "width", "height", "strength")])
    types = {
        Holds.TEXT: pyarrow.string(),
        Holds.WHOLE: pyarrow.int64(),
        Holds.NUMBER: pyarrow.float64(),
        Holds.TEXTS: pyarrow.list_(pyarrow.string()),
        Holds.BOXES: pyarrow.list_(box),
    }
    return pyarrow.schema([(column, types[holds]) for column, holds in COLUMNS.items()])


def write_parquet(path: Path, rows: Sequence[Row]) -> None:
    """Write the table, whole or not at all.

    Raises:
        OutputError: when it cannot be written.
    """
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.Table.from_pylist(list(rows), schema_of_rows())
    with written_whole(path, ".parquet") as temporary:
        pyarrow.parquet.write_table(table, temporary)
