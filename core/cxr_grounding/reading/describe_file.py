"""What a list of radiographs says of a file, from its header alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian

from cxr_grounding.disk.dicom_elements import number, text
from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.dicom.open_dicom import FIRST_BYTES, check_is_radiograph, has_dicom_prefix, looks_like_dicom
from cxr_grounding.reading.guard import untrusted

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".npy", ".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
"""Names of files other than DICOM that may hold a radiograph; what they hold is seen when they are read."""

_TAGS = [
    "SOPClassUID",
    "Modality",
    "PatientName",
    "PatientID",
    "StudyDate",
    "ViewPosition",
    "NumberOfFrames",
    "Rows",
    "Columns",
]


@dataclass(frozen=True)
class FileDescription:
    """A file that holds a radiograph, as far as its header can tell.

    Args:
        path: of the file.
        patient: name (0010,0010) and ID (0010,0020) on one line, "" where the file does not say; None for a picture,
            which cannot.
        view: ViewPosition (0018,5101), "" where unknown.
        date: StudyDate (0008,0020) as YYYY-MM-DD, "" where unknown.
    """

    path: str
    patient: str | None = None
    view: str = ""
    date: str = ""

    @property
    def title(self) -> str:
        """View and date; the file's name where the file says neither."""
        return " · ".join(part for part in (self.view, self.date) if part) or Path(self.path).name


def describe_file(path: Path | str) -> FileDescription | None:
    """Look at the header of a file, which is much quicker than reading it.

    Args:
        path: of any file.

    Returns:
        None for a file that is no radiograph, or is damaged. What is described may still turn out to be damaged when
        `read_image` reads it.
    """
    file = Path(path)
    try:
        with untrusted(file):
            with file.open("rb") as opened:
                start = opened.read(FIRST_BYTES)
            if has_dicom_prefix(start):  # before the name: a DICOM file may be called anything
                return _describe_dicom(file, is_deflated=_is_deflated(file))
            if file.name.lower().endswith(PICTURES):
                return FileDescription(str(file)) if start else None
            return _describe_dicom(file, is_deflated=False) if looks_like_dicom(start) else None
    except RadiographError:
        return None


def _is_deflated(file: Path) -> bool:
    return bool(read_file_meta_info(file).get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian)


def _describe_dicom(file: Path, *, is_deflated: bool) -> FileDescription | None:
    """Raises whatever damaged bytes lead to, and RadiographError for what is no radiograph."""
    if is_deflated:
        # The header is compressed with the rest, and may inflate to anything; that is checked when it is read.
        return FileDescription(str(file), patient="")
    dataset = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=_TAGS)
    check_is_radiograph(dataset, file, force=False)
    if (number(dataset, "NumberOfFrames") or 1) > 1 or not number(dataset, "Rows") or not number(dataset, "Columns"):
        return None
    return FileDescription(
        str(file), patient=_patient(dataset), view=text(dataset, "ViewPosition").upper(), date=_date(dataset)
    )


def _patient(dataset: Dataset) -> str:
    """Name and ID on one line; of a name in several scripts the first (DICOM PS3.5 6.2.1)."""
    name = text(dataset, "PatientName")
    family, *given = (part.strip() for part in name.partition("=")[0].split("^"))
    rest = " ".join(part for part in given if part)
    whole = ", ".join(part for part in (family, rest) if part)
    return " · ".join(part for part in (whole, text(dataset, "PatientID")) if part)


def _date(dataset: Dataset) -> str:
    """StudyDate as YYYY-MM-DD, also from the old form with dots (PS3.5 6.2); "" for anything else."""
    digits = text(dataset, "StudyDate").replace(".", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdigit() else ""
