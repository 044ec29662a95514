"""samples.csv: what is read back, what is cut off, what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cxr_grounding.errors import OutputError
from cxr_grounding.evaluation.controls import CONTROLS
from cxr_grounding.evaluation.datasets.dataset import Sample
from cxr_grounding.evaluation.metrics import METRICS
from cxr_grounding.evaluation.presence import PRESENCE, VERDICTS
from cxr_grounding.evaluation.run.samples_file import Columns, SamplesFile, ScoredSample
from cxr_grounding.evaluation.score import Placed, SampleScore
from cxr_grounding.radiograph import Box

PHRASES = (("aa", 'left, "small" effusion'), ("aa", "edema"), ("bb", "épanchement"), ("bb", "two\nlines"))
SAMPLES = [Sample(image, Path("x.jpg"), phrase, "P", (Box(0, 0, 1, 1),)) for image, phrase in PHRASES]


def scored(image_id: str, phrase: str) -> ScoredSample:
    numbers = (0.1 + 0.2, 1 / 3, 0.5, -1e-17, float("inf"), 0.7, *[0.1, 1 / 7, 0.3, 0.4, 2 / 3, 5e-324])
    figures = {figure.name: number for figure, number in zip((*METRICS, *CONTROLS), numbers, strict=True)}
    score = SampleScore(image_id, phrase, "Edema", "a, b.jpg", 2, figures, 1.0)
    return ScoredSample(score, 0.25, "h.png", 'a "stranger", there')


ROWS = [scored(*key) for key in PHRASES]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with all rows, written image by image."""
    path = tmp_path / "samples.csv"
    file = SamplesFile(path, SAMPLES)
    file.append(ROWS[:2])
    file.append(ROWS[2:])
    return path


def test_rows_read_back_with_all_their_digits(path: Path) -> None:
    before = path.read_bytes()
    assert SamplesFile(path, SAMPLES).rows == ROWS
    assert path.read_bytes() == before
    assert before.decode().splitlines()[0] == ",".join(Columns(with_controls=True).names)


def test_the_phrases_and_figures_of_the_presence_test_come_back_too(tmp_path: Path) -> None:
    figures = {figure.name: 0.1 * number for number, figure in enumerate((*METRICS, *CONTROLS, *PRESENCE))}
    verdicts = dict.fromkeys(VERDICTS, "points here") | {"wrong_side_verdict": ""}
    placed = Placed("left", "lower", "left", "", "bilateral", "-Small left effusion")
    score = SampleScore("aa", "edema", "Edema", "a.jpg", 1, figures, 1.0, "Pneumonia", verdicts, placed)
    row = ScoredSample(score, 1.0, "h.png", "stranger", "left pneumonia")
    path = tmp_path / "samples.csv"
    SamplesFile(path, SAMPLES, with_presence=True).append([row])
    assert SamplesFile(path, SAMPLES, with_presence=True).rows == [row]
    with pytest.raises(OutputError, match="other columns"):
        SamplesFile(path, SAMPLES)


def test_a_file_without_controls_has_none_of_their_columns(tmp_path: Path) -> None:
    figures = {metric.name: 0.5 for metric in METRICS}
    figures |= {"fb_miou": 0.25}
    score = SampleScore("aa", "edema", "Edema", "a.jpg", 1, figures, 1.0)
    rows = [ScoredSample(score, 1.0, "h.png", kept_words="left")]
    path = tmp_path / "samples.csv"
    SamplesFile(path, SAMPLES, with_controls=False).append(rows)
    assert path.read_text() == (
        "image_id,phrase,pathology,image,boxes,miou,auc_roc_soft,auc_roc_exact,auc_roc_binned,cnr_signed,cnr_absolute,"
        "boxes_seen,image_scale,heatmap,fb_miou,mask_iou,pointing_top1,cnr_sample,auc_roc_frame,fb_miou_box,box_iou,"
        "center_distance,kept_words\n"
        "aa,edema,Edema,a.jpg,1,0.5,0.5,0.5,0.5,0.5,0.5,1.0,1.0,h.png,0.25,,,,,,,,left\n"
    )
    assert SamplesFile(path, SAMPLES, with_controls=False).rows == rows
    with pytest.raises(OutputError, match="other columns"):
        SamplesFile(path, SAMPLES, with_controls=True)


def test_wherever_a_kill_cut_the_file_the_torn_row_goes_and_the_whole_ones_stay(path: Path) -> None:
    whole = path.read_bytes()
    ends = [len("\n".join(whole.decode().split("\n")[:lines]).encode()) + 1 for lines in (1, 2, 3, 4, 6)]
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        kept = max(sum(end <= length for end in ends) - 1, 0)
        assert SamplesFile(path, SAMPLES).rows == ROWS[:kept], length
        assert path.read_bytes() == whole[: ends[kept]], length


def test_blocks_of_nothing_behind_the_last_row_are_cut_off(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * 512)
    assert SamplesFile(path, SAMPLES).rows == ROWS
    assert path.read_bytes() == whole


def test_an_image_may_lack_a_sample(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    file = SamplesFile(path, SAMPLES)
    file.append(ROWS[:1])
    file.append(ROWS[2:])
    assert SamplesFile(path, SAMPLES).rows == [ROWS[0], *ROWS[2:]]


def test_rows_that_came_late_are_put_into_the_order_of_the_samples(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    file = SamplesFile(path, SAMPLES)
    file.append(ROWS[2:])
    file.append(ROWS[:2])
    file.put_in_order(SAMPLES)
    assert SamplesFile(path, SAMPLES).rows == file.rows == ROWS


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text.replace("miou", "iou", 1), "other columns"),
        (lambda text: text.replace("0.25", "often", 1), "is damaged"),
        (lambda text: text.replace("aa,edema", "aa,edema,more", 1), "is damaged"),
        (lambda text: text + text.splitlines(keepends=True)[1], "twice"),
    ],
)
def test_a_damaged_file_is_refused_and_left_alone(path: Path, damage, reason: str) -> None:
    damaged = damage(path.read_text()).encode()
    path.write_bytes(damaged)
    with pytest.raises(OutputError, match=reason):
        SamplesFile(path, SAMPLES)
    assert path.read_bytes() == damaged


def test_samples_that_are_not_asked_for_are_refused(path: Path) -> None:
    with pytest.raises(OutputError, match="holds 2 samples that are not asked for now, 'épanchement' on bb first"):
        SamplesFile(path, SAMPLES[:2])


FORMULAS = ("=1+1", "-opacity", "'=quoted", "@left", "+")


def test_what_a_spreadsheet_would_compute_is_defused_and_reads_back(tmp_path: Path) -> None:
    path, samples = tmp_path / "samples.csv", [dataclasses.replace(SAMPLES[0], phrase=text) for text in FORMULAS]
    rows = [scored("aa", text) for text in FORMULAS]
    SamplesFile(path, samples).append(rows)
    assert [line.split(",")[1] for line in path.read_text().splitlines()[1:]] == [f"'{text}" for text in FORMULAS]
    assert SamplesFile(path, samples).rows == rows
    assert ",-1e-17," in path.read_text(), "numbers stay numbers"


def test_a_file_from_before_cells_were_defused_goes_on(tmp_path: Path) -> None:
    path, samples = tmp_path / "samples.csv", [dataclasses.replace(SAMPLES[0], phrase="-opacity")]
    SamplesFile(path, samples).append([scored("aa", "-opacity")])
    path.write_text(path.read_text().replace("'-opacity", "-opacity"))
    assert SamplesFile(path, samples).rows == [scored("aa", "-opacity")]
