"""A phantom's DICOM file reads back as the phantom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom

from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import phantom_dataset, write_phantom_dicom
from cxr_grounding.reading.read_image import read_image


def test_the_file_reads_back_as_the_radiograph_that_was_drawn(tmp_path: Path) -> None:
    phantom = draw_phantom(21, 128)
    write_phantom_dicom(phantom, tmp_path / "phantom.dcm")
    read, drawn = read_image(tmp_path / "phantom.dcm"), phantom.radiograph
    np.testing.assert_array_equal(read.pixels, drawn.pixels)
    assert read.spacing is not None
    assert drawn.spacing is not None
    assert read.spacing.source is drawn.spacing.source
    assert abs(read.spacing.row_mm - drawn.spacing.row_mm) < 1e-5
    assert (read.orientation, read.view, read.body_part) == (drawn.orientation, drawn.view, drawn.body_part)
    assert read.warnings == ()


def test_the_file_says_that_there_is_no_patient() -> None:
    dataset = phantom_dataset(draw_phantom(21, 128))
    assert "Phantom" in str(dataset.PatientName)
    assert dataset.PatientIdentityRemoved == "YES"
    assert dataset.BurnedInAnnotation == "NO"


def test_a_seed_is_the_same_dicom_object_every_time_and_another_seed_another_one() -> None:
    first, again, other = (phantom_dataset(draw_phantom(seed, 128)) for seed in (21, 21, 22))
    assert first.SOPInstanceUID == again.SOPInstanceUID != other.SOPInstanceUID
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID


def test_the_attributes_that_the_dx_object_requires_are_there() -> None:
    dataset = phantom_dataset(draw_phantom(21, 128))
    required = [
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyInstanceUID",
        "StudyDate",
        "StudyTime",
        "StudyID",
        "AccessionNumber",
        "Modality",
        "SeriesInstanceUID",
        "SeriesNumber",
        "PresentationIntentType",
        "Manufacturer",
        "InstanceNumber",
        "PatientOrientation",
        "ImageType",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "Rows",
        "Columns",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
        "PixelIntensityRelationship",
        "PixelIntensityRelationshipSign",
        "RescaleIntercept",
        "RescaleSlope",
        "RescaleType",
        "PresentationLUTShape",
        "LossyImageCompression",
        "BurnedInAnnotation",
        "DetectorType",
        "ImagerPixelSpacing",
        "ImageLaterality",
        "AnatomicRegionSequence",
        "AcquisitionContextSequence",
        "PixelData",
        "SOPClassUID",
        "SOPInstanceUID",
    ]
    assert [keyword for keyword in required if keyword not in dataset] == []
    assert isinstance(dataset, pydicom.FileDataset)


def test_the_file_says_that_bright_is_where_few_x_rays_came_through() -> None:
    dataset = phantom_dataset(draw_phantom(21, 128))
    assert (dataset.PhotometricInterpretation, dataset.PixelIntensityRelationshipSign) == ("MONOCHROME2", -1)
