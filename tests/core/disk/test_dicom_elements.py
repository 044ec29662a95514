"""Values of a data set as they are stored; what is not there or makes no sense is nothing."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import item, number, numbers, text, texts


@pytest.fixture
def dataset() -> Dataset:
    made = Dataset()
    made.PatientName = "Doe^Jane"
    made.ImageType = ["DERIVED", " PRIMARY "]
    made.StationName = ""
    made.PixelSpacing = ["0.14", "0.15"]
    made.Columns = 512
    inner = Dataset()
    inner.CodeMeaning = "Chest"
    made.AnatomicRegionSequence = [inner]
    return made


def test_a_text_is_its_first_value_and_a_name_is_one_value(dataset: Dataset) -> None:
    assert text(dataset, "PatientName") == "Doe^Jane"
    assert text(dataset, "ImageType") == "DERIVED"
    assert texts(dataset, "ImageType") == ["DERIVED", "PRIMARY"]


def test_a_text_longer_than_any_may_be_is_cut(dataset: Dataset) -> None:
    """As every sentence that quotes it would otherwise fill the screen."""
    dataset.StationName = "A" * 5000
    assert text(dataset, "StationName") == "A" * 200 + "…"


def test_an_item_of_a_sequence_is_no_text(dataset: Dataset) -> None:
    """Of damaged items inside of each other, pydicom makes a text that is twice as long with each of them."""
    dataset.AnatomicRegionSequence[0].AnatomicRegionSequence = [Dataset()]
    assert texts(dataset, "AnatomicRegionSequence") == []


def test_numbers_are_numbers_whether_one_or_several(dataset: Dataset) -> None:
    assert numbers(dataset, "PixelSpacing") == [0.14, 0.15]
    assert number(dataset, "Columns") == 512
    assert (numbers(dataset, "PatientName"), number(dataset, "PatientName")) == ([], None)


def test_the_first_item_of_a_sequence_is_found(dataset: Dataset) -> None:
    found = item(dataset, "AnatomicRegionSequence")
    assert found is not None
    assert text(found, "CodeMeaning") == "Chest"


@pytest.mark.parametrize("keyword", ["StationName", "StudyDate"])
def test_what_is_empty_or_absent_is_nothing(dataset: Dataset, keyword: str) -> None:
    assert (text(dataset, keyword), texts(dataset, keyword), numbers(dataset, keyword)) == ("", [], [])
    assert item(dataset, keyword) is None
