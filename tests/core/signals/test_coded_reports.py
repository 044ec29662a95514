"""What is read of real reports, against what people coded of them; the collection is not part of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.assertion import CODES, SECTIONS, count, is_kept_back, pooled
from cxr_grounding.evaluation.datasets.csv_rows import CsvRow, read_rows
from cxr_grounding.pathologies import Pathology
from cxr_grounding.signals.assertion import read_report
from cxr_grounding.signals.other_sentences import Reason

REPORTS = Path(__file__).parents[4] / "shared" / "reports" / "openi-dev.csv"
"""Handed out beside the repository, as the golden case is."""

pytestmark = pytest.mark.skipif(not REPORTS.is_file(), reason="the coded reports are not beside the repository")


@pytest.fixture(scope="module")
def rows() -> list[CsvRow]:
    return read_rows(REPORTS, (*SECTIONS, CODES), ())[0]


def test_what_reports_affirm_is_what_was_coded_also_where_no_rule_was_written_on_them(rows: list[CsvRow]) -> None:
    kept_back = count(row for row in rows if is_kept_back(row))
    counts = {name: of + kept_back[name] for name, of in count(row for row in rows if not is_kept_back(row)).items()}
    for whole in (pooled(counts), pooled(kept_back)):
        assert whole.f1 >= 0.93
        assert whole.precision >= 0.93
    assert pooled(kept_back).hits + pooled(kept_back).missed == 250
    assert counts[Pathology.PNEUMONIA].f1 >= 0.85
    assert counts[Pathology.EDEMA].f1 >= 0.80


def test_no_report_is_taken_for_another_language(rows: list[CsvRow]) -> None:
    sentences = [
        sentence
        for row in rows[::4]
        for sentence in read_report("\n\n".join(f"{section}: {row.text(section)}" for section in SECTIONS))
    ]
    unknown = [one.text for one in sentences if one.reason is Reason.UNKNOWN_LANGUAGE]
    assert len(sentences) > 2500
    assert unknown == []
