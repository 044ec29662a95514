"""docs/notebooks/first-steps.ipynb: its cells run, show what they should, and stay small."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pandas
import pytest
from PIL import Image

from cxr_grounding import Grounding
from cxr_grounding.models import registry
from tiny_model import write_tiny_model

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "first-steps.ipynb"
LARGEST_BYTES = 200_000


def code_cells() -> list[dict[str, Any]]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def shown_by(source: str, names: dict[str, Any]) -> Any:
    """What a cell shows, run as a notebook runs it: the value of its last line."""
    *before, last = ast.parse(source).body
    exec(compile(ast.Module(before, []), "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    exec(compile(ast.Module([last], []), "cell", "exec"), names)
    return None


def test_its_cells_ground_show_save_and_open_the_result_in_pandas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_model(tmp_path / "tiny")
    monkeypatch.setattr(registry, "BUNDLED", tmp_path)
    monkeypatch.setattr(registry, "BUNDLED_NAME", "tiny")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    shown = [shown_by("".join(cell["source"]), names) for cell in code_cells()]
    (shape, report), answer, _, picture, is_same, table = shown
    assert shape[0] == 512
    assert len(report) == 3
    assert isinstance(answer, Grounding)
    assert isinstance(picture, Image.Image)
    assert is_same is True
    assert isinstance(table, pandas.DataFrame)
    assert list(table["phrase"]) == ["left pleural effusion", "cardiomegaly"]
    assert (tmp_path / "results" / "01-large-left-pleural-effusion.png").is_file()


def test_its_outputs_are_there_and_small_and_tell_of_no_error_or_place() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < LARGEST_BYTES
    kinds = [output["output_type"] for cell in code_cells() for output in cell["outputs"]]
    assert set(kinds) == {"execute_result", "stream"}
    assert all(cell["outputs"] for cell in code_cells())
    assert [place for place in ("/home/", "/root/", "/tmp/", "/Users/") if place in text] == []
