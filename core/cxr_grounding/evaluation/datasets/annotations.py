"""From annotations, one box each, to samples: what all readers share. METHOD 6."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from cxr_grounding.disk.sentences import LONGEST_LIST, holds_controls, is_whole, shortened
from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.dataset import AskedPhrase, Dataset, Problem, Sample
from cxr_grounding.radiograph import Box

SUFFIXES = (".jpg", ".jpeg", ".png", ".dcm", ".dicom", ".tif", ".tiff", ".npy")
"""Of image files, in the order in which they are looked for."""

NO_FINDING = frozenset({"no finding", "no findings"})
"""Classes of an image without findings, lower case, with blanks between words."""

T = TypeVar("T")


class UnusableRow(Exception):
    """An annotation cannot be used; the message is the sentence of its `Problem`. It never leaves the readers."""


@dataclass(frozen=True)
class Annotation:
    """One box of one phrase.

    Args:
        line: of the annotation file, as in `Problem`.
        image_id, phrase, pathology, image_size: as in `Sample`.
        box: in pixels of the original image.
        path: of the image, as the annotation says it; "" where it does not.
        split: the part of the dataset that it belongs to; "" where it is not said.
    """

    line: int
    image_id: str
    phrase: str
    pathology: str
    box: Box
    image_size: tuple[int, int] | None = None
    path: str = ""
    split: str = ""


@dataclass(frozen=True)
class Selection:
    """Which part of a dataset is asked for.

    Args:
        classes: names of pathologies, in any case; all where empty.
        split: name of a split; all where None.
        limit: most samples, the first ones that can be used; all where None.
    """

    classes: tuple[str, ...] = ()
    split: str | None = None
    limit: int | None = None


EVERYTHING = Selection()
"""All samples."""


def usable(
    build: Callable[[T], Annotation | None], rows: Iterable[tuple[int, T]]
) -> tuple[list[Annotation], list[Problem]]:
    """Build an annotation of every (line, row), but for those that say of an image that it has none (None); a problem
    for each that cannot be used."""
    annotations: list[Annotation] = []
    problems: list[Problem] = []
    for line, row in rows:
        try:
            annotation = build(row)
        except UnusableRow as reason:
            problems.append(Problem(line, str(reason)))
            continue
        if annotation is not None:
            annotations.append(annotation)
    return annotations, problems


def number(name: str, value: object) -> float:
    """A finite number, out of a cell's text or a JSON value.

    Raises:
        UnusableRow: when it is none.
    """
    if value == "":
        raise UnusableRow(f"{name} is not given.")
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            result = float(value)
        except (ValueError, OverflowError):
            result = math.nan
        if math.isfinite(result):
            return result
    raise UnusableRow(f"{name} is {str(value)[:40]!r}, which is not a number.")


def size_of(width: object, height: object) -> tuple[int, int] | None:
    """The image's size (columns, rows); None where the annotations leave it out.

    Raises:
        UnusableRow: when it is not two numbers above 0.
    """
    if width in ("", None) and height in ("", None):
        return None
    size = round(number("The image's width", width)), round(number("The image's height", height))
    if min(size) < 1:
        raise UnusableRow(f"The image is said to have {size[0]} x {size[1]} pixels.")
    return size


def says_no_finding(name: str, box: Sequence[str]) -> bool:
    """Whether a row says that there is nothing on the image: by its class, and a box that is empty or stands for none.

    Args:
        name: of the class.
        box: its four numbers, as text.

    Raises:
        UnusableRow: when the class says so and a box is drawn all the same.
    """
    if " ".join(name.lower().replace("_", " ").replace("-", " ").split()) not in NO_FINDING:
        return False
    # Kaggle's copies of VinDr-CXR write 0 0 1 1 for "no box", others 0 0 0 0 or -1 -1 -1 -1.
    if any(box) and any(abs(number("A side of the box", value)) > 1 for value in box):
        raise UnusableRow(f"The class is {name!r}, but a box is drawn ({', '.join(box)}).")
    return True


def bare_id(image_id: str) -> str:
    """An image's name without the suffix of its file; "abc" and "abc.dicom" are one image."""
    suffix = PurePosixPath(image_id).suffix
    return image_id.removesuffix(suffix) if suffix.lower() in SUFFIXES else image_id


def slashed(path: str) -> str:
    """A path as it is written here, also one that was written on Windows, or begins with a dot."""
    return PurePosixPath(path.replace("\\", "/")).as_posix() if path else ""


def checked_box(x: float, y: float, width: float, height: float, size: tuple[int, int] | None) -> Box:
    """A box with an area, some of it inside the image where that one's size is known.

    Raises:
        UnusableRow: when it has no area or lies outside.
    """
    box = f"The box at ({x:g}, {y:g}) of {width:g} x {height:g} pixels"
    if width <= 0 or height <= 0:
        raise UnusableRow(f"{box} has no area.")
    if size is not None and (x >= size[0] or y >= size[1] or x + width <= 0 or y + height <= 0):
        raise UnusableRow(f"{box} lies outside the image of {size[0]} x {size[1]} pixels.")
    return Box(x, y, width, height)


def checked_phrase(text: str) -> str:
    """The phrase, every run of white space as one blank.

    Raises:
        UnusableRow: when nothing is left, or it cannot be written.
    """
    text = " ".join(text.split())
    if not text:
        raise UnusableRow("The phrase is empty.")
    return checked_text("phrase", text)


def checked_text(name: str, text: str) -> str:
    """Text that every file can hold.

    Raises:
        UnusableRow: when it has control characters, or half a character, as JSON can ("\\ud800", a surrogate without
            its other one).
    """
    if not is_whole(text):
        raise UnusableRow(f"The {name} is {ascii(text)[:60]}, which holds half a character.")
    if holds_controls(text):
        raise UnusableRow(f"The {name} is {ascii(text)[:60]}, which holds control characters.")
    return text


def gather(
    name: str,
    annotations: Sequence[Annotation],
    problems: Sequence[Problem],
    selection: Selection,
    places: Callable[[Annotation], Iterable[Path]],
) -> Dataset:
    """The samples of annotations: the boxes of one image and one phrase together (METHOD 6).

    A box that is said twice counts once. A phrase that stands under two pathologies is counted under the first.

    Args:
        name: of the dataset.
        annotations, problems: what was read, and what could not be.
        selection: of the annotations.
        places: where an annotation's image may lie, best first.

    Raises:
        EvaluationError: when the selection names a class or a split that is not there.
    """
    chosen = _chosen(annotations, selection)
    groups: dict[str, dict[str, list[Annotation]]] = {}
    for annotation in chosen:
        groups.setdefault(annotation.image_id, {}).setdefault(annotation.phrase, []).append(annotation)
    asked = {
        image_id: tuple(AskedPhrase(phrase, group[0].pathology) for phrase, group in phrases.items())
        for image_id, phrases in groups.items()
    }
    samples: list[Sample] = []
    found = list(problems)
    for image_id, phrases in groups.items():
        own = [annotation for group in phrases.values() for annotation in group]
        image = next((place for place in places(own[0]) if _is_file(place)), None)
        if image is None:
            where = f", {own[0].path}," if own[0].path else ""
            found += [Problem(one.line, f"The image {image_id}{where} is not in the folder.") for one in own]
            continue
        for phrase, group in phrases.items():
            if len(samples) == selection.limit:
                return Dataset(name, tuple(samples), _in_order(found), asked)
            first = group[0]
            size = next((one.image_size for one in own if one.image_size), None)
            boxes = tuple(dict.fromkeys(one.box for one in group))
            lines = tuple(one.line for one in group)
            samples.append(Sample(image_id, image, phrase, first.pathology, boxes, size, lines))
            found += [
                Problem(one.line, f"{phrase!r} is counted under {first.pathology}, and not under {one.pathology} too.")
                for one in group
                if one.pathology != first.pathology
            ]
    return Dataset(name, tuple(samples), _in_order(found), asked)


def flat_places(folder: Path, stem: str) -> Iterator[Path]:
    """Files of that name in the folder itself, with any suffix."""
    return (folder / f"{stem}{suffix}" for suffix in SUFFIXES)


def check_folder(images: Path) -> None:
    """Refuse a folder of images that is not there.

    Raises:
        EvaluationError: when it is not.
    """
    if not images.is_dir():
        raise EvaluationError(f"There is no folder {images}. Give the folder that the images are in with --images.")


def _chosen(annotations: Sequence[Annotation], selection: Selection) -> list[Annotation]:
    classes = {one.pathology.lower(): one.pathology for one in annotations}
    for name in selection.classes:
        if name.strip().lower() not in classes and annotations:
            names = shortened(", ".join(sorted(filter(None, classes.values()))), LONGEST_LIST)
            known = names or "none, since the file names no classes"
            raise EvaluationError(f"There is no class {name!r} in the annotations. Those there are: {known}.")
    splits = sorted({one.split for one in annotations if one.split})
    if selection.split is not None and annotations and selection.split not in splits:
        known = shortened(", ".join(splits), LONGEST_LIST) or "none, since the file names no splits; leave --split out"
        raise EvaluationError(f"There is no split {selection.split!r} in the annotations. Those there are: {known}.")
    wanted = {name.strip().lower() for name in selection.classes}
    return [
        one
        for one in annotations
        if (not wanted or one.pathology.lower() in wanted) and selection.split in (None, one.split)
    ]


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have: too long, or with a null character
        return False
