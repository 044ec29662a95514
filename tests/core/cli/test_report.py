"""`cxr-ground report`: what is read of a report, as a table for people and as JSON; and several reports at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPORT = "FINDINGS: Small left effusion. No pneumothorax.\nIMPRESSION: Dr. Smith was notified."


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text(REPORT, encoding="utf-8")
    return path


def test_json_is_a_list_of_sentences_with_what_each_says(cxr_ground, report: Path) -> None:
    told = cxr_ground("report", report, "--json")
    assert told.code == 0
    first, second, third = told.document
    assert first["findings"] == [
        {"pathology": "Pleural Effusion", "assertion": "affirmed", "side": "left", "zone": None, "because": "effusion"}
    ]
    assert (second["text"], second["section"]) == ("No pneumothorax", "findings")
    assert (second["is_groundable"], second["reason"]) == (False, "denied")
    assert (third["section"], third["reason"], third["findings"]) == ("impression", "communication", [])


@pytest.mark.parametrize("columns", [80, 120])
def test_people_get_the_sentences_by_section_with_their_findings(
    cxr_ground, report: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = [line.rstrip() for line in cxr_ground("report", report).out.splitlines()]
    assert lines == [
        "",
        "FINDINGS",
        "\u25cf Small left effusion",
        "    affirmed   Pleural Effusion     left             effusion",
        "\u25cb No pneumothorax",
        "    denied     Pneumothorax                          No pneumothorax",
        "",
        "IMPRESSION",
        "\u25cb Dr. Smith was notified",
        "    communication",
        "",
        "1 of 3 sentences affirms a finding, and can be grounded.",
    ]


def test_text_that_looks_like_markup_is_printed_as_it_is(cxr_ground, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("Effusion [bold]left[/] [red].\n", encoding="utf-8")
    assert "Effusion [bold]left[/] [red]" in cxr_ground("report", tmp_path / "report.txt").out


def test_a_report_comes_from_standard_input_too(report: Path) -> None:
    command = [sys.executable, "-m", "cxr_grounding.cli.main", "report", "-", "--json"]
    told = subprocess.run(command, input=REPORT.encode("utf-16"), capture_output=True, check=True)
    assert [one["reason"] for one in json.loads(told.stdout)] == ["affirmed", "denied", "communication"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "holds no sentence"),
        (b"1.\n2.\n", "holds no sentence"),
        (b"%PDF-1.4", "is no text file"),
        (b"x" * (2**19 + 1), "more than 0.5 MiB"),
        (b"x" * (2**17 + 1), "far more than one of a radiograph has"),
    ],
)
def test_a_file_that_is_no_report_is_refused(cxr_ground, tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "report.txt").write_bytes(content)
    told = cxr_ground("report", tmp_path / "report.txt", "--json")
    assert (told.code, told.out) == (2, "")
    assert said in told.err


def lines_of(out: str) -> list[list[str] | None]:
    """The reasons of the sentences of each line of JSON."""
    read = map(json.loads, out.splitlines())
    return [None if sentences is None else [sentence["reason"] for sentence in sentences] for sentences in read]


def test_a_csv_gives_a_line_of_json_a_row_in_its_order(cxr_ground, tmp_path: Path) -> None:
    table = tmp_path / "reports.csv"
    table.write_text('id;Report\n1;"Effusion. No edema."\n2;\n3;too;many\n4;Kein Erguss\n', encoding="cp1252")
    told = cxr_ground("report", table, "--column", "report")
    assert told.code == 0
    assert lines_of(told.out) == [["affirmed", "denied"], [], None, ["unknown language"]]
    assert "Line 4: The row has 3 cells, but the header has 2." in told.err


def test_an_empty_report_has_its_line_too(cxr_ground, tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text('\ntext\n"Effusion"\n""\n"Edema"\n', encoding="utf-8")
    told = cxr_ground("report", tmp_path / "reports.csv", "--column", "text")
    assert lines_of(told.out) == [["affirmed"], [], ["affirmed"]]
    assert json.loads(told.out.splitlines()[0])[0]["section"] is None


def test_a_report_in_several_columns_has_their_sections(cxr_ground, tmp_path: Path) -> None:
    table = tmp_path / "reports.csv"
    table.write_text("Indication,Findings,x\nPneumonia,Edema,1\n", encoding="utf-8")
    told = cxr_ground("report", table, "--column", "indication", "--column", "Findings", "--json")
    (sentences,) = map(json.loads, told.out.splitlines())
    assert [(one["section"], one["reason"]) for one in sentences] == [
        ("indication", "history"),
        ("findings", "affirmed"),
    ]


def test_a_column_that_is_not_there_is_told_with_those_that_are(cxr_ground, tmp_path: Path) -> None:
    (tmp_path / "reports.csv").write_text("id,text\n1,Edema\n", encoding="utf-8")
    told = cxr_ground("report", tmp_path / "reports.csv", "--column", "report")
    assert (told.code, told.out) == (2, "")
    assert "has no column 'report'" in told.err
    assert "id, text" in told.err


def test_a_table_that_is_not_there_or_empty_is_told(cxr_ground, tmp_path: Path) -> None:
    told = cxr_ground("report", tmp_path / "none.csv", "--column", "report")
    assert (told.code, "none.csv cannot be read" in told.err) == (2, True)
    (tmp_path / "empty.csv").write_bytes(b"\xef\xbb\xbf\n")
    told = cxr_ground("report", tmp_path / "empty.csv", "--column", "report")
    assert (told.code, "empty.csv is empty" in told.err) == (2, True)
