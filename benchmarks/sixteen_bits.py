"""What bfloat16 and channels-last images are worth on this CPU: all side by side in one run, for docs/performance.md.

    python -m benchmarks.sixteen_bits [--rounds 3] [--whole] [--write]

Single operations of the full-size U-Net, whole forwards of it, and where bfloat16 is fast, or with `--whole`, a first
and a next phrase, some of the steps, in processes of their own. Ratios within a round. A processor without the
instructions shows that there auto is single, and how slow bfloat16 is; `ONEDNN_MAX_CPU_ISA=AVX2 python -m
benchmarks.sixteen_bits` shows it on one with.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import conv2d

from benchmarks.bench import PAGE, ROOT, full_size_folder, measure
from benchmarks.operators import full_size_inputs, random_unet
from benchmarks.rate import timed
from benchmarks.scenario import processor
from benchmarks.tables import as_markdown, spread, threads, write_into_page
from cxr_grounding.ask import BFLOAT16, SINGLE
from cxr_grounding.diffusion.device import is_fast_in_bfloat16

CPU = torch.device("cpu")
CONVOLUTIONS = ((512, 32), (320, 64), (768, 16))
"""Channels, in and out, and the side of the image, of 3 x 3 convolutions."""

SIDE = 1024
"""Of the matrices in a product."""

AS_TODAY, CHANNELS_LAST, NARROW = "single", "single, channels-last", "bfloat16, channels-last"


def operations() -> dict[str, dict[str, Callable[[], object]]]:
    """Work by its name, each in three ways."""
    work: dict[str, dict[str, Callable[[], object]]] = {}
    for channels, side in CONVOLUTIONS:
        weight, image = torch.randn(channels, channels, 3, 3), torch.randn(1, channels, side, side)
        last = [of.contiguous(memory_format=torch.channels_last) for of in (image, weight)]
        narrow = [of.bfloat16() for of in last]
        work[f"3 x 3 convolution, {channels} channels, {side} x {side}"] = {
            AS_TODAY: partial(conv2d, image, weight, padding=1),
            CHANNELS_LAST: partial(conv2d, *last, padding=1),
            NARROW: partial(conv2d, *narrow, padding=1),
        }
    square = torch.randn(SIDE, SIDE)
    narrow_square = square.bfloat16()
    work[f"matrix product, {SIDE} x {SIDE}"] = {
        AS_TODAY: lambda: square @ square,
        NARROW: lambda: narrow_square @ narrow_square,
    }
    return work


def forwards(unets: Mapping[str, torch.nn.Module]) -> dict[str, dict[str, Callable[[], object]]]:
    """A forward of the full-size U-Net in each way."""
    latent, context = full_size_inputs(CPU)
    return {"one forward at full size": {way: partial(unet, latent, 500, context) for way, unet in unets.items()}}


def in_turns(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, str]:
    """How many times faster than the first way each is: the median of rounds, after one that is not counted."""
    took: dict[str, list[float]] = {way: [] for way in ways}
    with torch.inference_mode():
        for number in range(rounds + 1):
            for way, work in ways.items():
                seconds = timed(CPU, work)
                if number:
                    took[way].append(seconds)
    first = took[next(iter(ways))]
    return {way: spread([a / b for a, b in zip(first, own, strict=True)], 2) for way, own in took.items()}


def unets() -> dict[str, torch.nn.Module]:
    """The U-Net in the three ways."""
    single, last = random_unet(CPU, torch.float32), random_unet(CPU, torch.float32)
    return {
        AS_TODAY: single,
        CHANNELS_LAST: last.to(memory_format=torch.channels_last),  # type: ignore[call-overload] # torch's own stub
        NARROW: random_unet(CPU, torch.bfloat16),
    }


def phrases(folder: Path, rounds: int) -> tuple[list[tuple[str, ...]], str]:
    """Rows for a first and a next phrase, and a sentence on memory."""
    options = ("--model", folder, "--device", "cpu", "--short", "--precision")
    runs = [{name: measure("phrases", *options, name) for name in (SINGLE, BFLOAT16)} for _ in range(rounds)]

    def row(part: str) -> tuple[str, ...]:
        ratios = [run[SINGLE][part]["scaled_seconds"] / run[BFLOAT16][part]["scaled_seconds"] for run in runs]
        return (f"{part} phrase at full size, scaled", "1.00", "-", spread(ratios, 2))

    peaks = {name: statistics.median(_peak(run[name]) for run in runs) / 1e9 for name in (SINGLE, BFLOAT16)}
    memory = f"Most that was resident: {peaks[SINGLE]:.2f} GB in single precision, {peaks[BFLOAT16]:.2f} in bfloat16."
    return [row("first"), row("next")], memory


def _peak(run: dict[str, Any]) -> float:
    return float(run["next"]["peak_host_bytes"])


def machine() -> str:
    """What computes, and which precision it takes there."""
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA", "")
    limited = f", ONEDNN_MAX_CPU_ISA={limit}" if limit else ""
    auto = BFLOAT16 if is_fast_in_bfloat16() else SINGLE
    return (
        f"Measured on: {processor()}, {threads(torch.get_num_threads())}{limited}; torch {torch.__version__}. "
        f"There `auto` is {auto} with a large model."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="phrases too, on any processor; needs 2.4 GB of disk")
    parser.add_argument("--full-size", type=Path, default=ROOT / "runs" / "full-size", help="where that model lies")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    rows: list[tuple[str, ...]] = [("times faster than single precision as it is", AS_TODAY, CHANNELS_LAST, NARROW)]
    rows.append(("---", *["---:"] * 3))
    for name, ways in (operations() | forwards(unets())).items():
        found = in_turns(ways, asked.rounds)
        rows.append((name, *(found.get(way, "-") for way in (AS_TODAY, CHANNELS_LAST, NARROW))))
    sentences = [machine()]
    if asked.whole or is_fast_in_bfloat16():
        more, memory = phrases(full_size_folder(asked.full_size), asked.rounds)
        rows += more
        sentences.append(memory)
    text = "\n\n".join([sentences[0], as_markdown(rows), *sentences[1:]]) + "\n"
    if asked.write:
        write_into_page(PAGE, "sixteen-bits", text)
    print(text)


if __name__ == "__main__":
    main()
