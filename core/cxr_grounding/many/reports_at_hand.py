"""The reports of many radiographs: a folder of texts, or a table; found by file name or by DICOM's identifiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cxr_grounding.disk.dicom_elements import text
from cxr_grounding.disk.foreign_text import read_foreign_text
from cxr_grounding.disk.sentences import LONGEST_LIST, printable, reason, shortened
from cxr_grounding.errors import EvaluationError, PhraseError, RadiographError
from cxr_grounding.evaluation.datasets.csv_rows import CsvRow, read_text, rows_of
from cxr_grounding.reading.describe_file import PICTURES
from cxr_grounding.reading.dicom.read_header import read_header
from cxr_grounding.report.section_names import section_of
from cxr_grounding.report.split import LONGEST_REPORT
from cxr_grounding.signals.assertion import Sentence, read_report

LARGEST_REPORT_BYTES = 4 * LONGEST_REPORT
"""Largest text file that is read as a report: no encoding takes more for a letter."""

FILE_COLUMNS = ("image", "path", "file", "filename", "file_name", "name", "dicom_id")
UID_COLUMNS = ("studyinstanceuid", "study_instance_uid", "study_uid", "sopinstanceuid", "sop_instance_uid", "sop_uid")
ACCESSION_COLUMNS = ("accessionnumber", "accession_number", "accession", "study_id")
"""Columns of a table that say which image a report is about, in lower case."""

TEXT_COLUMNS = ("report", "text", "report_text")
"""Columns with a whole report."""

SECTIONS = ("findings", "impression", "indication", "comparison", "recommendation", "addendum")
"""Else those columns are taken that are called as these sections are."""

KNOWN_COLUMNS = (*FILE_COLUMNS, *UID_COLUMNS, *ACCESSION_COLUMNS, *TEXT_COLUMNS, *SECTIONS)
"""What tells what stands between the columns."""


class ReportsAtHand:
    """Reports by what they may be found by.

    Args:
        path: a folder with a .txt file a report, at any depth, named by the image's file, its StudyInstanceUID,
            SOPInstanceUID or AccessionNumber, or the folder that the image lies in; or a CSV with a row a report.

    Raises:
        PhraseError: when there is none, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[str, Path] = {}
        self._rows: dict[str, list[tuple[str | None, str]]] = {}
        if path.is_dir():
            self._files = {file.stem.lower(): file for file in sorted(path.rglob("*.txt"), reverse=True)}
        else:
            self._rows = dict(_table(path))
        if not self._files and not self._rows:
            raise PhraseError(
                f"{printable(str(path))} holds no report. Give a folder with .txt files, or a CSV with a report a row."
            )

    def sentences_for(self, image: Path | str) -> list[Sentence]:
        """What the report of an image, a file or an address in an archive, says sentence by sentence.

        Raises:
            PhraseError: when there is no report of it, or it cannot be read or holds no sentence.
        """
        keys = _keys(image) if isinstance(image, Path) else iter(reversed(image.rpartition(":")[2].split("/")))
        key = next((key for key in keys if key in self._files or key in self._rows), None)
        named = printable(image.name if isinstance(image, Path) else image)
        if key is None:
            raise PhraseError(
                f"No report of {named} is in {printable(str(self._path))}: none has its name, "
                "StudyInstanceUID or AccessionNumber."
            )
        parts = self._rows.get(key) or [(None, _read(self._files[key]))]
        sentences = [one for section, part in parts for one in read_report(part, section)]
        if not sentences:
            raise PhraseError(f"The report of {named} holds no sentence.")
        return sentences


def _keys(image: Path) -> Iterator[str]:
    """What a report of an image may be filed under, the surest first."""
    name = image.name.lower()
    yield name
    ending = next((end for end in (".dcm", ".dicom", *PICTURES) if name.endswith(end)), "")
    yield name[: len(name) - len(ending)]
    try:
        header = read_header(image)
    except RadiographError:
        header = None
    if header is not None:
        for keyword in ("SOPInstanceUID", "StudyInstanceUID", "AccessionNumber"):
            if text(header, keyword):
                yield text(header, keyword).lower()
    yield image.absolute().parent.name.lower()  # MIMIC-CXR: files/p10/p10000032/s50414267.txt


def _read(file: Path) -> str:
    try:
        return read_foreign_text(file, LARGEST_REPORT_BYTES)
    except (OSError, ValueError) as error:
        raise PhraseError(f"The report {printable(str(file))} cannot be read ({reason(error)}).") from error


def _table(path: Path) -> Iterator[tuple[str, list[tuple[str | None, str]]]]:
    """Of each row what it may be found by, and the report, in parts with the section of each."""
    try:
        rows, _ = rows_of(read_text(path), str(path), (), known=KNOWN_COLUMNS)
    except EvaluationError as error:
        raise PhraseError(str(error)) from error
    if not rows:
        return
    columns = list(rows[0].cells)
    keys = [column for column in columns if column in (*FILE_COLUMNS, *UID_COLUMNS, *ACCESSION_COLUMNS)]
    texts = _text_columns(columns)
    if not keys or not texts:
        missing = "which image a row is about (image, StudyInstanceUID, AccessionNumber)" if not keys else "the report"
        raise PhraseError(
            f"{printable(str(path))} has no column for {missing}. Its columns are: "
            f"{shortened(', '.join(columns), LONGEST_LIST)}."
        )
    for row in reversed(rows):  # so that of two rows about one image the first is taken
        parts = [(section, row.text(column)) for column, section in texts.items() if row.text(column)]
        for column in keys:
            for key in _written_as(row, column):
                yield key, parts


def _text_columns(columns: list[str]) -> Mapping[str, str | None]:
    """The columns with the report's text, and the section that each holds."""
    whole: dict[str, str | None] = {column: None for column in columns if column in TEXT_COLUMNS}
    return whole or {column: section_of(column) for column in columns if section_of(column) in SECTIONS}


def _written_as(row: CsvRow, column: str) -> Iterator[str]:
    """What an image may be called by a cell: of a path, its last part, with and without what kind of file it is."""
    cell = row.text(column).lower().replace("\\", "/")
    if not cell:
        return
    yield cell
    if column in FILE_COLUMNS:
        name = cell.rpartition("/")[2]
        yield name
        ending = next((end for end in (".dcm", ".dicom", *PICTURES) if name.endswith(end)), "")
        yield name[: len(name) - len(ending)]
