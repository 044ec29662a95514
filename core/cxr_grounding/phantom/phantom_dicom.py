"""A phantom as a valid DICOM Digital X-Ray image (for presentation)."""

from __future__ import annotations

import uuid
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from cxr_grounding import __version__
from cxr_grounding.phantom.drawing import Phantom

UID_NAMESPACE = uuid.UUID("6f1d3c0e-8f0b-4c8a-9d43-0f5f4d1a7c11")
"""UIDs are derived from the seed in this namespace, so that a phantom is the same object every time."""

DATE = "20260101"
"""No patient was examined; a fixed date keeps the files reproducible."""


def phantom_dataset(phantom: Phantom) -> FileDataset:
    """The dataset of a phantom (DICOM PS3.3 A.26, Digital X-Ray Image IOD).

    Stored as MONOCHROME2, so that dense tissue is bright as in `Phantom.values`; the findings'
    sentences stand in ImageComments, and the patient is named as a phantom.
    """
    dataset = FileDataset("", Dataset(), preamble=b"\0" * 128)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.file_meta.MediaStorageSOPInstanceUID = _uid(phantom.seed, "instance")
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = UID(f"2.25.{UID_NAMESPACE.int}")
    _describe_patient_and_study(dataset, phantom)
    _describe_acquisition(dataset, phantom)
    _describe_pixels(dataset, phantom)
    return dataset


def write_phantom_dicom(phantom: Phantom, path: Path) -> None:
    """Write `phantom_dataset` as a DICOM file."""
    phantom_dataset(phantom).save_as(path, enforce_file_format=True)


def _uid(seed: int, role: str) -> UID:
    return UID(f"2.25.{uuid.uuid5(UID_NAMESPACE, f'{role} {seed}').int}")


def _describe_patient_and_study(dataset: Dataset, phantom: Phantom) -> None:
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = _uid(phantom.seed, "instance")
    dataset.PatientName = f"Phantom^Synthetic {phantom.seed}"
    dataset.PatientID = f"PHANTOM-{phantom.seed}"
    dataset.PatientBirthDate = ""
    dataset.PatientSex = ""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "Synthetic image: there is no patient"
    dataset.StudyInstanceUID = _uid(phantom.seed, "study")
    dataset.StudyDate = dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = DATE
    dataset.StudyTime = dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = "000000"
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = "1"
    dataset.StudyDescription = "Synthetic chest radiograph"
    dataset.SeriesInstanceUID = _uid(phantom.seed, "series")
    dataset.SeriesNumber = 1
    dataset.SeriesDescription = "CXRGrounding phantom, not a patient"
    dataset.Modality = "DX"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.Manufacturer = "CXRGrounding"
    dataset.ManufacturerModelName = "phantom"
    dataset.SoftwareVersions = __version__
    dataset.InstanceNumber = 1


def _describe_acquisition(dataset: Dataset, phantom: Phantom) -> None:
    dataset.BodyPartExamined = "CHEST"
    dataset.ViewPosition = "PA"
    dataset.ImageLaterality = "U"
    dataset.PatientOrientation = ["L", "F"]
    dataset.DetectorType = "DIRECT"
    dataset.PositionerType = "NONE"
    dataset.ImagerPixelSpacing = [f"{phantom.pixel_mm:.6f}"] * 2
    dataset.AcquisitionContextSequence = Sequence()
    dataset.AnatomicRegionSequence = Sequence([_code("51185008", "SCT", "Chest")])
    dataset.ViewCodeSequence = Sequence([_code("399348003", "SCT", "postero-anterior")])
    dataset.ImageComments = " | ".join(phantom.report)[:10240]


def _describe_pixels(dataset: Dataset, phantom: Phantom) -> None:
    rows, columns = phantom.values.shape
    dataset.ImageType = ["DERIVED", "PRIMARY", ""]
    dataset.DerivationDescription = "Computed; no X-rays were used"
    dataset.BurnedInAnnotation = "NO"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, phantom.bits, phantom.bits - 1
    dataset.PixelRepresentation = 0
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = -1  # a higher value is less X-ray intensity (DICOM PS3.3 C.8.11.3.1.2)
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.WindowCenter, dataset.WindowWidth = str(2 ** (phantom.bits - 1)), str(2**phantom.bits)
    dataset.LossyImageCompression = "00"
    dataset.PixelData = phantom.values.astype("<u2").tobytes()


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
