"""What the presets cost and lose: each on the same fresh phantoms, beside the exact answer. docs/method.md, "Presets".

    python -m benchmarks.presets --count 300 --out presets.json

grounds every finding of `count` phantoms with every preset, prints a table, and keeps its figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import cost
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.evaluation.phantom_benchmark import FindingScore, Summary, evaluate_phantoms, summarise
from cxr_grounding.files.atomic import written_whole
from cxr_grounding.grounder import Grounder
from cxr_grounding.grounding import Grounding
from cxr_grounding.models.registry import find_model
from cxr_grounding.presets import PAPER, PRESETS
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import Recipe

HEADINGS = (
    "preset",
    "passes (full + partial)",
    "first phrase, forwards' worth (published size)",
    "next phrase (published size)",
    "passes, bundled model",
    "first phrase (bundled model)",
    "mIoU",
    "mIoU less paper's (standard error)",
    "AUC-ROC",
    "correlation with paper: mean",
    "lowest 5 %",
)


@dataclass
class Remembering:
    """A grounder that keeps the thresholded maps on the model's frame, for comparison, besides answering."""

    grounder: Grounder
    maps: list[NDArray[np.float32]] = field(default_factory=list)

    def set_radiograph(self, radiograph: Radiograph) -> None:
        """As the grounder does."""
        self.grounder.set_radiograph(radiograph)

    def ground(self, phrases: list[str]) -> list[Grounding]:
        """As the grounder does."""
        answers = self.grounder.ground(phrases, keep_arrays=True)
        self.maps = [answer.arrays.heatmap_frame for answer in answers if answer.arrays is not None]
        return answers


@dataclass
class Row:
    """What was found with one preset: a score and a correlation with `paper` a finding."""

    recipe: Recipe
    scores: list[FindingScore] = field(default_factory=list)
    correlations: list[float] = field(default_factory=list)

    @property
    def summary(self) -> Summary:
        """The benchmark's figures."""
        return summarise(self.scores)


def compare(model: LatentDiffusionModel, count: int, seed: int) -> dict[str, Row]:
    """Ground the findings of `count` phantoms from `seed` on with every preset."""
    rows = {name: Row(preset.applied(model.recipe)) for name, preset in PRESETS.items()}
    grounders = {name: Remembering(Grounder(model, recipe=row.recipe)) for name, row in rows.items()}
    for number in range(count):
        for name, grounder in grounders.items():
            scores = list(evaluate_phantoms(grounder, 1, seed + number))
            # The benchmark asks for the findings first, then for as many sentences of others.
            pairs = zip(grounders[PAPER.name].maps, grounder.maps, strict=True) if scores else ()
            rows[name].scores += scores
            rows[name].correlations += [correlation(*pair) for pair in pairs][: len(scores)]
        print(f"\r{number + 1} of {count}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rows


def correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Pearson's, over all pixels of the frame."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def figures(rows: dict[str, Row], model: LatentDiffusionModel) -> dict[str, dict[str, Any]]:
    """The figures of the table, by preset, each under its heading's name for JSON."""
    published = cost.full_size_on_meta()
    sizes = {"published": (published, Recipe()), "bundled": (model, model.recipe)}
    found: dict[str, dict[str, Any]] = {}
    for name, row in rows.items():
        differences = np.subtract([s.miou for s in row.scores], [s.miou for s in rows[PAPER.name].scores])
        found[name] = {
            "findings": len(row.scores),
            "miou": row.summary.mean["miou"],
            "auc": row.summary.mean["auc"],
            "miou_difference": row.summary.mean["miou"] - rows[PAPER.name].summary.mean["miou"],
            "miou_difference_standard_error": float(differences.std(ddof=1) / np.sqrt(len(differences))),
            "correlation_mean": float(np.mean(row.correlations)),
            "correlation_lowest_5_percent": float(np.quantile(row.correlations, 0.05)),
        }
        for size, (at, own) in sizes.items():
            recipe = PRESETS[name].applied(own)
            full, partial = len(recipe.predicted), len(recipe.kept)
            passes = cost.pass_cost(at, recipe)
            found[name][size] = {
                "passes": {"full": full, "partial": partial},
                "first_phrase_forwards": passes.forwards(full, partial),
                "next_phrase_forwards": passes.forwards(0, partial),
            }
    return found


def markdown(found: dict[str, dict[str, Any]]) -> str:
    """The figures as a table for docs/method.md."""
    lines = [HEADINGS, ("---",) * len(HEADINGS)]
    for name, of in found.items():
        at, here = of["published"], of["bundled"]
        lines.append(
            (
                f"`{name}`",
                "{full} + {partial}".format(**at["passes"]),
                f"{at['first_phrase_forwards']:.1f}",
                f"{at['next_phrase_forwards']:.1f}",
                "{full} + {partial}".format(**here["passes"]),
                f"{here['first_phrase_forwards']:.1f}",
                f"{of['miou']:.3f}",
                f"{of['miou_difference']:+.4f} ({of['miou_difference_standard_error']:.4f})",
                f"{of['auc']:.3f}",
                f"{of['correlation_mean']:.4f}",
                f"{of['correlation_lowest_5_percent']:.4f}",
            )
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Compare, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="How many fresh phantoms.")
    parser.add_argument("--seed", type=int, default=0, help="Of the first.")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="Also write the figures there, as JSON.")
    asked = parser.parse_args()
    model = LatentDiffusionModel.open(find_model(None).folder, asked.device)
    found = figures(compare(model, asked.count, asked.seed), model)
    print(markdown(found))
    if asked.out:
        document = {"phantoms": asked.count, "seed": asked.seed, "device": str(model.device), "presets": found}
        with written_whole(asked.out, ".json") as temporary:
            temporary.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
