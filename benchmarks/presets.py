"""What the presets cost and lose: each on the same fresh phantoms, beside the exact answer. docs/method.md, "Presets".

    python -m benchmarks.presets --count 300 --out presets.json

grounds every finding of `count` phantoms with every preset, prints a table, and keeps its figures as JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from benchmarks import cost
from benchmarks.agreement import compare, figures
from benchmarks.tables import as_markdown
from cxr_grounding.ask import Ask
from cxr_grounding.disk.json_file import write_json
from cxr_grounding.grounder import Grounder
from cxr_grounding.presets import PAPER, PRESETS
from cxr_grounding.recipe import Recipe

HEADINGS = (
    "preset",
    "passes (radiograph + partial + whole)",
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


def measure(engines: dict[str, Grounder], count: int, seed: int) -> dict[str, dict[str, Any]]:
    """The figures of the table, by preset, each under its heading's name for JSON."""
    found = compare(engines, count, seed)
    model = engines[PAPER.name].model
    published = cost.full_size_on_meta()
    sizes = {"published": (published, Recipe()), "bundled": (model, model.recipe)}
    rows: dict[str, dict[str, Any]] = {}
    for name in engines:
        rows[name] = figures(found[name], found[PAPER.name])
        for size, (at, own) in sizes.items():
            recipe = PRESETS[name].applied(own)
            passes, one = cost.PassCount.of(recipe), cost.pass_cost(at, recipe)
            rows[name][size] = {
                "passes": dataclasses.asdict(passes),
                "first_phrase_forwards": passes.radiograph + passes.phrase(one, is_first=True),
                "next_phrase_forwards": passes.phrase(one),
            }
    return rows


def markdown(found: dict[str, dict[str, Any]]) -> str:
    """The figures as a table for docs/method.md."""
    lines = [HEADINGS, ("---",) * len(HEADINGS)]
    for name, of in found.items():
        at, here = of["published"], of["bundled"]
        lines.append(
            (
                f"`{name}`",
                "{radiograph} + {partial} + {whole}".format(**at["passes"]),
                f"{at['first_phrase_forwards']:.1f}",
                f"{at['next_phrase_forwards']:.1f}",
                "{radiograph} + {partial} + {whole}".format(**here["passes"]),
                f"{here['first_phrase_forwards']:.1f}",
                f"{of['miou']:.3f}",
                f"{of['miou_difference']:+.4f} ({of['miou_difference_standard_error']:.4f})",
                f"{of['auc']:.3f}",
                f"{of['correlation_mean']:.4f}",
                f"{of['correlation_lowest_5_percent']:.4f}",
            )
        )
    return as_markdown(lines)


def main() -> None:
    """Compare, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="How many fresh phantoms.")
    parser.add_argument("--seed", type=int, default=0, help="Of the first.")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="Also write the figures there, as JSON.")
    asked = parser.parse_args()
    ask = Ask(device=asked.device, keep_arrays=True)
    engines = {name: Grounder.open(ask, preset=name) for name in PRESETS}
    found = measure(engines, asked.count, asked.seed)
    print(markdown(found))
    if asked.out:
        device = engines[PAPER.name].opened.device
        write_json(asked.out, {"phantoms": asked.count, "seed": asked.seed, "device": device, "presets": found})


if __name__ == "__main__":
    main()
