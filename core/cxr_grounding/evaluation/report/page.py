"""The report of an evaluation: one HTML file that needs nothing else, and runs nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from cxr_grounding.disk.whole import written_whole
from cxr_grounding.evaluation import metrics
from cxr_grounding.evaluation.datasets.dataset import Problem
from cxr_grounding.evaluation.published_figures import CAVEAT, PublishedFigures
from cxr_grounding.evaluation.report.chart import WIDTH as CHART_WIDTH
from cxr_grounding.evaluation.report.chart import draw_chart
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.evaluation.table import CONFIDENCE, Table, number_text

TEMPLATE = "report.html.jinja"
WARNING = "Research use only. Not for diagnosis."
MOST_PROBLEMS = 500
"""Listed one by one; of more, the report says how many it leaves out."""
PNG_START = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class ReportPicture:
    """One sample's overlay.

    Args:
        score: the sample's figures.
        png: the overlay, as `draw_overlay` draws it.
    """

    score: SampleScore
    png: bytes

    def __post_init__(self) -> None:
        if not self.png.startswith(PNG_START):
            raise ValueError(f"the picture of {self.score.image_id} starts with {self.png[:8]!r}; expected a PNG")

    @property
    def address(self) -> str:
        """The picture itself, as a data URI."""
        return data_address(self.png)


def data_address(png: bytes) -> str:
    """A PNG as a data URI."""
    return "data:image/png;base64," + b64encode(png).decode("ascii")


@dataclass(frozen=True)
class Report:
    """All that a report shows.

    Args:
        title: of the page.
        table: the figures.
        about: what was run: name and value, in the order to show (model, its label, recipe, dataset).
        published: figures to stand beside ours; empty leaves that part out.
        problems: what was left out of the evaluation.
        best, worst: overlays, best and worst first; empty leaves that part out.
    """

    title: str
    table: Table
    about: Mapping[str, str]
    published: Sequence[PublishedFigures] = ()
    problems: Sequence[Problem] = ()
    best: Sequence[ReportPicture] = ()
    worst: Sequence[ReportPicture] = ()


def write_report(path: Path, report: Report) -> None:
    """Write the report. All text in it is shown as it is: no markup of a phrase or a file name has an effect.

    Args:
        path: of the HTML file; an earlier one is replaced; nothing half-written is left.
        report: what it shows.

    Raises:
        OutputError: when it cannot be written.
    """
    page = _template_environment().from_string(files(__package__).joinpath(TEMPLATE).read_text(encoding="utf-8"))
    text = page.render(
        report=report,
        table=report.table,
        warning=WARNING,
        headings=metrics.headings(),
        confidence=f"{100 * CONFIDENCE:g} %",
        chart=data_address(draw_chart(report.table)),
        chart_width=CHART_WIDTH,
        scaled=[metric for metric in report.table.metrics if metric.scale is not None],
        caveat=CAVEAT,
        problems=report.problems[:MOST_PROBLEMS],
        problem_count=len(report.problems),
        galleries=[("Best", report.best), ("Worst", report.worst)],
    )
    with written_whole(path, ".html") as temporary:
        # A file name may hold bytes that are no text; they become question marks.
        temporary.write_text(text, encoding="utf-8", errors="replace")


def _template_environment() -> Environment:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = number_text
    environment.filters["thousands"] = lambda number: f"{number:,}"
    return environment
