"""`ground_many`: one engine, many radiographs, from Python."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pyarrow

from cxr_grounding import Radiograph, ground_many
from cxr_grounding.grounder import Grounder
from cxr_grounding.many.parquet_rows import schema_of_rows
from cxr_grounding.many.table_cells import csv_header, csv_lines, rows_in


def test_images_come_one_at_a_time_and_one_that_fails_is_no_end(
    grounder: Grounder, radiograph: Radiograph, other_radiograph: Radiograph, tmp_path: Path
) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    taken = []

    def images():
        for image in (radiograph, tmp_path / "bad.png", other_radiograph):
            taken.append(image)
            yield image

    found = ground_many(images(), lambda image: "left effusion" if image is radiograph else ["right lung"], grounder)
    first = next(found)
    assert len(taken) == 1
    grounder.set_radiograph(radiograph)
    (alone,) = grounder.ground(["left effusion"])
    assert dataclasses.replace(first.answers[0], seconds=alone.seconds, unet_calls=alone.unet_calls) == alone
    bad, last = found
    assert "bad.png" in str(bad.error)
    assert (bad.answers, last.error, last.answers[0].phrase.text) == ((), None, "right lung")

    rows = [row for one in (first, bad, last) for row in one.rows()]
    assert [row["status"] for row in rows] == ["done", "failed", "done"]
    table = pyarrow.Table.from_pylist(rows, schema_of_rows())
    assert table.to_pylist() == rows
    assert rows_in(csv_header() + csv_lines(rows)) == rows
