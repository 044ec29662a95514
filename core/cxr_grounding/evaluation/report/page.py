"""The report of an evaluation: one HTML file that needs nothing else, and runs nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from cxr_grounding.disk.whole import written_whole
from cxr_grounding.evaluation.datasets.dataset import Problem
from cxr_grounding.evaluation.published_figures import CAVEAT, Published
from cxr_grounding.evaluation.report.chart import lay_out
from cxr_grounding.evaluation.score import METRICS, SampleScore
from cxr_grounding.evaluation.table import CONFIDENCE, HEADINGS, Table, number_text

TEMPLATE = "report.html.jinja"
WARNING = "Research use only. Not for diagnosis."
MOST_PROBLEMS = 500
"""Listed one by one; of more, the report says how many it leaves out."""
PNG_START = b"\x89PNG\r\n\x1a\n"

EXPLANATIONS = {
    "miou": "intersection over union of (heatmap > t) and the boxes, mean over t = 0.1, 0.2, 0.3, 0.4, 0.5",
    "auc_roc_exact": "chance that a pixel in the boxes is hotter than one outside; 0.5 knows nothing",
    "auc_roc_binned": "through five thresholds, over the seen pixels, as published; not comparable with the exact one",
    "cnr_signed": "contrast-to-noise ratio, mean over boxes; below 0 where the boxes are colder than the rest",
    "cnr_absolute": "the same without each box's sign; never lower, so not comparable with the signed one",
}
"""Of each of `METRICS`, in a few words."""


@dataclass(frozen=True)
class ReportPicture:
    """One sample's overlay.

    Args:
        score: the sample's figures.
        png: the overlay, as `write_overlay` writes it.
    """

    score: SampleScore
    png: bytes

    def __post_init__(self) -> None:
        if not self.png.startswith(PNG_START):
            raise ValueError(f"the picture of {self.score.image_id} starts with {self.png[:8]!r}; expected a PNG")

    @property
    def address(self) -> str:
        """The picture itself, as a data URI."""
        return "data:image/png;base64," + b64encode(self.png).decode("ascii")


def write_report(
    path: Path,
    *,
    title: str,
    table: Table,
    published: Sequence[Published],
    problems: Sequence[Problem],
    about: Mapping[str, str],
    best: Sequence[ReportPicture],
    worst: Sequence[ReportPicture],
) -> None:
    """Write the report. All text in it is shown as it is: no markup of a phrase or a file name has an effect.

    Args:
        path: of the HTML file; an earlier one is replaced; nothing half-written is left.
        title: of the page.
        table: the figures.
        published: to stand beside them; empty leaves that part out.
        problems: what was left out of the evaluation.
        about: what was run: name and value, in the order to show (model, its label, recipe, dataset).
        best, worst: overlays, best and worst first; empty leaves that part out.

    Raises:
        OutputError: when it cannot be written.
    """
    page = _template_environment().from_string(files(__package__).joinpath(TEMPLATE).read_text(encoding="utf-8"))
    text = page.render(
        title=title,
        warning=WARNING,
        table=table,
        metrics=METRICS,
        headings=HEADINGS,
        explanations=EXPLANATIONS,
        confidence=f"{100 * CONFIDENCE:g} %",
        chart=lay_out(table),
        published=published,
        caveat=CAVEAT,
        problems=problems[:MOST_PROBLEMS],
        problem_count=len(problems),
        about=about,
        galleries=[("Best", best), ("Worst", worst)],
    )
    with written_whole(path, ".html") as temporary:
        # A file name may hold bytes that are no text; they become question marks.
        temporary.write_text(text, encoding="utf-8", errors="replace")


def _template_environment() -> Environment:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = number_text
    environment.filters["thousands"] = lambda number: f"{number:,}"
    return environment
