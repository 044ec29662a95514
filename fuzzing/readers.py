"""What is done with a damaged file of each kind, as a person would do it; and what comes back is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.disk.foreign_text import TextTooLargeError, read_foreign_text
from cxr_grounding.disk.json_file import json_text
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.evaluation.datasets.phrase_csv import read_phrase_csv
from cxr_grounding.evaluation.datasets.vindr_cxr import read_vindr_cxr
from cxr_grounding.grounding import Grounding
from cxr_grounding.reading.describe_file import describe_file
from cxr_grounding.reading.dicom.objects.read_findings import read_findings
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.recipe import read_grounding_file
from cxr_grounding.report.split import split_report
from fuzzing.seeds.objects import IMAGE

LARGEST_REPORT_BYTES = 2**17
"""As much is read of a report."""

LARGEST_MAP = 2**22
"""Most pixels of a radiograph on which a saved answer is drawn; larger ones take their time rightly."""


@dataclass(frozen=True)
class Texts:
    """What a person reads of a file that was read.

    Args:
        sentences: the program's own, with words of the file in them.
        phrases: from the file, which may be as long as that.
    """

    sentences: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


Reader = Callable[[Path], Texts]


def read_radiograph(path: Path) -> Texts:
    """An image, as the list of files describes it and as it is opened, CT and the like not refused."""
    described = describe_file(path)
    radiograph = read_image(path, force=True)
    titles = () if described is None else (described.patient or "", described.title)
    named = (radiograph.view, radiograph.body_part, *vars(radiograph.identifiers).values())
    return Texts(radiograph.warnings, (*titles, *named))


def read_object(path: Path) -> Texts:
    """A segmentation or a report that comes back, which is then told of; its radiograph lies beside it."""
    found = read_findings(path, read_image(path.with_name(IMAGE)))
    for one in found:
        json_text(one.to_document()).encode()
    sentences = [sentence for one in found for sentence in (*one.warnings, one.place_said) if sentence]
    return Texts(tuple(sentences), tuple(text for one in found for text in (one.phrase.text, one.model.name)))


def read_report(path: Path) -> Texts:
    """A report's sentences."""
    try:
        return Texts(phrases=tuple(split_report(read_foreign_text(path, LARGEST_REPORT_BYTES))))
    except TextTooLargeError:
        return Texts()


def read_answer(path: Path) -> Texts:
    """A saved answer, which is then looked at and saved again."""
    (answer,) = Grounding.load_all(path)
    if answer.frame.shape[0] * answer.frame.shape[1] <= LARGEST_MAP:
        json_text(answer.to_document()).encode()
    return Texts()


def read_recipe(path: Path) -> Texts:
    """What a model's folder says of how it is used."""
    model, _ = read_grounding_file(path)
    return Texts(phrases=(model.label,))


def read_ms_cxr_table(path: Path) -> Texts:
    """MS-CXR."""
    return _texts_of(read_ms_cxr(path, path.parent))


def read_vindr_table(path: Path) -> Texts:
    """VinDr-CXR."""
    return _texts_of(read_vindr_cxr(path, path.parent))


def read_phrase_table(path: Path) -> Texts:
    """Any CSV."""
    return _texts_of(read_phrase_csv(path, path.parent))


def _texts_of(dataset: Dataset) -> Texts:
    return Texts(
        tuple(problem.sentence for problem in dataset.problems),
        tuple(text for sample in dataset.samples for text in (sample.phrase, sample.image_id)),
    )
