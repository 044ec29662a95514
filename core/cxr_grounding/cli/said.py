"""What is to be looked for, beside the words behind the image: phrases, a report, reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # only then: what reads reports reads DICOM objects too
    from cxr_grounding.many.reports_at_hand import ReportsAtHand
    from cxr_grounding.signals.assertion import Sentence


@dataclass(frozen=True)
class Said:
    """Phrases and reports, and what is grounded of those."""

    phrase: Annotated[
        list[str] | None, typer.Option("--phrase", "-p", help="What to look for; may be given several times.")
    ] = None
    report: Annotated[
        Path | None, typer.Option(help="Text file with a report: each sentence that affirms a finding is grounded.")
    ] = None
    reports: Annotated[
        Path | None,
        typer.Option(
            help="A report for each image: a folder with .txt files, or a CSV with a row a report; found by the "
            "image's file name, StudyInstanceUID or AccessionNumber."
        ),
    ] = None
    every: Annotated[bool, typer.Option("--all", help="Ground every sentence of a report, whatever it says.")] = False

    @property
    def is_reported(self) -> bool:
        """Whether something to look for comes out of reports."""
        return self.report is not None or self.reports is not None

    def read(self) -> tuple[list[Sentence], list[Sentence]]:
        """The sentences of the one report to ground, and those that are not.

        Raises:
            PhraseError: when the file cannot be read, is huge, is no text, or holds no sentence.
        """
        from cxr_grounding.cli.report_files import no_sentence, read_report_file
        from cxr_grounding.signals.assertion import read_report

        if self.report is None:
            return [], []
        sentences = read_report(read_report_file(self.report))
        if not sentences:
            raise no_sentence(self.report)
        return self.parted(sentences)

    def parted(self, sentences: list[Sentence]) -> tuple[list[Sentence], list[Sentence]]:
        """Sentences to ground, and those that are not."""
        asked = [one for one in sentences if self.every or one.is_groundable]
        return asked, [one for one in sentences if not (self.every or one.is_groundable)]

    def at_hand(self) -> ReportsAtHand | None:
        """The reports of many images.

        Raises:
            PhraseError: when there is none, or they cannot be read.
        """
        from cxr_grounding.many.reports_at_hand import ReportsAtHand

        return None if self.reports is None else ReportsAtHand(self.reports)
