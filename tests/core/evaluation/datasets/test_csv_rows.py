"""Tables as spreadsheets save them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.csv_rows import read_rows, read_text


@pytest.fixture
def table(tmp_path: Path):
    """Write a table's bytes to a file."""

    def write(content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def test_columns_are_found_in_any_order_and_case_with_blanks_around(table) -> None:
    rows, problems = read_rows(table("X , Phrase\n 1,  small effusion \n"), ["phrase", "x"])
    assert [dict(row.cells) for row in rows] == [{"x": "1", "phrase": "small effusion"}]
    assert problems == []


def test_a_missing_column_is_an_error_that_names_it_and_those_there(table) -> None:
    with pytest.raises(EvaluationError, match=r"no column 'w' and no column 'h'.*Its columns are: path, x"):
        read_rows(table("path,x\n"), ["path", "x", "w", "h"])


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("phrase,x\r\nrechts é,1\r\n", "utf-8"),
        ("phrase,x\nrechts é,1\n", "utf-8-sig"),
        ("phrase,x\nrechts é,1", "latin-1"),
        ("phrase\tx\r\nrechts é\t1\r\n", "utf-16"),
        ("phrase;x\nrechts é;1\n", "utf-8"),
    ],
)
def test_encodings_line_ends_and_delimiters_of_spreadsheets_are_understood(table, content: str, encoding: str) -> None:
    (row,) = read_rows(table(content, encoding), ["phrase", "x"])[0]
    assert (row.text("phrase"), row.number("x"), row.line) == ("rechts é", "1", 2)


def test_the_line_is_where_the_row_begins_even_behind_cells_with_line_ends_and_empty_lines(table) -> None:
    content = 'phrase,x\n"one\nsentence, on\nthree lines",1\n\n,,\n ,\nlast,2\n'
    rows, problems = read_rows(table(content), ["phrase", "x"])
    assert [(row.line, row.text("x")) for row in rows] == [(2, "1"), (8, "2")]
    assert problems == []


def test_a_row_with_more_or_fewer_cells_is_a_problem_and_the_rest_is_read(table) -> None:
    rows, problems = read_rows(table("phrase,x\nonly one\nthree,cells,here\nfine,1\n"), ["phrase", "x"])
    assert [row.line for row in rows] == [4]
    assert [(problem.line, problem.sentence) for problem in problems] == [
        (2, "The row has 1 cells, but the header has 2."),
        (3, "The row has 3 cells, but the header has 2."),
    ]


def test_a_cell_without_end_is_a_problem_of_its_line(table) -> None:
    rows, problems = read_rows(table('phrase,x\nfine,1\n"' + "a" * 200_000), ["phrase", "x"])
    assert [row.line for row in rows] == [2]
    assert problems[0].line == 3
    assert "no table" in problems[0].sentence


def test_a_comma_is_a_decimal_point_where_semicolons_stand_between_columns(table) -> None:
    (row,) = read_rows(table("phrase;x\na;12,5\n"), ["phrase", "x"])[0]
    assert row.number("x") == "12.5"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\n"])
def test_an_empty_file_is_an_error(table, content: bytes) -> None:
    with pytest.raises(EvaluationError, match="empty"):
        read_text(table(content))


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path, tmp_path / "nul\0l"):
        with pytest.raises(EvaluationError, match="cannot be read"):
            read_text(path)
