"""Files of annotators' boxes, however they are written."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path

from cxr_grounding.evaluation.datasets.annotations import EVERYTHING, Selection
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.evaluation.datasets.phrase_csv import read_phrase_csv
from cxr_grounding.evaluation.datasets.prompt import Prompt
from cxr_grounding.evaluation.datasets.vindr_cxr import read_vindr_cxr


class Kind(enum.Enum):
    """How annotations are written."""

    CSV = "csv"
    MS_CXR = "ms-cxr"
    VINDR_CXR = "vindr-cxr"


READERS: dict[Kind, Callable[[Path, Path, Selection, Prompt], Dataset]] = {
    Kind.CSV: read_phrase_csv,
    Kind.MS_CXR: read_ms_cxr,
    Kind.VINDR_CXR: lambda annotations, images, selection, prompt: read_vindr_cxr(
        annotations, images, selection, prompt=prompt
    ),
}


def read_annotations(kind: Kind, annotations: Path, images: Path) -> Dataset:
    """All of a file, as it is asked by its sentences.

    Args:
        kind: how it is written.
        annotations: the file.
        images: the folder with its radiographs.

    Raises:
        EvaluationError: when it cannot be read.
    """
    return READERS[kind](annotations, images, EVERYTHING, Prompt.SENTENCE)
