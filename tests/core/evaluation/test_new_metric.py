"""A new metric is one record: it then stands in every file and picture of an evaluation."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from cxr_grounding.cli.evaluate_print import print_evaluation
from cxr_grounding.evaluation import metrics
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.metrics import METRICS, Metric, Scale
from cxr_grounding.evaluation.report.chart import chart_of
from cxr_grounding.evaluation.report.results import write_results
from cxr_grounding.evaluation.run.evaluation import RunPlan, evaluate_dataset
from cxr_grounding.grounder import Grounder

HOTTEST = Metric(
    "hottest",
    "hottest pixel",
    "the highest value in the boxes",
    lambda case: float(np.nanmax(case.heatmap[case.mask], initial=0)),
    Scale(0, 1, 0, "nothing hot"),
)


def test_a_throw_away_metric_is_seen_everywhere(
    grounder: Grounder,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(metrics, "METRICS", (*METRICS, HOTTEST))
    dataset = dataclasses.replace(dataset, samples=dataset.samples[:3])
    evaluation = evaluate_dataset(grounder, dataset, tmp_path, RunPlan())
    table = write_results(evaluation, tmp_path)
    with (tmp_path / "samples.csv").open(newline="") as file:
        rows = [float(row["hottest"]) for row in csv.DictReader(file)]
    assert rows == [row.score.figures["hottest"] for row in evaluation.rows]
    assert max(rows) > 0
    figure = json.loads((tmp_path / "table.json").read_text())["mean"]["metrics"]["hottest"]
    assert figure == table.mean.figures["hottest"].as_dict()
    with (tmp_path / "table.csv").open(newline="") as file:
        assert float(list(csv.DictReader(file))[-1]["hottest pixel mean"]) == figure["mean"]
    page = (tmp_path / "report.html").read_text()
    assert f"<dt>{HOTTEST.heading}</dt><dd>{HOTTEST.meaning}</dd>" in page
    assert "nothing hot for hottest pixel" in page
    assert chart_of(table).axes[-1].get_title(loc="left") == HOTTEST.heading
    print_evaluation(evaluation, table, tmp_path, ())
    assert f"{figure['mean']:.3f}" in capsys.readouterr().out
    again = evaluate_dataset(grounder, dataset, tmp_path, RunPlan())
    assert [row.score.figures["hottest"] for row in again.rows] == rows, "and is read back"
