"""What the rows of a run come to: table.csv, table.json and report.html beside samples.csv."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cxr_grounding.answers.picture import Caption, Marks, as_png, draw_overlay
from cxr_grounding.disk.json_file import write_json
from cxr_grounding.errors import RadiographError
from cxr_grounding.evaluation.datasets.dataset import Sample
from cxr_grounding.evaluation.published_figures import PublishedFigures
from cxr_grounding.evaluation.report.page import Report, ReportPicture, write_report
from cxr_grounding.evaluation.run.evaluation import Evaluation
from cxr_grounding.evaluation.run.images import fitted, open_image
from cxr_grounding.evaluation.run.record import CONTROLS_ASKED, HEATMAPS
from cxr_grounding.evaluation.run.samples_file import ScoredSample
from cxr_grounding.evaluation.table import Table, make_table, write_table_csv
from cxr_grounding.frame import ModelFrame
from cxr_grounding.maps import find_regions
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import Recipe

MOST_PICTURES = 6
"""Of the best samples, and as many of the worst, by mIoU."""


def write_results(
    evaluation: Evaluation, out: Path, *, published: Sequence[PublishedFigures] = (), progress: Progress | None = None
) -> Table:
    """Write what the rows of an evaluation come to. The model is not asked again.

    Args:
        evaluation: of `evaluate_dataset`.
        out: the folder that it wrote to.
        published: figures to print beside, if they are about this dataset.
        progress: told after every picture.

    Returns:
        The table.

    Raises:
        OutputError: when something cannot be written.
    """
    table = make_table([row.score for row in evaluation.rows])
    write_table_csv(out / "table.csv", table)
    write_json(out / "table.json", table.as_dict())
    best, worst = extremes(evaluation.rows)
    samples = {sample.key: sample for sample in evaluation.dataset.samples}
    pictures: dict[tuple[str, str], ReportPicture] = {}
    for number, row in enumerate((*best, *worst)):
        report(progress, "pictures", number, len(best) + len(worst))
        picture = _picture(row, samples[row.key], evaluation, out)
        if picture is not None:
            pictures[row.key] = picture
    report(progress, "pictures", len(best) + len(worst), len(best) + len(worst))
    page = Report(
        title=f"{evaluation.dataset.name}: {evaluation.record.asked['model']['name']}",
        table=table,
        published=published,
        problems=evaluation.problems,
        about=_about(evaluation),
        best=[pictures[row.key] for row in best if row.key in pictures],
        worst=[pictures[row.key] for row in worst if row.key in pictures],
    )
    write_report(out / "report.html", page)
    return table


def extremes(rows: Sequence[ScoredSample]) -> tuple[list[ScoredSample], list[ScoredSample]]:
    """The best and the worst by mIoU, best and worst first, at most `MOST_PICTURES` each and none in both."""
    ordered = sorted(rows, key=lambda row: (-row.score.figures["miou"], row.key))
    best = ordered[: min(MOST_PICTURES, (len(ordered) + 1) // 2)]
    return best, ordered[len(best) :][::-1][:MOST_PICTURES]


def _picture(row: ScoredSample, sample: Sample, evaluation: Evaluation, out: Path) -> ReportPicture | None:
    """The overlay of a sample, from its kept heatmap; None when its files are gone since."""
    asked = evaluation.record.asked
    try:
        opened = open_image((sample,))
        radiograph = opened.radiograph
        scaled, _ = fitted(opened.samples[0], radiograph.shape)
        with Image.open(out / HEATMAPS / row.heatmap) as image:
            levels = np.asarray(image, dtype=np.float32)
    except (RadiographError, OSError):
        return None
    frame = ModelFrame.of(radiograph, Recipe.from_dict(asked["recipe"]))
    heatmap = frame.to_radiograph(levels / 255)
    overlay = draw_overlay(
        radiograph,
        heatmap,
        Caption(sample.phrase, f"{asked['model']['name']}: {asked['model']['label']}"),
        Marks(boxes=[one.box for one in find_regions(heatmap)], annotated=scaled.boxes, seen=frame.seen_stored),
    )
    return ReportPicture(row.score, as_png(overlay))


def _about(evaluation: Evaluation) -> dict[str, str]:
    """What was run, in words."""
    asked, noted = evaluation.record.asked, evaluation.record.noted
    model, recipe, options = asked["model"], asked["recipe"], asked.get("options", {})
    about = {
        "Model": f"{model['name']} {model['version']}".strip(),
        "Label": model["label"],
        "Dataset": evaluation.dataset.name,
        "Annotations": noted.get("annotations", ""),
        "SHA-256 of the annotations": asked.get("annotations_sha256", ""),
        "Images": noted.get("images", ""),
        "Options": _listed(options | ({"limit": noted["limit"]} if noted.get("limit") else {})),
        "Samples": f"{len(evaluation.rows)} of {len(evaluation.dataset.samples)}",
        "Controls": "measured" if asked.get(CONTROLS_ASKED) else "not measured",
        "Boxes": " ".join(evaluation.notes),
        "Recipe": _listed(recipe),
        "Device": noted.get("device", ""),
        "Precision": asked.get("precision", ""),
        "Program": f"cxr-ground {asked['program']}",
    }
    return {name: text for name, text in about.items() if text}


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_said(value)}" for name, value in values.items() if value not in (None, [], ""))


def _said(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
