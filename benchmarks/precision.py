"""What half precision changes: single and half on the same fresh phantoms, for docs/performance.md.

    python -m benchmarks.precision --count 300 --write

Half precision means the same on a CPU and on a GPU, but for the order of sums; only a GPU is faster in it.
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks.agreement import compare, figures
from benchmarks.bench import PAGE, RESULTS
from benchmarks.tables import as_markdown, put_into_page
from cxr_grounding.ask import Ask
from cxr_grounding.ask import PRECISIONS
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


def measure(device: str, count: int, seed: int) -> dict[str, dict[str, Any]]:
    """Figures by precision."""
    ask = Ask(device=device, preset=PAPER.name, keep_arrays=True)
    found = compare({name: Grounder.open(ask, precision=name) for name in PRECISIONS}, count, seed)
    return {name: figures(of, found["single"]) for name, of in found.items()}


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
    parser.add_argument("--write", action="store_true", help="into docs/performance.md, and the figures as JSON")
    asked = parser.parse_args()
    rows = measure(asked.device, asked.count, asked.seed)
    table = markdown(rows, asked.count, asked.device)
    if asked.write:
        document = {"phantoms": asked.count, "seed": asked.seed, "device": asked.device, "precisions": rows}
        write_json(RESULTS / "precision.json", document)
        PAGE.write_text(put_into_page(PAGE.read_text(encoding="utf-8"), "precision", table), encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
