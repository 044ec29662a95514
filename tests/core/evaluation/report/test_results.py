"""What a finished run comes to."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

from cxr_grounding.evaluation.datasets.dataset import Dataset, Problem
from cxr_grounding.evaluation.published_figures import PUBLISHED
from cxr_grounding.evaluation.report.results import MOST_PICTURES, extremes, write_results
from cxr_grounding.evaluation.run.evaluation import RunPlan, evaluate_dataset
from cxr_grounding.evaluation.run.samples_file import ScoredSample
from cxr_grounding.grounder import Grounder
from scores import score


def scored(number: int, miou: float) -> ScoredSample:
    return ScoredSample(score(f"{number:02}", "Edema", miou), 1, "h.png")


def test_the_best_and_the_worst_are_never_the_same() -> None:
    for count in (1, 2, 5, 40):
        rows = [scored(number, number / 40) for number in range(count)]
        best, worst = extremes(rows)
        assert [row.score.image_id for row in best] == [
            f"{count - 1 - place:02}" for place in range(min(MOST_PICTURES, (count + 1) // 2))
        ]
        assert [row.score.image_id for row in worst] == [
            f"{place:02}" for place in range(min(MOST_PICTURES, count // 2))
        ]


def test_table_and_report_are_made_without_asking_the_model_again(
    grounder: Grounder, dataset: Dataset, tmp_path: Path
) -> None:
    dataset = dataclasses.replace(dataset, samples=dataset.samples[:3], problems=(Problem(7, "<b>Bad</b> row."),))
    evaluation = evaluate_dataset(grounder, dataset, tmp_path, RunPlan({"options": {"prompt": "sentence"}}))
    grounder.model.unet_calls.clear()
    told = []
    table = write_results(evaluation, tmp_path, published=PUBLISHED, progress=lambda *now: told.append(now))
    assert not grounder.model.unet_calls
    assert told[-1] == ("pictures", 3, 3)
    assert json.loads((tmp_path / "table.json").read_text()) == table.as_dict()
    with (tmp_path / "problems.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["line", "problem"], ["7", "<b>Bad</b> row."]]
    page = (tmp_path / "report.html").read_text()
    assert page.count("data:image/png") == 3 + 1, "and the chart"
    for text in (
        "Controls",
        "MS-CXR: tiny",
        "Random weights.",
        "prompt sentence",
        "&lt;b&gt;Bad",
        dataset.samples[0].phrase,
    ):
        assert text in page
    assert (tmp_path / "table.csv").read_text().startswith("pathology")


def test_a_picture_whose_files_are_gone_is_left_out(grounder: Grounder, dataset: Dataset, tmp_path: Path) -> None:
    dataset = dataclasses.replace(dataset, samples=dataset.samples[:2])
    evaluation = evaluate_dataset(grounder, dataset, tmp_path, RunPlan())
    (tmp_path / "heatmaps" / evaluation.rows[0].heatmap).unlink()
    write_results(evaluation, tmp_path)
    assert (tmp_path / "report.html").read_text().count("data:image/png") == 1 + 1, "and the chart"
