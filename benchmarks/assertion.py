"""How well the program reads what reports say, on reports whose findings people have coded. docs/reports.md.

    python -m benchmarks.assertion --reports reports.csv

reads a CSV of reports with the columns `findings` and `impression`, and `Problems`: the headings that were coded,
with semicolons between. Open-i's collection of the Indiana University (Demner-Fushman et al., JAMIA 2016) has them.
It prints precision, recall and F1 of "the report affirms it" by pathology and pooled.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.tables import as_markdown
from cxr_grounding.evaluation.datasets.csv_rows import CsvRow, read_rows
from cxr_grounding.pathologies import Pathology
from cxr_grounding.signals.assertion import read_report
from cxr_grounding.signals.scope import Assertion

SECTIONS = ("findings", "impression")
CODES = "problems"

HEADINGS = {
    Pathology.ATELECTASIS: {"Pulmonary Atelectasis", "Atelectasis"},
    Pathology.CARDIOMEGALY: {"Cardiomegaly"},
    Pathology.CONSOLIDATION: {"Consolidation"},
    Pathology.EDEMA: {"Pulmonary Edema"},
    Pathology.LUNG_OPACITY: {"Opacity", "Airspace Disease", "Infiltrate"},
    Pathology.PLEURAL_EFFUSION: {"Pleural Effusion"},
    Pathology.PNEUMONIA: {"Pneumonia"},
    Pathology.PNEUMOTHORAX: {"Pneumothorax", "Hydropneumothorax"},
}
"""Those of MeSH and RadLex that the collection's annotators used for each."""

SEED, PARTS = 2026, 3
"""Of the split: the rules were written on two thirds of the reports, and the last third was only counted."""


@dataclass
class Counts:
    """How often a finding was affirmed and coded (hits), affirmed alone (false), coded alone (missed)."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.hits + other.hits, self.false + other.false, self.missed + other.missed)

    @property
    def precision(self) -> float:
        return self.hits / max(self.hits + self.false, 1)

    @property
    def recall(self) -> float:
        return self.hits / max(self.hits + self.missed, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        return 2 * self.hits / max(2 * self.hits + self.false + self.missed, 1)


def affirmed(row: CsvRow) -> set[str]:
    """The findings that any sentence of findings or impression affirms."""
    return {
        finding.pathology
        for section in SECTIONS
        for sentence in read_report(row.text(section), section)
        for finding in sentence.findings
        if finding.assertion is Assertion.AFFIRMED
    }


def count(rows: Iterable[CsvRow]) -> dict[Pathology, Counts]:
    """By pathology, over all reports."""
    counts = {pathology: Counts() for pathology in Pathology}
    for row in rows:
        said = affirmed(row)
        coded = {heading.strip() for heading in row.text(CODES).split(";")}
        for pathology, of in counts.items():
            is_said, is_coded = pathology.value in said, not coded.isdisjoint(HEADINGS[pathology])
            of.hits += is_said and is_coded
            of.false += is_said and not is_coded
            of.missed += is_coded and not is_said
    return counts


def pooled(counts: dict[Pathology, Counts]) -> Counts:
    """All pathologies as one."""
    return sum(counts.values(), Counts())


def is_kept_back(row: CsvRow) -> bool:
    """Whether a report is of the third that the rules were not written on, by its `uid`."""
    return int(hashlib.sha256(f"{SEED} {row.text('uid')}".encode()).hexdigest(), 16) % PARTS == PARTS - 1


def table(counts: dict[Pathology, Counts]) -> str:
    """The figures for docs/reports.md."""
    rows = [(pathology.value, of) for pathology, of in counts.items()] + [("**pooled**", pooled(counts))]
    lines: list[tuple[str, ...]] = [("finding", "coded", "precision", "recall", "F1"), ("---",) * 5]
    lines += [
        (name, str(of.hits + of.missed), f"{of.precision:.3f}", f"{of.recall:.3f}", f"{of.f1:.3f}") for name, of in rows
    ]
    return as_markdown(lines)


def main() -> None:
    """Count, and print the table for each part of the reports and for all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=Path, required=True, help="The CSV.")
    rows, _ = read_rows(parser.parse_args().reports, (*SECTIONS, CODES), ())
    kept_back = [row for row in rows if is_kept_back(row)]
    written_on = [row for row in rows if not is_kept_back(row)]
    for name, part in (("that the rules were written on", written_on), ("kept back", kept_back), ("in all", rows)):
        print(f"{len(part)} reports {name}:\n\n{table(count(part))}\n")


if __name__ == "__main__":
    main()
