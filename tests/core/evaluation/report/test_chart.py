"""The chart: every figure where it belongs, drawn the same every time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from PIL import Image

from cxr_grounding.evaluation.report.chart import MOST_LETTERS, SHARPNESS, WIDTH, chart_of, draw_chart
from cxr_grounding.evaluation.table import Table, make_table
from scores import score


def marks(axes: Axes) -> list[tuple[float, float, str]]:
    """Value, row and shape of each mark."""
    lines = [line for line in axes.lines if line.get_marker() != "None"]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0]), str(line.get_marker())) for line in lines]


def intervals(axes: Axes) -> list[list[float]]:
    """Ends of each interval."""
    return [collection.get_paths()[0].vertices[:, 0].tolist() for collection in axes.collections]


def line_of_nothing(axes: Axes) -> Line2D:
    (line,) = [line for line in axes.lines if line.get_marker() == "None"]
    return line


def test_the_chart_puts_every_figure_where_it_belongs(table: Table) -> None:
    miou, auc, signed = chart_of(table).axes
    assert [axes.get_title(loc="left") for axes in (miou, auc, signed)] == [
        "mIoU",
        "AUC-ROC (soft map)",
        "CNR (signed)",
    ]
    assert marks(miou) == [
        (pytest.approx(0.3), 0, "o"),
        (0.5, 1, "o"),
        (pytest.approx(0.4), 2, "D"),
    ], "dots, and a diamond for the mean"
    assert intervals(miou) == [pytest.approx([0.25, 0.35])], "one image has no interval, and neither has its mean"
    assert [label.get_text() for label in miou.get_xticklabels()] == ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]
    assert marks(signed) == [(-1, 0, "o"), (-1, 2, "D")], "Pneumonia has no signed CNR"
    assert [line_of_nothing(axes).get_xdata()[0] for axes in (miou, auc, signed)] == [0, 0.5, 0]
    for axes in (miou, auc, signed):
        low, high = axes.get_xlim()
        assert all(low <= value <= high for value, _, _ in marks(axes))
        assert axes.get_ylim() == (2.5, -0.5), "the first row is at the top"


def test_rows_are_named_at_the_left_as_they_are() -> None:
    name = r"$\\frac{a}{0}$ <b>&"
    long = "x" * 80
    axes = chart_of(make_table([score("a", name, 0.5), score("b", long, 0.5)])).axes[0]
    assert [text.get_text() for text in axes.texts] == [name, f"{'x' * (MOST_LETTERS - 1)}…", "mean of pathologies"]
    assert not any(text.get_parse_math() for text in axes.texts)
    assert [text.get_position()[1] for text in axes.texts] == [0, 1, 2]


def test_the_same_table_gives_the_same_bytes_of_a_picture_that_is_sharp(table: Table) -> None:
    content = draw_chart(table)
    assert content == draw_chart(table)
    with Image.open(io.BytesIO(content)) as image:
        assert image.width == SHARPNESS * WIDTH
        assert set(image.info) <= {"dpi"}, "no date, no program"
        colours = np.asarray(image.convert("RGB")).reshape(-1, 3)
    for colour in ((28, 93, 153), (29, 36, 48)):
        assert (colours == colour).all(axis=1).sum() > 100, "dots are blue, the diamond is dark"


def test_hostile_names_draw_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    draw_chart(make_table([score("a", "$x_{", 0.5), score("b", "\u80ba\u708e", 0.5)]))
    assert [str(warning.message) for warning in recwarn] == []
