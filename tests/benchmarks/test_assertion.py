"""The figures of reading coded reports, on reports that are invented."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import assertion
from cxr_grounding.evaluation.datasets.csv_rows import read_rows
from cxr_grounding.pathologies import Pathology

TABLE = """uid,findings,impression,Problems
1,Small left effusion. No pneumothorax.,,Pleural Effusion
2,The heart is enlarged.,Possible pneumonia.,Cardiomegaly;Pneumonia
3,Streaky opacity.,,Scoliosis
4,No edema.,Edema.,Pulmonary Edema ; Airspace Disease
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "reports.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_finding_counts_once_a_report_and_only_where_it_is_affirmed(table: Path) -> None:
    rows, _ = read_rows(table, ("findings", "impression", "problems"), ())
    counts = assertion.count(rows)
    assert counts[Pathology.PLEURAL_EFFUSION] == assertion.Counts(hits=1)
    assert counts[Pathology.PNEUMONIA] == assertion.Counts(missed=1)
    assert counts[Pathology.LUNG_OPACITY] == assertion.Counts(false=1, missed=1)
    assert assertion.pooled(counts) == assertion.Counts(hits=3, false=1, missed=2)
    assert (assertion.pooled(counts).precision, assertion.pooled(counts).recall) == (3 / 4, 3 / 5)
    assert assertion.pooled(counts).f1 == pytest.approx(2 / 3)


def test_the_table_is_printed_for_each_part_of_the_reports(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["assertion", "--reports", str(table)])
    assertion.main()
    printed = capsys.readouterr().out
    assert "4 reports in all:" in printed
    assert "| **pooled** | 5 | 0.750 | 0.600 | 0.667 |" in printed
    parts = [int(line.split()[0]) for line in printed.splitlines() if " reports " in line]
    assert parts[0] + parts[1] == parts[2]
