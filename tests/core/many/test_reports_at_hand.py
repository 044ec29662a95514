"""Reports of many radiographs: found by file name or identifiers, in a folder or a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.errors import PhraseError
from cxr_grounding.many.reports_at_hand import ReportsAtHand
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom
from cxr_grounding.reading.dicom.read_header import read_header


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("s50414267") / "chest.dcm"
    write_phantom_dicom(draw_phantom(2_000_020, 64), path)
    return path


def texts(reports: Path, image: Path) -> list[str]:
    return [sentence.text for sentence in ReportsAtHand(reports).sentences_for(image)]


def test_a_text_is_found_by_file_name_identifier_or_folder(image: Path, tmp_path: Path) -> None:
    uid = str(read_header(image).StudyInstanceUID)
    for name in (image.parent.name, uid, "chest"):  # each surer than the one before
        (tmp_path / f"{name}.txt").write_text(f"Edema by {name[:3]}.")
        assert texts(tmp_path, image) == [f"Edema by {name[:3]}"]


def test_a_table_is_read_by_its_columns_in_parts(image: Path, tmp_path: Path) -> None:
    uid = str(read_header(image).StudyInstanceUID)
    table = tmp_path / "reports.csv"
    table.write_text(f"StudyInstanceUID,Findings,Impression\n1.2.3,None.,Edema.\n{uid},Left effusion.,Edema.\n")
    found = ReportsAtHand(table).sentences_for(image)
    assert [(one.text, one.section) for one in found] == [("Left effusion", "findings"), ("Edema", "impression")]
    table.write_text("path;report\nfiles/p10/Chest.dcm;Edema.\n")
    assert texts(table, image) == ["Edema"]


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "empty"), ("image,age\na.dcm,50\n", "no column for the report"), ("report\nEdema.\n", "which image")],
)
def test_a_table_that_says_too_little_is_refused(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "reports.csv").write_text(content)
    with pytest.raises(PhraseError, match=said):
        ReportsAtHand(tmp_path / "reports.csv")


def test_an_image_without_a_report_and_a_folder_without_any_are_told(image: Path, tmp_path: Path) -> None:
    with pytest.raises(PhraseError, match="holds no report"):
        ReportsAtHand(tmp_path)
    (tmp_path / "other.txt").write_text("Edema.")
    with pytest.raises(PhraseError, match=r"No report of chest\.dcm"):
        ReportsAtHand(tmp_path).sentences_for(image)
