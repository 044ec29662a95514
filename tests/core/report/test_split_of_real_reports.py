"""Sentences of real reports, checked by what the splitter does not know; the reports are not part of the repository."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from cxr_grounding.evaluation.datasets.csv_rows import read_rows
from cxr_grounding.report.split import split_report

REPORTS = Path(__file__).parents[4] / "shared" / "reports" / "openi-dev.csv"
"""Handed out beside the repository, as the golden case is."""

_AROUND = " .,;:!?()-+#"
"""Signs around what is left out."""

COLUMNS = ("indication", "findings", "impression")

pytestmark = pytest.mark.skipif(not REPORTS.is_file(), reason="the real reports are not beside the repository")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    rows, _ = read_rows(REPORTS, COLUMNS, ())
    plain = (" ".join(row.text(column).split()) for row in rows for column in COLUMNS)
    return [text for text in plain if text and not re.search(r"&\w+;|<BR>|\\T\\", text)]


def test_no_word_is_lost(texts: list[str]) -> None:
    """Numbers of lists, headings and codes without words are left out, and nothing else; all keep their order."""
    lost: Counter[str] = Counter()
    for text in texts:
        end = 0
        for sentence in split_report(text):
            start = text.index(sentence, end)
            lost[re.sub(r"\b[\d.]+\b", "", text[end:start]).strip(_AROUND)] += 1
            end = start + len(sentence)
        lost[re.sub(r"\b[\d.]+\b", "", text[end:]).strip(_AROUND)] += 1
    assert lost.keys() <= {"", "INDICATION", "Chest", "Chest Comparison", "History"}
    assert lost.total() - lost[""] < 20


def test_no_sentence_is_glued(texts: list[str]) -> None:
    """A stop and a capital stand inside of none but behind a title."""
    inside = [
        found[0]
        for text in texts
        for sentence in split_report(text)
        for found in re.finditer(r"\S+[.!?;][\"')\]]*\s+[A-Z]\S*", sentence)
    ]
    assert [found for found in inside if not found.startswith("Dr. ")] == []


def test_no_sentence_is_cut(texts: list[str]) -> None:
    """A stop stands before each but the first, or a word that only begins sentences does at its beginning."""
    cut = []
    for text in texts:
        end = 0
        for number, sentence in enumerate(split_report(text)):
            start = text.index(sentence, end)
            begins = re.match(r"(?:The|There|This|These|Please|No) ", sentence)
            if number and not begins and not re.search(r"[.;!?]", text[end:start]):
                cut.append(sentence)
            end = start + len(sentence)
    assert cut == []
