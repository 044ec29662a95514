"""Save answers in any of the formats, together or not at all."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from cxr_grounding.answers.bundle import DEFAULT_FORMATS, DICOM_FORMATS, Format, choose_formats, stem_of, write_bundle
from cxr_grounding.answers.dicom.deidentify import Deidentifier, T
from cxr_grounding.answers.dicom.export import DicomExport, SegmentationKind
from cxr_grounding.answers.dicom.objects import check_can_be_made
from cxr_grounding.answers.dicom.source_header import check_can_be_source
from cxr_grounding.answers.dicom.write_object import NO_STUDY
from cxr_grounding.answers.doubted import Doubted
from cxr_grounding.answers.result import Files, Result
from cxr_grounding.disk.staging import staged
from cxr_grounding.errors import OutputError, RadiographError
from cxr_grounding.grounding import Grounding
from cxr_grounding.quiet import without_warnings
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.dicom.read_header import read_header
from cxr_grounding.reported import ReportedFinding

HIDDEN_SOURCE = "a de-identified radiograph"


@dataclass(frozen=True)
class Saving:
    """How answers are saved.

    Args:
        formats: of the table in `answers.bundle`, with commas between them.
        doubted: how pictures show heat that is not to be believed.
        segmentation: what the pixels of a DICOM Segmentation say.
        stable_uids: whether DICOM objects have UIDs that their content gives, so that a second run replaces the first.
        deidentify: whether the patient's identity is taken out of all that is written (docs/dicom.md has the list).
    """

    formats: str = DEFAULT_FORMATS
    doubted: Doubted = Doubted.PALE
    segmentation: SegmentationKind = SegmentationKind.BINARY
    stable_uids: bool = False
    deidentify: bool = False


class Saver:
    """Saves the answers about one radiograph; made before they are there, so that what cannot be saved is said first.

    Args:
        radiograph: that the answers are about.
        saving: how.

    Raises:
        OutputError: for an unknown format; for DICOM objects of a radiograph that is no DICOM file, that no object can
            refer to, or where highdicom is missing; to de-identify a radiograph with burned-in text.
    """

    def __init__(self, radiograph: Radiograph, saving: Saving) -> None:
        self.formats = choose_formats(saving.formats)
        self._saving = saving
        self._deidentifier = Deidentifier() if saving.deidentify else None
        self.radiograph = radiograph
        self._dicom = _export(radiograph, self.formats, saving, self._deidentifier)
        if self._deidentifier is not None:
            shown = self._deidentifier.identifiers(radiograph.identifiers)
            self.radiograph = dataclasses.replace(radiograph, identifiers=shown)

    def told(self, answers: Sequence[T]) -> list[T]:
        """The answers as they may be told of: about the de-identified image, where that is asked for."""
        return [answer if self._deidentifier is None else self._deidentifier.answer(answer) for answer in answers]

    def results(self, answers: Sequence[Grounding | ReportedFinding], source: str, folder: Path) -> list[Result]:
        """The answers on their way to files.

        Args:
            answers: `told`, in the order in which their files are numbered.
            source: where the radiograph was read.
            folder: for the files; it exists.
        """
        return [
            Result(
                answer,
                self.radiograph,
                source if self._deidentifier is None else HIDDEN_SOURCE,
                folder / stem_of(number, answer.phrase.text),
                doubted=self._saving.doubted,
                dicom=self._dicom,
            )
            for number, answer in enumerate(answers, 1)
        ]


def save_answers(
    answers: Sequence[Grounding | ReportedFinding],
    radiograph: Radiograph,
    folder: Path | str,
    saving: Saving | None = None,
) -> list[Files]:
    """Save answers about one radiograph.

    Args:
        answers: in the order in which their files are numbered.
        radiograph: that they are about.
        folder: for the files; made where it is missing. Files of the same name are replaced.
        saving: how; None for the formats that are written by default.

    Returns:
        For each answer the names of its files by what they hold; see `answers.bundle.write_bundle`.

    Raises:
        OutputError: when they cannot be saved; the folder is then as it was.
    """
    saver = Saver(radiograph, saving or Saving())
    with staged(Path(folder)) as scratch:
        return write_bundle(saver.results(saver.told(answers), str(radiograph.source or ""), scratch), saver.formats)


def _export(
    radiograph: Radiograph, formats: Sequence[Format], saving: Saving, deidentifier: Deidentifier | None
) -> DicomExport | None:
    """What DICOM objects take, where some are asked for; None where none is."""
    kinds = [one.name for one in formats if one.name in DICOM_FORMATS]
    if not kinds and deidentifier is None:
        return None
    with without_warnings():  # pydicom's, about values that are not taken over
        source = _header_of(radiograph)
        if source is not None and deidentifier is not None:
            source = deidentifier.source(source)
        if not kinds:
            return None
        check_can_be_made()
        if source is None:
            name = radiograph.source or "The radiograph"
            raise OutputError(NO_STUDY.format(name=name, kinds=", ".join(kinds)))
        check_can_be_source(source)
        return DicomExport(source, saving.segmentation, saving.stable_uids, deidentified=deidentifier is not None)


def _header_of(radiograph: Radiograph) -> Dataset | None:
    """Of the file that a radiograph was read from; None where that is no DICOM file."""
    try:
        return None if radiograph.source is None else read_header(radiograph.source)
    except RadiographError:
        return None
