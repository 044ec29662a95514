"""The results that a folder holds already, and whether they are about the same image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.answers.dicom.about_object import image_of
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError
from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import OutputError
from cxr_grounding.grounding_document import SCHEMA, read_documents
from cxr_grounding.radiograph import Radiograph

RESULT_NAME = re.compile(
    r"(\d{2,}-[a-z0-9-]+)(?:\.png|\.json|\.(?:heatmap|label)\.(?:nrrd|nii\.gz)|\.(?:seg|sr|sc)\.dcm)"
)
"""Of the files that the formats write (`bundle.stem_of`)."""

UNKNOWN_SHAPE = (0, 0)


@dataclass(frozen=True)
class EarlierResult:
    """One answer's files.

    Args:
        files: all that bear its name.
        source: where its radiograph was read; "" where no document among the files says so.
        sop_instance_uid: of the radiograph, "" where it is not known.
        shape: (rows, columns) of the radiograph; (0, 0) where only its UID is known.
    """

    files: tuple[Path, ...]
    source: str = ""
    sop_instance_uid: str = ""
    shape: tuple[int, int] = UNKNOWN_SHAPE

    def is_about(self, radiograph: Radiograph, source: Path) -> bool:
        """Whether it is about this image: the same DICOM object, or else of the same file, and of the same size."""
        uid = radiograph.identifiers.SOPInstanceUID
        if self.shape == UNKNOWN_SHAPE:
            return bool(uid) and self.sop_instance_uid == uid
        if uid or self.sop_instance_uid:
            return (self.sop_instance_uid, self.shape) == (uid, radiograph.shape)
        return bool(self.source) and (_whole(Path(self.source)), self.shape) == (_whole(source), radiograph.shape)


def earlier_results(folder: Path) -> list[EarlierResult]:
    """The results in a folder, in the order of their names; none where there is no such folder.

    Raises:
        OutputError: when it cannot be listed.
    """
    files: dict[str, list[Path]] = {}
    try:
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if (name := RESULT_NAME.fullmatch(path.name)) and path.is_file():
                files.setdefault(name[1], []).append(path)
    except OSError as error:
        raise OutputError(f"{folder} cannot be listed ({error.strerror}). Choose another folder.") from error
    return [_result(tuple(own)) for own in files.values()]


def of_other_images(folder: Path, radiograph: Radiograph, source: Path) -> Iterator[EarlierResult]:
    """The results in a folder that are not about this image, or do not say about which they are."""
    return (one for one in earlier_results(folder) if not one.is_about(radiograph, source))


def said(result: EarlierResult) -> str:
    """What it is, to follow "The folder holds"."""
    if result.source:
        return f"results of another image ({printable(result.source)})"
    return f"{result.files[0].name}, of which no JSON file beside it says what image it is about"


def _whole(path: Path) -> str:
    """The whole path, as documents write it: bytes in it that are no text are question marks there."""
    return str(path.absolute()).encode(errors="replace").decode()


def _result(files: tuple[Path, ...]) -> EarlierResult:
    document = next((file for file in files if file.suffix == ".json"), None)
    if document is None:
        objects = (file for file in files if file.suffix == ".dcm")
        uid = next(filter(None, map(image_of, objects)), "")
        return EarlierResult(files, source=uid and f"the DICOM image {uid}", sop_instance_uid=uid)
    try:
        [(_, content)] = read_documents(document)
        entries = JsonFields(content)
        if entries.text("schema") != SCHEMA:
            return EarlierResult(files)
        image = entries.inner("image")
        shape = image.whole("rows"), image.whole("columns")
        return EarlierResult(files, entries.text("source"), image.text("sop_instance_uid"), shape)
    except (JsonError, OutputError):
        return EarlierResult(files)  # a JSON file of something else
