"""What a cohort takes, computed from counts, and a simulation that holds the estimate to account: docs/scale.md.

    python -m benchmarks.scale [--write]

Nothing is measured here: rates and sizes are constants below, with where they come from. The simulation is seeded.
"""

from __future__ import annotations

import argparse
import heapq
import math
from dataclasses import dataclass

import numpy as np

from benchmarks.bench import ROOT
from benchmarks.tables import write_into_page
from cxr_grounding.cohort.manifest import FEWEST, MOST, PARTS

PAGE = ROOT / "docs" / "scale.md"

SIZES, GPUS = (1_000, 377_000, 10_000_000), (1, 8, 100)
PHRASES = 3
"""Of an image."""

FORWARD_SECONDS, PASS_SECONDS, PHRASE_SECONDS = 0.00508, 0.00077, 0.041
"""On an H200, published architecture (docs/performance.md, "On a GPU"): a forward of the inversion, (0.996 - 0.0866) s
by 179 of them; a short pass, 46 ms by 60; and of a phrase what no pass takes, 86.6 ms less those."""

WORK = {"paper": (179, 60), "balanced": (20, 20), "fast": (6, 6)}
"""Forwards once a radiograph, short passes a phrase (docs/performance.md, "What a preset costs", published recipe)."""

FILE_BYTES, READ_SECONDS, ROW_BYTES = 12.5e6, 0.2, 17_000
"""Of an image, MIMIC-CXR's 4.7 TB by 377,110; of a processor for one of that size, measured; of a row with its map."""

NETWORK, START_SECONDS = 1.25e9, 30.0
"""Bytes a second of a shared store over 10 Gbit/s; seconds until a worker has opened its model."""

SPREAD, SLOW_SHARE, SLOW_TIMES = 0.5, 0.01, 10.0
"""Of an image's time: its standard deviation as a share of the mean; images that take so many times as long (the mean
is kept)."""

HOURS_TO_FAILURE, BACK_SECONDS = 100.0, 120.0
"""Of a worker, on average; and until another one is there in its place. What it was at is begun anew."""

SEED = 20_261


@dataclass(frozen=True)
class Case:
    """A cohort on some GPUs with one preset."""

    images: int
    gpus: int
    preset: str

    @property
    def image_seconds(self) -> float:
        """Of a GPU for an image."""
        forwards, passes = WORK[self.preset]
        return forwards * FORWARD_SECONDS + PHRASES * (PHRASE_SECONDS + passes * PASS_SECONDS)

    @property
    def part_images(self) -> int:
        """As `cohort.manifest.cut_into_parts` cuts."""
        return max(FEWEST, min(MOST, self.images // PARTS))

    @property
    def parts(self) -> int:
        """How many there are."""
        return -(-self.images // self.part_images)

    @property
    def estimate(self) -> float:
        """Seconds: all work evenly on all GPUs in whole parts, the start, and what failures cost."""
        part = self.part_images * self.image_seconds
        lost = (part / 2 + BACK_SECONDS) / (HOURS_TO_FAILURE * 3600)
        if self.parts > 2 * self.gpus:  # the last of many rounds is waited for by half a part
            return START_SECONDS + (self.parts / self.gpus + 0.5) * part * (1 + lost)
        # Of few, the slowest part is waited for: so many deviations above the mean, of as many as there are GPUs.
        slowest = self.part_deviation * math.sqrt(2 * math.log(self.gpus)) if self.gpus > 1 else 0.0
        return START_SECONDS + -(-self.parts // self.gpus) * part * (1 + lost) + slowest

    @property
    def part_deviation(self) -> float:
        """Seconds: the standard deviation of a part's time."""
        usual = self.image_seconds / (1 + SLOW_SHARE * (SLOW_TIMES - 1))
        of_slow = SLOW_SHARE * (1 - SLOW_SHARE) * (usual * (SLOW_TIMES - 1)) ** 2
        return math.sqrt(self.part_images * ((SPREAD * usual) ** 2 + of_slow))


def simulated(case: Case, seed: int = SEED) -> float:
    """Seconds until the last part is done: each free worker takes the next part; workers fail, images differ."""
    random = np.random.default_rng(seed)
    free = [(START_SECONDS, worker) for worker in range(case.gpus)]
    heapq.heapify(free)
    fails = {worker: random.exponential(HOURS_TO_FAILURE * 3600) for worker in range(case.gpus)}
    usual = case.image_seconds / (1 + SLOW_SHARE * (SLOW_TIMES - 1))
    shape, end = 1 / SPREAD**2, 0.0
    for _ in range(case.parts):
        slow = random.binomial(case.part_images, SLOW_SHARE)
        work = random.gamma(shape * (case.part_images - slow), usual / shape) if slow < case.part_images else 0.0
        work += slow * usual * SLOW_TIMES
        now, worker = heapq.heappop(free)
        while now + work > fails[worker]:  # it is begun anew, by the one that takes its place
            now = max(now, fails[worker]) + BACK_SECONDS
            fails[worker] = now + random.exponential(HOURS_TO_FAILURE * 3600)
        end = max(end, now + work)
        heapq.heappush(free, (now + work, worker))
    return end


def tables() -> str:
    """All tables of the page, as Markdown."""
    lines = [
        "| images | preset | GPU seconds an image | 1 GPU | 8 GPUs | 100 GPUs | results |",
        "|---|---|---|---|---|---|---|",
    ]
    for images in SIZES:
        for preset in WORK:
            cases = [Case(images, gpus, preset) for gpus in GPUS]
            shown = " | ".join(f"{said(one.estimate)} ({off(one):+.1%})" for one in cases)
            size = images * PHRASES * ROW_BYTES / 1e9
            lines.append(f"| {images:,} | `{preset}` | {cases[0].image_seconds:.2f} | {shown} | {size:,.2f} GB |")
    lines += ["", "| preset | images a second, a GPU | processors to read for one GPU | GPUs that fill 10 Gbit/s |"]
    lines += ["|---|---|---|---|"]
    for preset in WORK:
        rate = 1 / Case(1, 1, preset).image_seconds
        lines.append(f"| `{preset}` | {rate:.2f} | {rate * READ_SECONDS:.1f} | {NETWORK / FILE_BYTES / rate:.0f} |")
    return "\n".join(lines) + "\n"


def off(case: Case) -> float:
    """How far the simulation is from the estimate, as a share of it."""
    return simulated(case) / case.estimate - 1


def said(seconds: float) -> str:
    """A time for people."""
    if seconds < 5400:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 72 * 3600 else f"{seconds / 86400:.1f} days"


def main() -> None:
    """Print the tables, or put them into the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="put them into docs/scale.md")
    text = tables()
    if parser.parse_args().write:
        write_into_page(PAGE, "scale", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
