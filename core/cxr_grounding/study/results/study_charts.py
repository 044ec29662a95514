"""The pictures of a study's report: how ratings lie on the scale, and how the models differ by pathology."""

from __future__ import annotations

import io
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxr_grounding.quiet import without_warnings
from cxr_grounding.study.questions import Question
from cxr_grounding.study.statistics.comparison import Compared
from cxr_grounding.study.statistics.study_results import ALL, MeanRating

WIDTH = 1136
"""On the page, in pixels; twice as many are drawn."""
DPI, SHARPNESS, POINTS = 100, 2, 0.72
INK, FAINT, LINE, BLUE = "#1d2430", "#5b6573", "#e4e8ed", "#1c5d99"
STEPS = ("#b5532a", "#dd9b76", "#d5d8dd", "#86afd6", "#1c5d99")
"""Colours from the lowest step to the highest, told apart by those who see no red or green."""

MOST_LETTERS = 40


def draw_shares(rows: Sequence[MeanRating], question: Question) -> bytes:
    """A bar a model: how many of its ratings were which step. PNG."""
    shown = [row for row in rows if row.question == question.name and row.pathology == ALL]
    figure, axes = _canvas(90 + 46 * len(shown), 230)
    steps = len(question.options)
    colours = [STEPS[round(step * (len(STEPS) - 1) / (steps - 1))] for step in range(steps)]
    for y, row in enumerate(shown):
        left = 0.0
        for step, share in enumerate(row.shares):
            label = f"{step + 1} {question.options[step]}" if y == 0 else None
            axes.barh(y, share, left=left, height=0.62, color=colours[step], label=label, edgecolor="white")
            if share >= 0.06:
                ink = "white" if step in (0, steps - 1) else INK
                axes.text(
                    left + share / 2, y, f"{share:.0%}", ha="center", va="center", color=ink, fontsize=12 * POINTS
                )
            left += share
    _name_rows(axes, [row.arm for row in shown])
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    legend = axes.legend(loc="upper left", bbox_to_anchor=(0, -0.02), ncol=steps, frameon=False, fontsize=12 * POINTS)
    for text in legend.get_texts():
        text.set_parse_math(False)
    return _png(figure)


def draw_differences(compared: Sequence[Compared], question: Question) -> bytes:
    """A line a pathology: the difference with its interval. PNG."""
    shown = [one for one in compared if one.question == question.name and one.difference.value is not None]
    several = len({one.arm for one in shown}) > 1
    figure, axes = _canvas(70 + 32 * max(1, len(shown)), 330)
    for y, one in enumerate(shown):
        difference = one.difference
        is_all = not one.pathology
        colour, marker = (INK, "D") if is_all else (BLUE, "o")
        assert difference.value is not None  # those without are left out above
        if difference.low is not None and difference.high is not None:
            axes.hlines(y, difference.low, difference.high, color=colour, linewidth=1.8)
        axes.plot([difference.value], [y], marker, color=colour, markersize=7, markeredgewidth=0)
    _name_rows(axes, [f"{one.pathology or ALL}{f', {one.arm}' if several else ''} (n = {one.pairs})" for one in shown])
    axes.axvline(0, color=FAINT, linewidth=1.2, zorder=0)
    axes.grid(axis="x", color=LINE)
    axes.set_axisbelow(True)
    base = shown[0].other if shown else ""
    label = axes.set_xlabel(f"Steps above {base}; to the right rated better", color=FAINT, fontsize=12 * POINTS)
    label.set_parse_math(False)
    axes.tick_params(axis="x", labelsize=12 * POINTS, labelcolor=FAINT, length=0)
    return _png(figure)


def _canvas(height: int, left: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH / DPI, height / DPI), facecolor="white")
    FigureCanvasAgg(figure)
    bottom = 46 / height
    axes = figure.add_axes((left / WIDTH, bottom, 1 - (left + 20) / WIDTH, 1 - bottom - 8 / height))
    axes.spines[:].set_visible(False)
    return figure, axes


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    cut = [name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…" for name in names]
    axes.set_yticks(range(len(cut)), cut, color=INK, fontsize=13 * POINTS)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.set_ylim(max(1, len(cut)) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def _png(figure: Figure) -> bytes:
    content = io.BytesIO()
    with without_warnings():  # of letters that the font lacks
        figure.savefig(content, format="png", dpi=DPI * SHARPNESS, metadata={"Software": None})
    return content.getvalue()
