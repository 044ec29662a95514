"""The report's chart: means and intervals by pathology, a panel for each metric that has a scale."""

from __future__ import annotations

import io
from collections.abc import Sequence
from math import isnan

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from cxr_grounding.evaluation.metrics import Metric, Scale
from cxr_grounding.evaluation.table import Table
from cxr_grounding.quiet import without_warnings

WIDTH = 1136
"""Of the chart on the page, in pixels; twice as many are drawn, so that it stays sharp when printed."""
SHARPNESS = 2

LABEL_WIDTH, PANEL_GAP, END_MARGIN = 204, 46, 16
TOP, ROW_HEIGHT, AXIS_HEIGHT = 30, 28, 30
MOST_LETTERS = 25
"""Of a pathology's name; longer ones are cut."""

MOST_STEPS, ROUND_STEPS = 5, (1, 2, 5, 10)
"""Between the ticks of an axis: how many, and their first digits."""

INK, FAINT, RULE, LINE, BLUE = "#1d2430", "#5b6573", "#8a94a2", "#e4e8ed", "#1c5d99"
POINTS = 0.72
"""Of type, for each pixel of the page at `DPI`."""
DPI = 100


def draw_chart(table: Table) -> bytes:
    """The chart of a table as a PNG: a row a pathology and one for the mean; the same table gives the same bytes.

    Names are drawn as they are: no letter in them has a meaning for matplotlib.
    """
    figure = chart_of(table)
    content = io.BytesIO()
    # matplotlib warns of letters that its font lacks, as ideographs; they become boxes here, and stand in the table.
    with without_warnings():
        figure.savefig(content, format="png", dpi=DPI * SHARPNESS, metadata={"Software": None})
    return content.getvalue()


def chart_of(table: Table) -> Canvas:
    """What `draw_chart` draws: an axes for each metric with a scale, rows from the top at y = 0, 1, ..."""
    height = TOP + ROW_HEIGHT * len(table.rows) + AXIS_HEIGHT
    figure = Canvas(figsize=(WIDTH / DPI, height / DPI), facecolor="white")
    FigureCanvasAgg(figure)
    panels = [(metric, metric.scale) for metric in table.metrics if metric.scale is not None]
    wide = (WIDTH - LABEL_WIDTH - END_MARGIN - PANEL_GAP * (len(panels) - 1)) / len(panels)
    for number, (metric, scale) in enumerate(panels):
        left = LABEL_WIDTH + number * (wide + PANEL_GAP)
        axes = figure.add_axes(
            (left / WIDTH, AXIS_HEIGHT / height, wide / WIDTH, ROW_HEIGHT * len(table.rows) / height)
        )
        _draw_panel(axes, table, metric, scale)
        if number == 0:
            _draw_names(axes, [row.name for row in table.rows], LABEL_WIDTH / wide)
    return figure


def _draw_panel(axes: Axes, table: Table, metric: Metric, scale: Scale) -> None:
    figures = [row.figures[metric.name] for row in table.rows]
    reached = [n for figure in figures for n in (figure.mean, figure.low, figure.high) if not isnan(n)]
    locator = MaxNLocator(MOST_STEPS, steps=ROUND_STEPS)
    ticks = locator.tick_values(min([scale.low, *reached]), max([scale.high, *reached]))
    axes.set_xlim(float(ticks[0]), float(ticks[-1]))
    axes.set_ylim(len(figures) - 0.5, -0.5)
    axes.set_xticks(ticks, [f"{round(float(tick), 6):g}" for tick in ticks], color=FAINT, fontsize=12 * POINTS)
    axes.set_yticks([])
    axes.tick_params(length=0, pad=6)
    axes.spines[:].set_visible(False)
    axes.grid(axis="x", color=LINE, linewidth=1)
    axes.set_axisbelow(True)
    axes.axvline(scale.nothing, color=RULE, linewidth=1.5, zorder=1.5, clip_on=False)
    axes.set_title(metric.heading, loc="left", color=INK, fontsize=13 * POINTS, fontweight="bold", parse_math=False)
    last = len(figures) - 1
    for y, figure in enumerate(figures):
        if isnan(figure.mean):
            continue
        colour, marker, size = (INK, "D", 8) if y == last else (BLUE, "o", 7)
        if not isnan(figure.low):
            axes.hlines(y, figure.low, figure.high, color=colour, linewidth=1.8)
        axes.plot([figure.mean], [y], marker, color=colour, markersize=size, markeredgewidth=0, clip_on=False)


def _draw_names(axes: Axes, names: Sequence[str], offset: float) -> None:
    """The rows' names, left of the first panel, as many of its widths away as `offset` says."""
    for y, name in enumerate(names):
        axes.text(
            -offset,
            y,
            name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…",
            transform=axes.get_yaxis_transform(),
            verticalalignment="center_baseline",
            color=INK,
            fontsize=13 * POINTS,
            fontweight="bold" if y == len(names) - 1 else "normal",
            parse_math=False,
        )
