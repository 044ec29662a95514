"""`cxr-ground report`: what do the sentences of a report say?"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import rich.table
import typer
from rich.markup import escape

from cxr_grounding.cli.console import out, print_json, show_warning
from cxr_grounding.cli.options import Json
from cxr_grounding.cli.report_files import named, no_sentence, read_report_file, read_text_or_input
from cxr_grounding.errors import PhraseError
from cxr_grounding.evaluation.datasets.csv_rows import LARGEST_TABLE_BYTES, rows_of
from cxr_grounding.report.section_names import KNOWN, section_of
from cxr_grounding.signals.assertion import Finding, Sentence, read_report
from cxr_grounding.signals.scope import Assertion

COLORS = {
    Assertion.AFFIRMED: "green",
    Assertion.UNCERTAIN: "yellow",
    Assertion.DENIED: "red",
    Assertion.HISTORY: "cyan",
}

WIDTHS = (2, 9, 19, 15)
"""Columns of a finding's row before the last: its indent, what is said of it, its name, and where it is."""


def report(
    file: Annotated[Path, typer.Argument(help="Text file with one report; - reads standard input.")],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help="The file is a CSV with a report a row, in this column; give several times for a report in parts. "
            "Prints a line of JSON a row.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what each sentence of a report says: the findings that it affirms, denies or doubts, and where they are."""
    if columns:
        _print_rows(file, columns)
        return
    sentences = read_report(read_report_file(file))
    if not sentences:
        raise no_sentence(file)
    if as_json:
        print_json([sentence.to_dict() for sentence in sentences])
        return
    _print_table(sentences)


def _print_rows(file: Path, columns: Sequence[str]) -> None:
    """A line of JSON for each row of a CSV, in their order; "null" for one that cannot be read."""
    wanted = [column.strip().lower() for column in columns]
    rows, problems = rows_of(_table(file), f"The table {named(file)}", wanted, keep_empty=True)
    read = {row.line: row for row in rows}
    broken = {problem.line: problem for problem in problems if problem.line is not None}
    for line in sorted(read.keys() | broken.keys()):
        sentences = None
        if line in broken:
            show_warning(f"Line {line}: {broken[line].sentence}")
        else:
            parts = (read_report(read[line].text(column), _section(column)) for column in wanted)
            sentences = [sentence.to_dict() for sentence in itertools.chain.from_iterable(parts)]
        sys.stdout.write(json.dumps(sentences, ensure_ascii=False) + "\n")


def _section(column: str) -> str | None:
    """The section that a column holds, where its name is one."""
    section = section_of(column)
    return section if section in KNOWN else None


def _table(file: Path) -> str:
    """The text of a CSV.

    Raises:
        PhraseError: when it cannot be read, is huge, or is empty.
    """
    advice = "Give a CSV file with a report a row."
    text = read_text_or_input(file, LARGEST_TABLE_BYTES, "table", advice)
    if not text.strip("\ufeff \t\r\n"):
        raise PhraseError(f"The table {named(file)} is empty. {advice}")
    return text


def _print_table(sentences: Sequence[Sentence]) -> None:
    """The sentences by section, below each a row a finding; what can be grounded stands out."""
    for section, of_section in itertools.groupby(sentences, key=lambda sentence: sentence.section):
        if section is not None:
            out.print(f"\n[bold underline]{escape(section.upper())}[/bold underline]")
        for sentence in of_section:
            _print_sentence(sentence)
    count = sum(sentence.is_groundable for sentence in sentences)
    affirm = "affirms" if count == 1 else "affirm"
    out.print(f"\n{count} of {len(sentences)} sentences {affirm} a finding, and can be grounded.")


def _print_sentence(sentence: Sentence) -> None:
    mark, style = ("●", "bold") if sentence.is_groundable else ("○", "")
    rows = rich.table.Table.grid(padding=(0, 2, 0, 0))
    for width in WIDTHS:
        rows.add_column(width=width)
    rows.add_column()
    for finding in sentence.findings:
        color = COLORS[finding.assertion]
        said = f"[{color}]{finding.assertion.value}[/{color}]"
        rows.add_row("", said, escape(finding.pathology), _where(finding), f"[dim]{escape(finding.because)}[/dim]")
    line = rich.table.Table.grid(padding=(0, 1, 0, 0))
    line.add_row(mark, f"[{style}]{escape(sentence.text)}[/{style}]" if style else escape(sentence.text))
    out.print(line)
    out.print(rows if sentence.findings else f"    [dim]{sentence.reason.value}[/dim]")


def _where(finding: Finding) -> str:
    return " ".join(part.value for part in (finding.side, finding.zone) if part is not None)
