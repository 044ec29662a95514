"""The table: means by pathology first, intervals by image, and what is not defined left out and counted."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import bootstrap

from cxr_grounding.errors import OutputError
from cxr_grounding.evaluation.controls import CONTROLS
from cxr_grounding.evaluation.metrics import METRICS
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.evaluation.table import (
    MEAN_ROW,
    UNNAMED_ROW,
    Figure,
    Table,
    figure_text,
    make_table,
    text_rows,
    write_table_csv,
)
from scores import score

NAMES = [metric.name for metric in METRICS]


def scores_of(pathology: str, count: int, centre: float, seed: int = 0) -> list[SampleScore]:
    values = np.random.default_rng(seed).normal(centre, 0.1, count)
    return [score(f"{pathology}{number}", pathology, float(value)) for number, value in enumerate(values)]


@pytest.fixture
def row_of() -> Callable[[Table, str], dict[str, Figure]]:
    return lambda table, name: {row.name: row.figures for row in table.rows}[name]


def test_a_row_has_the_mean_and_the_population_standard_deviation(row_of) -> None:
    table = make_table([score("a", "Edema", 0.2, cnr_signed=-1), score("b", "Edema", 0.4, cnr_signed=2)])
    edema = row_of(table, "Edema")
    assert edema["miou"].mean == pytest.approx(0.3)
    assert edema["miou"].std == pytest.approx(0.1)
    assert edema["cnr_signed"].mean == pytest.approx(0.5)
    assert edema["cnr_signed"].std == pytest.approx(1.5)
    assert edema["cnr_absolute"].mean == pytest.approx(0.3), "the two are never mixed"


def test_the_last_row_is_the_mean_over_the_pathologies_means(row_of) -> None:
    table = make_table([*(score(str(n), "Edema", 0.9) for n in range(9)), score("x", "Pneumonia", 0.1)])
    last = table.rows[-1]
    assert (last.name, last.samples, last.images) == (MEAN_ROW, 10, 10)
    assert last.figures["miou"].mean == pytest.approx(0.5)
    assert last.figures["miou"].std == pytest.approx(0.4)


def test_ms_cxr_s_pathologies_come_first_then_the_others_by_name_then_those_without() -> None:
    names = ["", "Nodule", "Pneumothorax", "Aortic enlargement", "Atelectasis"]
    table = make_table([score("a", name, 0.5) for name in names])
    assert [row.name for row in table.rows] == [
        "Atelectasis",
        "Pneumothorax",
        "Aortic enlargement",
        "Nodule",
        UNNAMED_ROW,
        MEAN_ROW,
    ]


def test_what_is_not_defined_is_left_out_and_counted(row_of) -> None:
    table = make_table(
        [
            score("a", "Edema", 0.2),
            score("b", "Edema", 0.4, cnr_signed=nan),
            score("c", "Pneumonia", 0.8, cnr_signed=nan),
        ]
    )
    signed = row_of(table, "Edema")["cnr_signed"]
    assert (signed.samples, signed.undefined, signed.mean) == (1, 1, pytest.approx(0.2))
    nothing = row_of(table, "Pneumonia")["cnr_signed"]
    assert (nothing.samples, nothing.undefined) == (0, 1)
    assert isnan(nothing.mean)
    last = table.mean.figures["cnr_signed"]
    assert (last.samples, last.undefined, last.mean) == (1, 2, pytest.approx(0.2))
    assert table.mean.figures["miou"].undefined == 0


def test_the_interval_equals_scipy_s_where_each_image_has_one_sample(row_of) -> None:
    scores = scores_of("Edema", 60, 0.4)
    figure = row_of(make_table(scores), "Edema")["miou"]
    values = [s.figures["miou"] for s in scores]
    expected = bootstrap((values,), np.mean, method="percentile", n_resamples=20_000).confidence_interval
    width = expected.high - expected.low
    assert figure.low == pytest.approx(expected.low, abs=0.08 * width)
    assert figure.high == pytest.approx(expected.high, abs=0.08 * width)
    assert figure.low < figure.mean < figure.high


def test_images_are_drawn_not_samples(row_of) -> None:
    alone = scores_of("Edema", 30, 0.4)
    repeated = [score(s.image_id, "Edema", s.figures["miou"], phrase=f"p{n}") for s in alone for n in range(4)]
    once, four_times = (row_of(make_table(scores), "Edema")["miou"] for scores in (alone, repeated))
    assert four_times.samples == 120
    assert (four_times.low, four_times.high) == pytest.approx((once.low, once.high)), "repeats are no evidence"


def test_images_with_more_samples_weigh_more_in_a_draw(row_of) -> None:
    scores = [score("a", "Edema", 1.0, phrase=str(n)) for n in range(3)] + [score("b", "Edema", 0.0)]
    figure = row_of(make_table(scores), "Edema")["miou"]
    assert (figure.mean, figure.low, figure.high) == (0.75, 0, 1)


def test_the_mean_row_s_interval_draws_within_each_pathology() -> None:
    table = make_table([*scores_of("Edema", 40, 0.2, seed=1), *scores_of("Pneumonia", 40, 0.8, seed=2)])
    widths = [row.figures["miou"].high - row.figures["miou"].low for row in table.pathologies]
    last = table.mean.figures["miou"]
    # Of a mean of two independent means; the pathologies' own distance does not widen it.
    assert last.high - last.low == pytest.approx(np.hypot(*widths) / 2, rel=0.1)
    assert last.low < last.mean < last.high


def test_one_image_gives_no_interval_neither_of_its_pathology_nor_of_the_mean(row_of) -> None:
    one = [score("a", "Pneumonia", 0.1), score("a", "Pneumonia", 0.9, phrase="q")]
    table = make_table([*one, *scores_of("Edema", 20, 0.4)])
    for figure in (row_of(table, "Pneumonia")["miou"], table.mean.figures["miou"]):
        assert isnan(figure.low)
        assert isnan(figure.high)
    assert not isnan(row_of(table, "Edema")["miou"].low)


def test_the_same_scores_give_the_same_table_in_any_order_and_whatever_else_is_in_it(row_of) -> None:
    edema, pneumonia = scores_of("Edema", 25, 0.4), scores_of("Pneumonia", 25, 0.3)
    assert make_table(edema + pneumonia) == make_table(pneumonia[::-1] + edema[::-1])
    assert row_of(make_table(edema), "Edema") == row_of(make_table(edema + pneumonia), "Edema")


def test_no_scores_make_no_table() -> None:
    with pytest.raises(ValueError, match="no scores"):
        make_table([])


def test_the_dictionary_is_json_without_nan() -> None:
    table = make_table([score("a", "Edema", 0.2, cnr_signed=nan), score("b", "Edema", 0.4, cnr_signed=nan)])
    document = json.loads(json.dumps(table.as_dict(), allow_nan=False))
    (edema,) = document["pathologies"]
    assert (edema["pathology"], edema["samples"], edema["images"]) == ("Edema", 2, 2)
    assert list(edema["metrics"]) == NAMES
    assert edema["metrics"]["cnr_signed"] == {
        "mean": None,
        "std": None,
        "low": None,
        "high": None,
        "samples": 0,
        "undefined": 2,
    }
    assert document["mean"]["metrics"]["miou"]["mean"] == pytest.approx(0.3)
    assert document["interval"]["confidence"] == 0.95


def test_the_csv_has_a_line_a_row_and_keeps_the_variants_apart(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table_csv(path, make_table([score("a", "Edema", 0.25, auc_roc_binned=0.75, cnr_signed=nan)]))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["pathology"] for row in rows] == ["Edema", MEAN_ROW]
    edema = rows[0]
    assert edema["AUC-ROC (thresholded) mean"] == "0.25"
    assert edema["AUC-ROC (5 thresholds) mean"] == "0.75"
    assert edema["CNR (signed) mean"] == ""
    assert edema["CNR (signed) undefined"] == "1"
    assert edema["|CNR| mean"] == "0.25"
    assert edema["mIoU low 95 %"] == ""


def test_half_a_character_in_a_name_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table_csv(path, make_table([score("a", "Ed\ud800ma", 0.2), score("b", "Ed\ud800ma", 0.4)]))
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith("Ed?ma,2,2,")


def test_a_name_that_a_spreadsheet_would_compute_is_defused(tmp_path: Path) -> None:
    write_table_csv(tmp_path / "table.csv", make_table([score("a", "=1+1", 0.2)]))
    assert (tmp_path / "table.csv").read_text().splitlines()[1].startswith("'=1+1,1,1,")


def test_a_csv_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_table_csv(tmp_path / "nowhere" / "table.csv", make_table([score("a", "Edema", 0.2)]))
    assert list(tmp_path.iterdir()) == []


def test_the_text_says_how_sure_each_figure_is() -> None:
    headings, rows = text_rows(make_table([score("a", "Edema", 0.2), score("b", "Edema", 0.4, miou=nan)]))
    assert headings == ["pathology", "samples", *(metric.heading for metric in METRICS)]
    assert rows[0][:2] == ["Edema", "2"]
    assert rows[0][2] == "0.200 ± 0.000, 1 undefined"
    assert rows[0][3] == "0.300 ± 0.100 (0.200 to 0.400)"
    assert figure_text(Figure(0, 3, nan, nan, nan, nan)) == "–, 3 undefined"  # noqa: RUF001
    assert text_rows(make_table([score("a", "Edema", 0.2)]), spread=False)[1][0][2:] == ["0.200"] * len(METRICS)


def test_no_two_figures_have_the_same_name_or_heading() -> None:
    columns = [*METRICS, *CONTROLS]
    assert len({column.name for column in columns}) == len({column.heading for column in columns}) == len(columns)


def test_controls_stand_behind_the_metrics_where_they_were_measured(tmp_path: Path) -> None:
    without = make_table([score("a", "Edema", 0.25)])
    table = make_table([score("a", "Edema", 0.25, controlled=True, shuffled_auc=0.5, other_auc=nan)])
    assert without.controls == ()
    assert without.summary is None
    assert set(without.as_dict()) == {"interval", "pathologies", "mean"}
    document = table.as_dict()
    (edema,) = document["pathologies"]
    assert list(edema["metrics"]) == NAMES
    assert list(edema["controls"]) == [control.name for control in CONTROLS]
    assert (edema["controls"]["shuffled_auc"]["mean"], edema["controls"]["other_auc"]["undefined"]) == (0.5, 1)
    assert document["other_phrase"] == {"samples": 0, "own_auc": None, "other_auc": None, "fall": None}
    write_table_csv(tmp_path / "without.csv", without)
    write_table_csv(tmp_path / "with.csv", table)
    short, long = ((tmp_path / name).read_text().splitlines()[0] for name in ("without.csv", "with.csv"))
    assert long.startswith(f"{short},centre AUC mean,")
    assert text_rows(table)[0] == text_rows(without)[0], "the table of metrics is the same"
