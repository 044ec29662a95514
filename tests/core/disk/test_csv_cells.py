"""Texts as cells that no spreadsheet computes, and back."""

from __future__ import annotations

import pytest

from cxr_grounding.disk.csv_cells import cell_of, text_of


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1", "'+1"),
        ("-opacity", "'-opacity"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1+1", "' =1+1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("'=1", "''=1"),
        ("'quoted' effusion", "'quoted' effusion"),
        ("left effusion", "left effusion"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe_and_reads_back(text: str, cell: str) -> None:
    assert cell_of(text) == cell
    assert text_of(cell) == text


def test_cells_from_before_they_were_defused_read_as_they_are() -> None:
    for cell in ("=1", "-opacity", "left effusion", "'quoted'"):
        assert text_of(cell) == cell
