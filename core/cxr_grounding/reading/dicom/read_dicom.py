"""Read a DICOM radiograph (CR, DX, secondary capture)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from numpy.typing import NDArray
from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import item, text
from cxr_grounding.disk.sentences import shortened
from cxr_grounding.errors import RadiographError, UndecodableError
from cxr_grounding.quiet import silent_libraries
from cxr_grounding.radiograph import Identifiers, Radiograph
from cxr_grounding.reading.dicom.completion import complete_elements, correct_meaning, correct_syntax
from cxr_grounding.reading.dicom.geometry import affine_of, orientation_of, spacing_of
from cxr_grounding.reading.dicom.open_dicom import (
    FIRST_BYTES,
    check_has_one_frame,
    check_is_radiograph,
    looks_like_dicom,
    open_dicom,
)
from cxr_grounding.reading.dicom.pixels import stored_values
from cxr_grounding.reading.dicom.values import GreyValues, grey_values
from cxr_grounding.reading.guard import READ_BY_THE_VIEWER, untrusted_file

_VIEWS = {
    "postero-anterior": "PA",
    "antero-posterior": "AP",
    "left lateral": "LL",
    "right lateral": "RL",
    "lateral": "LATERAL",
}
"""Code meanings of ViewCodeSequence (0054,0220) as values of ViewPosition (DICOM PS3.16 CID 4010)."""


def read_dicom(path: Path | str, *, force: bool = False, undecodable: NDArray | None = None) -> Radiograph:
    """Read one DICOM file.

    The modality LUT is applied and MONOCHROME1 turned over, so that dense tissue is bright; what else is done to the
    values, and why the VOI LUT is kept apart as `Radiograph.display`, is in `values`.

    Args:
        path: of the file, with or without preamble and meta header.
        force: ground also what is no radiograph, such as a CT slice.
        undecodable: [rows, columns], dense tissue bright, what another reader made of the image; taken, with a
            warning, where the file cannot be decoded here, which is an error otherwise.

    Returns:
        The radiograph, [rows, columns] as stored; with warnings about what is odd in the file.

    Raises:
        RadiographError: when the file is missing, is not DICOM, is damaged, is not one radiograph, or has no pixels.
    """
    with untrusted_file(path) as file, silent_libraries():
        with file.open("rb") as opened:
            if not looks_like_dicom(opened.read(FIRST_BYTES)):
                raise RadiographError(f"{file} is not a DICOM file. Choose the image by its real format.")
        dataset = open_dicom(file)
        return _radiograph(dataset, file, force, undecodable)


def _radiograph(dataset: Dataset, path: Path, force: bool, undecodable: NDArray | None) -> Radiograph:
    forced = check_is_radiograph(dataset, path, force=force)
    completed = complete_elements(dataset)
    check_has_one_frame(dataset, path)
    completed += (*correct_syntax(dataset), *correct_meaning(dataset))
    try:
        grey = _grey_values(dataset, path)
    except UndecodableError:
        if undecodable is None:
            raise
        grey = GreyValues(undecodable.astype("float64"), None, (READ_BY_THE_VIEWER,))
    orientation, doubts = orientation_of(dataset)
    return Radiograph(
        pixels=grey.pixels.astype("float32"),
        spacing=spacing_of(dataset),
        orientation=orientation,
        affine=affine_of(dataset),
        view=_view(dataset),
        body_part=_body_part(dataset),
        identifiers=Identifiers(**{name: text(dataset, name) for name in Identifiers.__dataclass_fields__}),
        source=path,
        warnings=(*forced, *completed, *doubts, *grey.warnings),
        display=grey.display,
    )


def _grey_values(dataset: Dataset, path: Path) -> GreyValues:
    """The image as grey values; the data set is without its pixels then, which may take much memory."""
    stored, padding, colour = stored_values(dataset, path)
    del dataset.PixelData
    grey = grey_values(stored, padding, dataset)
    return replace(grey, warnings=(*colour, *grey.warnings))


def _view(dataset: Dataset) -> str:
    """ViewPosition, or what ViewCodeSequence means by it; "" where neither says."""
    code = item(dataset, "ViewCodeSequence")
    meaning = "" if code is None else text(code, "CodeMeaning").lower()
    return text(dataset, "ViewPosition").upper() or _VIEWS.get(meaning, meaning.upper())


def _body_part(dataset: Dataset) -> str:
    """BodyPartExamined, or what AnatomicRegionSequence means by it; "" where neither says."""
    region = item(dataset, "AnatomicRegionSequence")
    meaning = "" if region is None else text(region, "CodeMeaning").upper()
    return _code(dataset, "BodyPartExamined").upper() or meaning


def _code(dataset: Dataset, keyword: str) -> str:
    """A code string, with the letters beyond ASCII that it should not have (DICOM PS3.5 6.2): pydicom takes their bytes
    for Latin-1, where most files have UTF-8."""
    said, value = text(dataset, keyword), dataset.get(keyword)
    if said.isascii() or not isinstance(value, str):
        return said
    try:
        return shortened(value.encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return said
