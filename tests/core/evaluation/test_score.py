"""One sample's figures, from its boxes and a heatmap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError
from cxr_grounding.evaluation.datasets.dataset import Sample
from cxr_grounding.evaluation.metrics import METRICS, auc_roc, binned_auc_roc, contrast_to_noise, mean_iou, union_mask
from cxr_grounding.evaluation.score import SampleScore, score_sample
from cxr_grounding.radiograph import Box


def sample(*boxes: Box, image_size: tuple[int, int] | None = None) -> Sample:
    return Sample("i1", Path("films") / "i1.png", "Left effusion.", "Pleural Effusion", boxes, image_size)


@pytest.fixture
def heatmap() -> NDArray[np.float32]:
    """20 rows, 30 columns, of which the model saw the middle 20."""
    heat = np.random.default_rng(5).random((20, 30)).astype(np.float32)
    heat[:, :5] = heat[:, 25:] = np.nan
    return heat


def test_a_sample_is_scored_by_every_metric(heatmap: NDArray) -> None:
    boxes = (Box(2, 3, 6, 4), Box(20, 10, 5, 5))
    mask, soft = union_mask(boxes, (20, 30)), 1 - heatmap
    signed, absolute = contrast_to_noise(heatmap, boxes)
    assert score_sample(sample(*boxes, image_size=(30, 20)), heatmap, soft) == SampleScore(
        image_id="i1",
        phrase="Left effusion.",
        pathology="Pleural Effusion",
        image=str(Path("films/i1.png")),
        boxes=2,
        figures={
            "miou": mean_iou(heatmap, mask),
            "auc_roc_soft": auc_roc(soft, mask),
            "auc_roc_exact": auc_roc(heatmap, mask),
            "auc_roc_binned": binned_auc_roc(heatmap, mask),
            "cnr_signed": signed,
            "cnr_absolute": absolute,
        },
        boxes_seen=(24 - 12 + 25) / 49,  # three columns of the first box were not seen
    )


def test_every_metric_is_a_number_of_plain_python(heatmap: NDArray) -> None:
    score = score_sample(sample(Box(8, 3, 6, 4)), heatmap)
    assert list(score.figures) == [metric.name for metric in METRICS]
    assert {type(number) for number in (*score.figures.values(), score.boxes_seen)} == {float}


def test_a_box_that_fills_the_image_has_an_iou_and_nothing_to_compare(heatmap: NDArray) -> None:
    score = score_sample(sample(Box(0, 0, 30, 20)), heatmap)
    miou, *others = score.figures.values()
    assert 0 < miou < 1
    assert np.isnan(others).all()


def test_a_box_that_the_model_did_not_see_is_a_miss_not_an_error(heatmap: NDArray) -> None:
    score = score_sample(sample(Box(0, 0, 5, 20)), heatmap)
    assert (score.figures["miou"], score.boxes_seen) == (0, 0)
    assert score.figures["auc_roc_exact"] < 0.2
    assert np.isnan([score.figures["cnr_signed"], score.figures["auc_roc_binned"]]).all()


def test_an_image_of_another_size_than_annotated_is_refused(heatmap: NDArray) -> None:
    with pytest.raises(RadiographError, match="60 columns by 40 rows, but it has 30 columns by 20 rows"):
        score_sample(sample(Box(2, 3, 6, 4), image_size=(60, 40)), heatmap)


def test_boxes_without_a_pixel_of_the_image_are_refused(heatmap: NDArray) -> None:
    with pytest.raises(RadiographError, match=r'"Left effusion." hold no pixel of films.i1.png, which has 30 columns'):
        score_sample(sample(Box(40, 3, 6, 4)), heatmap)
