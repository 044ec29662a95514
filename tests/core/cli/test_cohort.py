"""`cxr-ground cohort` and `--cluster`, as far as they go without Ray; the rest is in tests/core/cohort."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxr_grounding.cli.cohort import _tell_end
from cxr_grounding.cohort.run_cohort import CohortEnd


@pytest.mark.parametrize(
    ("manifest", "options", "said"),
    [
        ("file,age\na.dcm,50\n", (), "has no column phrases, and none report"),
        ("image,phrases\na.dcm,x\na.dcm,y\n", (), "twice, at line 2 and line 3"),
        ("image,phrases\na.dcm,x\n", ("--model", "nosuch"), "There is no model 'nosuch'"),
        ("image,phrases\na.dcm,x\n", ("--format", "tiff"), "tiff"),
        ("image,phrases\na.dcm,x\n", ("--out", "nosuch://bucket/folder"), "Give a folder, or an address such as s3://"),
    ],
)
def test_what_cannot_be_meant_so_is_refused_before_anything_is_started(
    cxr_ground: Callable, tmp_path: Path, manifest: str, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "manifest.csv").write_text(manifest)
    told = cxr_ground("cohort", tmp_path / "manifest.csv", "--out", tmp_path / "out", *options)
    assert told.code == 2
    assert said in told.err
    assert not (tmp_path / "out").exists()


def test_resources_of_workers_are_refused_where_there_are_none(cxr_ground: Callable) -> None:
    told = cxr_ground("evaluate", "phantom", "--count", 1, "--seed", 1, "--gpus", 0.5)
    assert (told.code, "--gpus is about workers, and there are none without --cluster" in told.err) == (2, True)


def test_rows_of_two_precisions_are_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    _tell_end(CohortEnd(3, 0, {"rows": 3, "done": 3}, {"single": 1, "half": 2}), "out", False)
    assert "2 images in half and 1 images in single precision" in capsys.readouterr().err
    _tell_end(CohortEnd(3, 0, {"rows": 3, "done": 3}, {"single": 3}), "out", False)
    assert capsys.readouterr().err == ""
