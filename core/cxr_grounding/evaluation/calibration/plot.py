"""The reliability plot: what a calibration predicts, against what was seen on images that were left out of the fit."""

from __future__ import annotations

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxr_grounding.evaluation.calibration.fit import Fitted
from cxr_grounding.evaluation.report.chart import BLUE, FAINT, INK, LINE, RULE
from cxr_grounding.quiet import without_warnings

INCHES, DPI = (6.0, 6.4), 150


def draw_reliability(fitted: Fitted, model: str) -> bytes:
    """The plot as a PNG; the same calibration gives the same bytes.

    Args:
        fitted: with its bins.
        model: what it is called.
    """
    figure = Figure(figsize=INCHES, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.13, 0.12, 0.83, 0.72))
    axes.plot([0, 1], [0, 1], color=RULE, linewidth=1.2)
    most = max((one.phrases for one in fitted.bins), default=1)
    axes.plot([one.predicted for one in fitted.bins], [one.seen for one in fitted.bins], color=BLUE, linewidth=1.2)
    axes.scatter(
        [one.predicted for one in fitted.bins],
        [one.seen for one in fitted.bins],
        s=[20 + 180 * one.phrases / most for one in fitted.bins],
        color=BLUE,
        zorder=3,
        clip_on=False,
    )
    for one in fitted.bins:
        axes.annotate(
            f"{one.phrases}", (one.predicted, one.seen), (9, -12), textcoords="offset points", color=FAINT, fontsize=8
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.grid(color=LINE)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=FAINT)
    axes.set_xlabel("predicted share of true phrases", color=INK)
    axes.set_ylabel("seen share", color=INK)
    calibration = fitted.calibration
    figure.text(
        0.13,
        0.88,
        f"{model}, fitted on {calibration.fitted_on}\n{calibration.present} true and {calibration.absent} absent "
        f"phrases, weighted as if equally many\nAUROC {calibration.auroc:.3f}, mean difference "
        f"{calibration.calibration_error:.3f}; points: how many phrases",
        color=INK,
        fontsize=10,
        parse_math=False,
    )
    content = io.BytesIO()
    with without_warnings():
        figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()
