"""The report's chart: where its dots, lines and ticks lie. The template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from matplotlib.ticker import MaxNLocator

from cxr_grounding.evaluation.table import HEADINGS, Figure, Table

LABEL_WIDTH, PANEL_WIDTH, PANEL_GAP, END_MARGIN = 190, 280, 46, 16
TOP, ROW_HEIGHT, AXIS_HEIGHT = 30, 28, 26
MOST_STEPS, ROUND_STEPS = 5, (1, 2, 5, 10)
"""Between the ticks of an axis: how many, and their first digits."""


@dataclass(frozen=True)
class Scale:
    """What a metric's panel shows at least, and the value that a map which knows nothing has.

    Args:
        metric: one of `METRICS`.
        low, high: of the axis, at least; wider where intervals need it.
        nothing: drawn as a line through the panel.
        meaning: of that line.
    """

    metric: str
    low: float
    high: float
    nothing: float
    meaning: str


SCALES = (
    Scale("miou", 0.0, 0.1, 0.0, "no overlap"),
    Scale("auc_roc_exact", 0.4, 1.0, 0.5, "chance"),
    Scale("cnr_signed", 0.0, 1.0, 0.0, "no contrast"),
)
"""One panel each; the other two metrics are variants of these."""


@dataclass(frozen=True)
class Mark:
    """A row's figure in a panel; all in pixels, y downwards.

    Args:
        x: of the mean.
        y: of the row.
        low, high: ends of the interval; None where it has none.
    """

    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Panel:
    """One metric.

    Args:
        heading: names it.
        left, right: edges.
        nothing: where the line of a map that knows nothing stands.
        meaning: of that line.
        ticks: x and text.
        marks: of the rows that have the metric; the last row's is drawn as a diamond.
        mean: the mark of the mean row, if it has one.
    """

    heading: str
    left: float
    right: float
    nothing: float
    meaning: str
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]
    mean: Mark | None


@dataclass(frozen=True)
class Chart:
    """The whole chart, in pixels.

    Args:
        width, height: of it.
        labels: y and name of each row.
        bottom: where the panels end and their axes begin.
        panels: side by side.
    """

    width: float
    height: float
    labels: tuple[tuple[float, str], ...]
    bottom: float
    panels: tuple[Panel, ...]


def lay_out(table: Table) -> Chart:
    """The chart of a table: a row a pathology and one for the mean, a panel for each of `SCALES`."""
    heights = [TOP + ROW_HEIGHT * (number + 0.5) for number in range(len(table.rows))]
    panels = [
        _panel(table, scale, heights, LABEL_WIDTH + number * (PANEL_WIDTH + PANEL_GAP))
        for number, scale in enumerate(SCALES)
    ]
    bottom = TOP + ROW_HEIGHT * len(table.rows)
    return Chart(
        width=panels[-1].right + END_MARGIN,
        height=bottom + AXIS_HEIGHT,
        labels=tuple((y, row.name) for y, row in zip(heights, table.rows, strict=True)),
        bottom=bottom,
        panels=tuple(panels),
    )


def _panel(table: Table, scale: Scale, heights: Sequence[float], left: float) -> Panel:
    figures = [row.figures[scale.metric] for row in table.rows]
    reached = [n for figure in figures for n in (figure.mean, figure.low, figure.high) if not isnan(n)]
    locator = MaxNLocator(MOST_STEPS, steps=ROUND_STEPS)
    ticks = locator.tick_values(min([scale.low, *reached]), max([scale.high, *reached]))
    start, end = float(ticks[0]), float(ticks[-1])

    def place(value: float) -> float:
        return round(left + PANEL_WIDTH * (value - start) / (end - start), 1)

    def mark(figure: Figure, y: float) -> Mark | None:
        if isnan(figure.mean):
            return None
        known = not isnan(figure.low)
        return Mark(place(figure.mean), y, place(figure.low) if known else None, place(figure.high) if known else None)

    marks = [mark(figure, y) for figure, y in zip(figures, heights, strict=True)]
    return Panel(
        heading=HEADINGS[scale.metric],
        left=left,
        right=left + PANEL_WIDTH,
        nothing=place(scale.nothing),
        meaning=scale.meaning,
        ticks=tuple((place(float(tick)), f"{round(float(tick), 6):g}") for tick in ticks),
        marks=tuple(m for m in marks[:-1] if m is not None),
        mean=marks[-1],
    )
