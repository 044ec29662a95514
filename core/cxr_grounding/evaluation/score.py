"""How well one sample was grounded, and its row in the per-sample file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError
from cxr_grounding.evaluation import metrics
from cxr_grounding.evaluation.datasets.dataset import Sample


class Placed(NamedTuple):
    """Where a sample's finding lies, and where its phrase was found to be best explained; columns of samples.csv.

    Args:
        true_side, true_zone: as the dataset knows them; "" where it does not, or there is none.
        best_side, best_zone: of the first place of `Grounding.place`; "" for none.
        shown_side: of all places that are shown, "bilateral" for both sides.
        best_phrase: what was asked in the stead of the phrase; "" where it was asked as it stands.
    """

    true_side: str = ""
    true_zone: str = ""
    best_side: str = ""
    best_zone: str = ""
    shown_side: str = ""
    best_phrase: str = ""


NOWHERE = Placed()


@dataclass(frozen=True)
class SampleScore:
    """One evaluated sample.

    Args:
        image_id, phrase, pathology: of the `Sample`.
        image: the file's path as text, or what an image is called that is drawn.
        boxes: how many there are.
        figures: of each of `metrics.METRICS`, and of each of `controls.CONTROLS` where they were measured, by name; NaN
            where one is not defined (no pixel outside the boxes; an even heatmap for the CNR). Likewise of each of
            `presence.PRESENCE`.
        boxes_seen: share of the boxes' pixels that the model saw.
        absent_pathology: the class of the absent phrase that was asked beside it; "" where there was none.
        verdicts: on the phrase and on the false ones beside it, by the names of `presence.VERDICTS`
            (`VerdictKind.value`; "" where there was no such phrase); none in a run without presence.
        placed: where it lies, and where it was found; nothing in a run without presence.
    """

    image_id: str
    phrase: str
    pathology: str
    image: str
    boxes: int
    figures: Mapping[str, float]
    boxes_seen: float
    absent_pathology: str = ""
    verdicts: Mapping[str, str] = field(default_factory=dict)
    placed: Placed = NOWHERE

    @property
    def key(self) -> tuple[str, str]:
        """As `Sample.key`."""
        return self.image_id, self.phrase


def score_sample(
    sample: Sample, heatmap: NDArray[np.floating], soft: NDArray[np.floating] | None = None
) -> SampleScore:
    """All figures of a sample, without the controls.

    Args:
        sample: with its boxes.
        heatmap: [rows, columns] on the grid of the original image, that of the boxes; [0, 1], NaN where the model did
            not look.
        soft: likewise, before its threshold.

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
    case = metrics.Case(metrics.Maps(heatmap, soft), sample.boxes)
    if not case.mask.any():
        raise RadiographError(
            f'The boxes of "{sample.phrase}" hold no pixel of {sample.image}, which has {columns} columns by '
            f"{rows} rows. Check that the annotations are about this image."
        )
    return SampleScore(
        image_id=sample.image_id,
        phrase=sample.phrase,
        pathology=sample.pathology,
        image=str(sample.image),
        boxes=len(sample.boxes),
        figures={metric.name: metric.function(case) for metric in metrics.METRICS},
        boxes_seen=case.seen_share,
    )
