"""What 16 bits change: single, half and bfloat16 on the same fresh phantoms, for docs/performance.md.

    python -m benchmarks.precision --count 300 --write

A precision means the same on every processor, but for the order of sums; it is slow where the processor does not have
it. Says whether bfloat16 keeps its bounds (docs/decisions/0083-bfloat16-on-cpus.md), and ends with 1 where it does not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.agreement import compare, figures
from benchmarks.bench import PAGE, RESULTS
from benchmarks.tables import as_markdown, write_into_page
from cxr_grounding.ask import BFLOAT16, PRECISIONS, SINGLE, Ask
from cxr_grounding.disk.json_file import write_json
from cxr_grounding.grounder import Grounder
from cxr_grounding.presets import PAPER

HEADINGS = (
    "precision of the U-Net",
    "mIoU",
    "mIoU less single's (standard error)",
    "AUC-ROC",
    "correlation with single: mean",
    "lowest 5 %",
    "lowest",
    "before the threshold: lowest",
)


MEAN_AT_LEAST, LOWEST_5_PERCENT_AT_LEAST, MIOU_WITHIN = 0.9995, 0.995, 0.003
"""Sought of bfloat16: correlations of thresholded heatmaps with those in single precision; how far mIoU may move."""


def measure(ask: Ask, names: Sequence[str], count: int, seed: int) -> dict[str, dict[str, Any]]:
    """Figures by precision, single first."""
    found = compare({name: Grounder.open(ask, precision=name) for name in dict.fromkeys([SINGLE, *names])}, count, seed)
    return {name: figures(of, found[SINGLE]) for name, of in found.items()}


def broken_bounds(of: dict[str, Any]) -> list[str]:
    """Which of the bounds a precision's figures do not keep, in words."""
    held = {
        f"mean correlation {of['correlation_mean']:.5f}, sought {MEAN_AT_LEAST}": (
            of["correlation_mean"] >= MEAN_AT_LEAST
        ),
        f"lowest 5 % {of['correlation_lowest_5_percent']:.5f}, sought {LOWEST_5_PERCENT_AT_LEAST}": (
            of["correlation_lowest_5_percent"] >= LOWEST_5_PERCENT_AT_LEAST
        ),
        f"mIoU moved by {of['miou_difference']:+.5f}, sought within {MIOU_WITHIN}": (
            abs(of["miou_difference"]) < MIOU_WITHIN
        ),
    }
    return [sentence for sentence, is_held in held.items() if not is_held]


def markdown(rows: dict[str, dict[str, Any]], count: int, device: str) -> str:
    """A sentence and a table."""
    lines = [HEADINGS, ("---", *["---:"] * (len(HEADINGS) - 1))]
    for name, of in rows.items():
        lines.append(
            (
                name,
                f"{of['miou']:.4f}",
                f"{of['miou_difference']:+.5f} ({of['miou_difference_standard_error']:.5f})",
                f"{of['auc']:.4f}",
                f"{of['correlation_mean']:.5f}",
                f"{of['correlation_lowest_5_percent']:.5f}",
                f"{of['correlation_lowest']:.5f}",
                f"{of['raw_correlation_lowest']:.6f}",
            )
        )
    findings = rows["single"]["findings"]
    where = "a GPU" if device.startswith("cuda") else "a CPU"
    return f"The bundled model on {where}, {findings} findings of {count} fresh phantoms:\n\n{as_markdown(lines)}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="how many phantoms")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", help="default: the bundled one")
    parser.add_argument("--preset", default=PAPER.name)
    parser.add_argument("--precision", action="append", choices=PRECISIONS, help="default: all")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md, and the figures as JSON")
    asked = parser.parse_args()
    ask = Ask(asked.model, device=asked.device, preset=asked.preset, keep_arrays=True)
    rows = measure(ask, asked.precision or PRECISIONS, asked.count, asked.seed)
    table = markdown(rows, asked.count, asked.device)
    if asked.write:
        document = {"phantoms": asked.count, "seed": asked.seed, "device": asked.device, "precisions": rows}
        write_json(RESULTS / "precision.json", document)
        write_into_page(PAGE, "precision", table)
    print(table)
    if BFLOAT16 in rows:
        broken = broken_bounds(rows[BFLOAT16])
        print("\n".join(broken) or "bfloat16 keeps its bounds.")
        sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
