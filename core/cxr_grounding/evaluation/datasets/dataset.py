"""What a benchmark asks: phrases on images, with the boxes that annotators drew. Read from files by the readers beside.

A reader never stops at a bad row: what cannot be used becomes a `Problem` with its line number, and the rest goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.radiograph import Box


@dataclass(frozen=True)
class Sample:
    """One phrase on one image, with where it is (METHOD 6: boxes of one image and one sentence are one sample).

    Args:
        image_id: names the image within its dataset, as the annotations do ("dicom_id" in MS-CXR).
        image: the file.
        phrase: what is asked of the model.
        pathology: the class under which the sample is counted; "" where the dataset has none.
        boxes: in pixels of the original image, as annotated; one or more.
        image_size: (columns, rows) of the original image, as the annotations say; None where they do not.
        lines: of the annotation file, from 1, that the sample was made from.
    """

    image_id: str
    image: Path
    phrase: str
    pathology: str
    boxes: tuple[Box, ...]
    image_size: tuple[int, int] | None = None
    lines: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Names the sample within its dataset."""
        return self.image_id, self.phrase


@dataclass(frozen=True)
class Problem:
    """Something that was left out of an evaluation, and why.

    Args:
        line: of the annotation file, from 1 (for a JSON file: the annotation's place in its list); None where it is
            about no single one.
        sentence: for the user.
    """

    line: int | None
    sentence: str


@dataclass(frozen=True)
class Dataset:
    """A benchmark, read.

    Args:
        name: "MS-CXR", "VinDr-CXR", or the annotation file's name.
        samples: in the order of the file, those of one image next to each other.
        problems: what could not be used.
    """

    name: str
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...] = ()
