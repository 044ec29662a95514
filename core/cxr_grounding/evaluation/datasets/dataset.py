"""What a benchmark asks: phrases on images, with the boxes that annotators drew. Read from files by the readers beside.

A reader never stops at a bad row: what cannot be used becomes a `Problem` with its line number, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.disk.sentences import LONGEST_LIST, shortened
from cxr_grounding.radiograph import Box, Radiograph
from cxr_grounding.signals.known_findings import Zone
from cxr_grounding.signals.places import Laterality


class AskedPhrase(NamedTuple):
    """A phrase that the dataset asks, and the class that it is counted under ("" for none)."""

    phrase: str
    pathology: str


class Lies(NamedTuple):
    """Where a finding is known to lie; None for one without a side, or without a zone."""

    side: Laterality | None
    zone: Zone | None


@dataclass(frozen=True)
class Sample:
    """One phrase on one image, with where it is (METHOD 6: boxes of one image and one sentence are one sample).

    Args:
        image_id: names the image within its dataset, as the annotations do ("dicom_id" in MS-CXR).
        image: the file, or what draws the image when it is needed.
        phrase: what is asked of the model.
        pathology: the class under which the sample is counted; "" where the dataset has none.
        boxes: in pixels of the original image, as annotated; one or more, but none before an image is drawn.
        image_size: (columns, rows) of the original image, as the annotations say; None where they do not.
        lines: of the annotation file, from 1, that the sample was made from.
        stranger: a sentence that is not about this image, for the shuffled phrase; None where the dataset gives none,
            and one of another image is taken.
        absent: a sentence about a finding that is not on this image, with its class; None where the dataset gives
            none, and one of another image is taken (`presence.AbsentPhrases`).
        lies: where the finding is, whatever the phrase says of it; None where only its boxes are known.
    """

    image_id: str
    image: Path | DrawnImage
    phrase: str
    pathology: str
    boxes: tuple[Box, ...]
    image_size: tuple[int, int] | None = None
    lines: tuple[int, ...] = ()
    stranger: str | None = None
    absent: AskedPhrase | None = None
    lies: Lies | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Names the sample within its dataset."""
        return self.image_id, self.phrase


@dataclass(frozen=True, eq=False)
class OpenedImage:
    """An image that is looked at now.

    Args:
        radiograph: the image.
        samples: on it, with their boxes.
        left: [rows, columns], the pixels on the patient's left, as far as it is told which they are; None where it is
            not told, as for a view from the side.
    """

    radiograph: Radiograph
    samples: tuple[Sample, ...]
    left: NDArray[np.bool_] | None


class DrawnImage(Protocol):
    """An image that no file holds: it is drawn when it is looked at. `str` of it is what it is called."""

    def open(self, samples: Sequence[Sample]) -> OpenedImage:
        """Draw it.

        Args:
            samples: some of those on this image; what is known only now is added to them.
        """
        ...


@dataclass(frozen=True)
class Problem:
    """Something that was left out of an evaluation, and why.

    Args:
        line: of the annotation file, from 1 (for a JSON file: the annotation's place in its list); None where it is
            about no single one.
        sentence: for the user; one line, however much of the file is quoted in it.
    """

    line: int | None
    sentence: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "sentence", shortened(self.sentence, LONGEST_LIST))


@dataclass(frozen=True)
class Dataset:
    """A benchmark, read.

    Args:
        name: "MS-CXR", "VinDr-CXR", "phantoms", or the annotation file's name.
        samples: in the order of the file, those of one image next to each other.
        problems: what could not be used.
        asked: by image_id, all that is asked of each image, also beyond a limit on the samples: controls are drawn from
            it, so that they are the same when a run goes on with a larger limit. By default what the samples ask.
    """

    name: str
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...] = ()
    asked: Mapping[str, tuple[AskedPhrase, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.asked:
            asked: dict[str, list[AskedPhrase]] = {}
            for sample in self.samples:
                asked.setdefault(sample.image_id, []).append(AskedPhrase(sample.phrase, sample.pathology))
            object.__setattr__(self, "asked", {image_id: tuple(phrases) for image_id, phrases in asked.items()})
