"""A report out of a file: whatever encoding and program it comes from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import BasicTextSRStorage, ExplicitVRLittleEndian, generate_uid

from cxr_grounding import PhraseError, read_report, read_report_file

WORDS = "FINDINGS: Small left effusion \N{EN DASH} new. No pneumothorax."
SENTENCES = [("Small left effusion \N{EN DASH} new", "findings"), ("No pneumothorax", "findings")]
RTF = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0\b FINDINGS:\b0  Small left effusion \endash  new.\par "
    r"No pneumothorax.}"
)
HTML = (
    "<html><head><title>x</title></head><body><p><b>FINDINGS:</b> Small left effusion &ndash; new.</p>"
    "<p>No pneumothorax.</p>"
)
HL7 = "MSH|^~\\&|RIS\rOBX|1|TX|1^R||FINDINGS:\\.br\\Small left effusion \u2013 new.\\.br\\No pneumothorax.|||"


@pytest.fixture
def written(tmp_path: Path):
    """Writes a file and gives its path."""

    def write(content: bytes) -> Path:
        path = tmp_path / "report"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        WORDS.encode(),
        WORDS.encode("utf-16"),
        WORDS.encode("utf-16-le"),
        WORDS.encode("utf-32"),
        WORDS.encode("cp1252"),
        RTF.encode(),
        HTML.encode(),
        HL7.encode(),
    ],
    ids=["utf-8", "utf-16", "utf-16 without a mark", "utf-32", "cp1252", "rtf", "html", "hl7"],
)
def test_every_kind_of_text_gives_the_same_sentences(written, content: bytes) -> None:
    read = read_report_file(written(content))
    assert [(one.text, one.section) for one in read_report(read)] == SENTENCES
    assert not set("{}<>|\\") & set(read)


def item(kind: str, name: str, *children: Dataset, **elements: object) -> Dataset:
    """An item of a content tree; `name` is one of DCM's."""
    made = Dataset()
    made.RelationshipType, made.ValueType = "CONTAINS", kind
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "1", "99X", name
    made.ConceptNameCodeSequence = [code]
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    if children:
        made.ContentSequence = list(children)
    return made


def structured(path: Path, *items: Dataset, modality: str = "SR") -> Path:
    """A Basic Text SR with these items at its root."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = BasicTextSRStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.Modality = modality
    dataset.ValueType = "CONTAINER"
    dataset.ContentSequence = list(items)
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_a_structured_report_gives_its_sections_and_texts_and_no_person(tmp_path: Path) -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "1", "99X", "Cardiomegaly"
    observer = item("PNAME", "Person Observer Name", PersonName="Smith^John")
    observer.RelationshipType = "HAS OBS CONTEXT"
    path = structured(
        tmp_path / "sr.dcm",
        observer,
        item("TEXT", "History", TextValue="Left pneumonia."),
        item(
            "CONTAINER",
            "Findings",
            item("TEXT", "Finding", TextValue="Small left effusion \N{EN DASH} new.\r\nNo pneumothorax."),
            item("CODE", "Finding", ConceptCodeSequence=[code]),
        ),
        item("CONTAINER", "Impressions", item("TEXT", "Impression", TextValue="Small left effusion.")),
    )
    words = read_report_file(path)
    assert "Smith" not in words
    assert [(one.text, one.section) for one in read_report(words)] == [
        ("Left pneumonia", "indication"),
        *SENTENCES,
        ("Cardiomegaly", "findings"),
        ("Small left effusion", "impression"),
    ]


def test_what_is_no_report_is_refused_with_a_sentence(tmp_path: Path, written) -> None:
    refused = {
        "cannot be read": tmp_path / "gone.txt",
        "is no text file": written(b"%PDF-1.7 x"),
    }
    for message, path in refused.items():
        with pytest.raises(PhraseError, match=message):
            read_report_file(path)
    for content, message in (
        (b"", "holds no sentence"),
        (b"\n \t", "holds no sentence"),
        (b"a\0b and so on", "is no text file"),
        (b"x" * (2**19 + 1), "cannot be read .it has more than"),
        (b"\0" * 128 + b"DICM" + b"\xff" * 900, "is DICOM"),
        (b"\0" * 128 + b"DICM" + b"\0" * 2**21, "larger than a structured report"),
    ):
        with pytest.raises(PhraseError, match=message):
            read_report_file(written(content))
    for path in (structured(tmp_path / "image.dcm", modality="CR"), structured(tmp_path / "empty.dcm")):
        with pytest.raises(PhraseError, match="no structured report with words"):
            read_report_file(path)


def test_a_tree_as_deep_as_a_file_allows_is_read_without_harm(tmp_path: Path) -> None:
    nested = item("TEXT", "Finding", TextValue="Left effusion.")
    for _ in range(60):
        nested = item("CONTAINER", "Findings", nested)
    assert [one.text for one in read_report(read_report_file(structured(tmp_path / "deep.dcm", nested)))] == [
        "Left effusion"
    ]
