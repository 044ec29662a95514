"""How well one sample was grounded, and its row in the per-sample file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError
from cxr_grounding.evaluation.datasets.dataset import Sample
from cxr_grounding.evaluation.metrics import auc_roc, binned_auc_roc, contrast_to_noise, mean_iou, union_mask

METRICS = ("miou", "auc_roc_exact", "auc_roc_binned", "cnr_signed", "cnr_absolute")
"""The figures of a sample, names of `SampleScore`'s fields (METHOD 6, docs/evaluation.md)."""


@dataclass(frozen=True)
class SampleScore:
    """One evaluated sample.

    Args:
        image_id, phrase, pathology: of the `Sample`.
        image: the file's path as text.
        boxes: how many there are.
        miou: mean intersection over union of (heatmap > t) and the union of the boxes, t = 0.1 ... 0.5.
        auc_roc_exact: over all pixels of the image, ties count one half.
        auc_roc_binned: with 5 thresholds, over the pixels that the model saw, as published.
        cnr_signed: contrast-to-noise ratio, mean over boxes; negative where the boxes are colder than the rest.
        cnr_absolute: mean over boxes of each one's |CNR|; never below |cnr_signed|.
        boxes_seen: share of the boxes' pixels that the model saw.

    A figure that is not defined (no pixel outside the boxes; an even heatmap for the CNR) is NaN.
    """

    image_id: str
    phrase: str
    pathology: str
    image: str
    boxes: int
    miou: float
    auc_roc_exact: float
    auc_roc_binned: float
    cnr_signed: float
    cnr_absolute: float
    boxes_seen: float


def score_sample(sample: Sample, heatmap: NDArray[np.floating]) -> SampleScore:
    """All figures of a sample.

    Args:
        sample: with its boxes.
        heatmap: [rows, columns] on the grid of the original image, that of the boxes; [0, 1], NaN where the model did
            not look.

    Raises:
        RadiographError: when the image has not the size that the annotations say, or no pixel of it lies in the boxes.
            Both mean that the boxes are about another image, or another version of it.
    """
    rows, columns = heatmap.shape
    if sample.image_size is not None and sample.image_size != (columns, rows):
        said = "{} columns by {} rows".format(*sample.image_size)
        raise RadiographError(
            f"The annotations say that {sample.image} has {said}, but it has {columns} columns by {rows} rows, "
            "so that its boxes do not fit it. Use the original images."
        )
    mask = union_mask(sample.boxes, (rows, columns))
    inside = int(np.count_nonzero(mask))
    if inside == 0:
        raise RadiographError(
            f'The boxes of "{sample.phrase}" hold no pixel of {sample.image}, which has {columns} columns by '
            f"{rows} rows. Check that the annotations are about this image."
        )
    seen = ~np.isnan(heatmap)
    inside_seen = int(np.count_nonzero(mask & seen))
    signed, absolute = contrast_to_noise(heatmap, sample.boxes)
    return SampleScore(
        image_id=sample.image_id,
        phrase=sample.phrase,
        pathology=sample.pathology,
        image=str(sample.image),
        boxes=len(sample.boxes),
        miou=mean_iou(heatmap, mask),
        auc_roc_exact=auc_roc(heatmap, mask) if inside < mask.size else float("nan"),
        auc_roc_binned=binned_auc_roc(heatmap, mask) if 0 < inside_seen < np.count_nonzero(seen) else float("nan"),
        cnr_signed=signed,
        cnr_absolute=absolute,
        boxes_seen=inside_seen / inside,
    )
