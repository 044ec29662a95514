"""Tables as spreadsheets save them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.annotations import UnusableRow, number
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
    rows, problems = read_rows(table("X , Phrase\n 1,  small effusion \n"), ["phrase", "x"], ["x"])
    assert [dict(row.cells) for row in rows] == [{"x": "1", "phrase": "small effusion"}]
    assert problems == []


def test_a_missing_column_is_an_error_that_names_it_and_those_there(table) -> None:
    with pytest.raises(EvaluationError, match=r"no column 'w' and no column 'h'.*Its columns are: path, x"):
        read_rows(table("path,x\n"), ["path", "x", "w", "h"], ["x"])


def test_the_columns_that_an_error_names_are_no_screenful(table) -> None:
    with pytest.raises(EvaluationError) as raised:
        read_rows(table("path,\x1b[31m\0," + "A" * 5000 + ",x" * 5000), ["path", "w"], ["w"])
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000


def test_a_row_with_control_characters_is_a_problem_and_the_others_are_read(table) -> None:
    rows, problems = read_rows(table('phrase,x\nleft\0lung,1\n"two\nlines",2\n\x1b[31m,3\n'), ["phrase"], ["x"])
    assert [(row.line, row.text("x")) for row in rows] == [(3, "2")]
    assert [problem.line for problem in problems] == [2, 5]
    assert "control characters" in problems[0].sentence


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
    (row,) = read_rows(table(content, encoding), ["phrase", "x"], ["x"])[0]
    assert (row.text("phrase"), row.number("x"), row.line) == ("rechts é", "1", 2)


def test_the_line_is_where_the_row_begins_even_behind_cells_with_line_ends_and_empty_lines(table) -> None:
    content = 'phrase,x\n"one\nsentence, on\nthree lines",1\n\n,,\n ,\nlast,2\n'
    rows, problems = read_rows(table(content), ["phrase", "x"], ["x"])
    assert [(row.line, row.text("x")) for row in rows] == [(2, "1"), (8, "2")]
    assert problems == []


def test_a_row_with_more_or_fewer_cells_is_a_problem_and_the_rest_is_read(table) -> None:
    rows, problems = read_rows(table("phrase,x\nonly one\nthree,cells,here\nfine,1\n"), ["phrase", "x"], ["x"])
    assert [row.line for row in rows] == [4]
    assert [(problem.line, problem.sentence) for problem in problems] == [
        (2, "The row has 1 cells, but the header has 2."),
        (3, "The row has 3 cells, but the header has 2."),
    ]


def test_a_cell_without_end_is_a_problem_of_its_line(table) -> None:
    rows, problems = read_rows(table('phrase,x\nfine,1\n"' + "a" * 200_000), ["phrase", "x"], ["x"])
    assert [row.line for row in rows] == [2]
    assert problems[0].line == 3
    assert "no table" in problems[0].sentence


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ("phrase;x\na;12,5\nb;1.010\nc;1.010,25", ["12.5", "1010", "1010.25"]),
        ("phrase\tx\na\t12,5\nb\t1.010", ["12.5", "1010"]),
        ("phrase;x\na;12.5\nb;1.010", ["12.5", "1.010"]),
        ("phrase;x\na;1.234.567\nb;1.010", ["1234567", "1010"]),
        ("phrase,x\na,1.010", ["1.010"]),
        ('phrase,x\na,12.5\nb,"1,010"\nc,"1,010.5"', ["12.5", "1010", "1010.5"]),
        ('phrase,x\na,"12,5"\nb,"1,010"', ["12.5", "1.010"]),
        ("phrase;x\na;1 010,5\nb;1\u00a0010\nc;1'010", ["1010.5", "1010", "1010"]),
        ("phrase;x\na;0,125\nb;-3,5\nc;17\nd;2e3", ["0.125", "-3.5", "17", "2e3"]),
        ("version;phrase;x\n1.1;a;12,5\n1.1;b;1.010", ["12.5", "1010"]),
    ],
)
def test_the_table_tells_which_mark_stands_before_decimals(table, content: str, numbers: list[str]) -> None:
    rows, problems = read_rows(table(content), ["phrase", "x"], ["x"])
    assert [row.number("x") for row in rows] == numbers
    assert problems == []


@pytest.mark.parametrize(
    "content", ["phrase;x\na;1.010", "phrase\tx\na\t1,010", 'phrase,x\na,"1,010"', "phrase;x\na;1.010\nb;1,5\nc;1.5"]
)
def test_a_number_that_can_be_two_is_said_and_not_guessed(table, content: str) -> None:
    row = read_rows(table(content), ["phrase", "x"], ["x"])[0][0]
    with pytest.raises(UnusableRow, match=r"x is '1[.,]010', which can be .*thousands"):
        row.number("x")


@pytest.mark.parametrize("cell", ["1.01.5,5", "1,5.5", "..", "abc", "12,5,5"])
def test_what_is_no_number_stays_as_it_is(table, cell: str) -> None:
    (row,) = read_rows(table(f"phrase;x\na;{cell}"), ["phrase", "x"], ["x"])[0]
    with pytest.raises(UnusableRow, match="not a number"):
        number("x", row.number("x"))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("sep=;\nphrase;x\na;1\n", 3),
        ('"SEP=;"\r\nphrase;x\r\na;1\r\n', 3),
        ("\ufeffsep=,\nphrase,x\na,1\n", 3),
        ("sep=|;;\nphrase|x\na|1\n", 3),
        ("sep=\t\n\nphrase\tx\na\t1\n", 4),
        ("\n\nphrase,x\na,1\n", 4),
        (";;\n ;\nphrase;x\na;1\n", 4),
    ],
)
def test_the_header_is_the_first_line_that_is_of_the_table(table, content: str, line: int) -> None:
    rows, problems = read_rows(table(content), ["phrase", "x"], ["x"])
    assert [(row.text("phrase"), row.number("x"), row.line) for row in rows] == [("a", "1", line)]
    assert problems == []


@pytest.mark.parametrize("cell", ["nan", "NaN", "None", "NULL", "<NA>", "n/a"])
def test_a_cell_that_says_that_there_is_nothing_is_empty(table, cell: str) -> None:
    (row,) = read_rows(table(f"phrase,x\n{cell},{cell}\n"), ["phrase", "x"], ["x"])[0]
    assert (row.text("phrase"), row.number("x")) == ("", "")


def test_a_column_that_is_there_twice_is_an_error(table) -> None:
    with pytest.raises(EvaluationError, match="column 'x' more than once"):
        read_rows(table("phrase,x,X\na,1,2\n"), ["phrase", "x"], ["x"])


def test_a_file_too_large_for_a_table_is_an_error(table, monkeypatch) -> None:
    monkeypatch.setattr("cxr_grounding.evaluation.datasets.csv_rows.LARGEST_TABLE_BYTES", 20)
    with pytest.raises(EvaluationError, match="no table of boxes: it has more than"):
        read_text(table("phrase,x\n" + "a,1\n" * 10))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\n"])
def test_an_empty_file_is_an_error(table, content: bytes) -> None:
    with pytest.raises(EvaluationError, match="empty"):
        read_text(table(content))


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path, tmp_path / "nul\0l"):
        with pytest.raises(EvaluationError, match="cannot be read"):
            read_text(path)
