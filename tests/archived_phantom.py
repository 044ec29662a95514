"""A phantom of its own in Orthanc for each test that wants one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from cxr_grounding.sources.address import Address
from orthanc_server import Orthanc


@pytest.fixture(scope="session")
def drawn() -> Dataset:
    from cxr_grounding.phantom.drawing import draw_phantom
    from cxr_grounding.phantom.phantom_dicom import phantom_dataset

    return phantom_dataset(draw_phantom(2_000_002, 160))


@pytest.fixture
def phantom(drawn: Dataset) -> Dataset:
    """A phantom in a study of its own."""
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(drawn, keyword, generate_uid())
    drawn.PatientID = f"P-{drawn.StudyInstanceUID[-12:]}"
    return drawn


@pytest.fixture
def phantom_in_archive(phantom: Dataset, known_orthanc: Orthanc) -> Address:
    """Its address, once it is there."""
    from cxr_grounding.sources.dicomweb import Archive, address_of
    from cxr_grounding.sources.servers import find_server
    from cxr_grounding.sources.transfers import parcel_of, send_all

    send_all(Archive(find_server()), [parcel_of(phantom, "phantom")])
    return address_of(phantom)


@pytest.fixture
def phantom_on_disk(phantom: Dataset, tmp_path: Path) -> Path:
    path = tmp_path / "phantom.dcm"
    phantom.save_as(path, enforce_file_format=True)
    return path
