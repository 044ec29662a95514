"""Measure the engine beside the plain procedure, in turns, and write the tables of docs/performance.md.

    make bench            on a CPU, some 15 minutes on two cores
    make bench-quick      one round, a few minutes; prints the tables and leaves the page alone
    make bench-whole      one round of every step at full size on a CPU, half an hour and 25 GB
    make bench-gpu        on a GPU: every step of everything runs, nothing is scaled

Each measurement is a process of its own (`scenario`). One round is the plain procedure, then the engine; ratios are
taken within a round, so that a machine that becomes slower meanwhile slows both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.alone import run_alone
from benchmarks.tables import as_tables, write_into_page
from cxr_grounding.diffusion.device import pick_device
from cxr_grounding.errors import DeviceError
from cxr_grounding.evaluation.ways_compared import correlation

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "performance.md"
BUNDLED = ROOT / "core" / "cxr_grounding" / "models" / "bundled" / "phantom-ldm"

GROUNDING = ("plain", "phrases", "report")
STARTING = ("import-torch", "worker")


def measure(scenario: str, *arguments: str | Path) -> dict[str, Any]:
    """Run one scenario and return what it printed; its progress and warnings go where this program's go."""
    print(f"  {scenario} {'(short) ' if '--short' in arguments else ''}...", file=sys.stderr, flush=True)
    return run_alone("scenario", scenario, *arguments)


def measure_grounding(folder: Path, device: str, rounds: int, short: bool, report: bool = True) -> dict[str, Any]:
    """Rounds of the plain procedure and the engine on one model.

    Args:
        folder: the model.
        device: to compute on.
        rounds: how many.
        short: whether to run part of the steps.
        report: whether to measure the report of ten phrases too.
    """
    scenarios = GROUNDING if report else GROUNDING[:-1]
    options = ["--model", str(folder), "--device", device, *(["--short"] if short else [])]
    measured, alike = [], None
    with tempfile.TemporaryDirectory() as scratch:
        for _ in range(rounds):
            maps = {name: Path(scratch) / f"{name}.npy" for name in scenarios}
            measured.append({name: measure(name, *options, "--heatmap", maps[name]) for name in scenarios})
            if not short:
                alike = _alike(np.load(maps["plain"]), np.load(maps["phrases"]))
    rate, cost = measure("rate", *options)["flops_per_second"], measure("cost", *options)["cost"]
    return {"rounds": measured, "short": short, "alike": alike, "rate": rate, "cost": cost}


def measure_starting(device: str, rounds: int) -> dict[str, Any]:
    """Rounds of `import torch` and the worker's first answer on the bundled model, after one that warms the disk."""
    options = ("--model", BUNDLED, "--device", device)
    runs = [{name: measure(name, *options) for name in STARTING} for _ in range(rounds + 1)]
    return {"rounds": runs[1:]}


def _alike(plain: np.ndarray, engine: np.ndarray) -> dict[str, float]:
    """How far two maps of one phrase are apart."""
    difference = float(np.abs(plain - engine).max() / np.ptp(plain))
    return {"largest_difference": difference, "correlation": correlation(plain, engine)}


def full_size_folder(folder: Path) -> Path:
    """The folder of the full-size model, written first where it is not there yet."""
    if not folder.exists():
        print(f"Writing the full-size model with random weights to {folder} (2.4 GB).", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "benchmarks.full_size", str(folder)], cwd=ROOT, check=True)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round, no report at full size, the page left alone")
    parser.add_argument("--whole", action="store_true", help="one round of all steps at full size, on a CPU too")
    parser.add_argument("--full-size", type=Path, default=ROOT / "runs" / "full-size", help="where that model lies")
    asked = parser.parse_args()
    try:
        gpu = pick_device(asked.device).type != "cpu"
    except DeviceError as error:
        parser.error(str(error))
    rounds = 1 if asked.quick or asked.whole else asked.rounds
    full_size = full_size_folder(asked.full_size)
    results = {}
    if not asked.whole:
        results["starting"] = measure_starting(asked.device, 2 * rounds)
        results["bundled"] = measure_grounding(BUNDLED, asked.device, rounds, short=False)
    results["full-size"] = measure_grounding(
        full_size, asked.device, rounds, short=not (gpu or asked.whole), report=gpu or not (asked.quick or asked.whole)
    )
    name = "quick" if asked.quick else "whole" if asked.whole else "gpu" if gpu else "cpu"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    tables = as_tables(results)
    if not asked.quick:
        write_into_page(PAGE, name, tables)
    print(tables)


if __name__ == "__main__":
    main()
