"""A cohort through a Ray cluster of two nodes on this machine beside the plain loop: docs/cohort.md, "Measured".

    python -m benchmarks.cohort [--images 200] [--write]

Both ground the same phantoms with the bundled model, two phrases each. Rows and maps must be equal to the bit. Seconds
are of the wall, and both are of one run, so that their ratio holds for whatever else the machine does; the processor's
are told beside them. Memory is that of the processes: how much more the driver and a worker hold in the end than after
their first images. All pixels together are many times what a worker may hold, which is two images.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.bench import ROOT
from benchmarks.tables import as_markdown, write_into_page
from benchmarks.two_nodes import STORE_BYTES, two_nodes
from cxr_grounding.ask import Ask
from cxr_grounding.cohort.manifest import Entry
from cxr_grounding.cohort.part_grounder import MAP, Plan
from cxr_grounding.cohort.run_cohort import read_rows_of, run_cohort
from cxr_grounding.cohort.stream import Resources, ground_parts
from cxr_grounding.grounder import Grounder
from cxr_grounding.many.ground_many import ground_many
from cxr_grounding.many.result_rows import NOT_OF_THE_ANSWER, Row
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom
from cxr_grounding.recipe import Places

PAGE = ROOT / "docs" / "cohort.md"

SEED, SIDE = 2_000_100, 256
"""Of the first phantom; pixels of a side."""

PHRASES = ("left effusion", "right lung")

NODES, PART_IMAGES = 2, 8

EARLY = 5
"""Images after which memory is first looked at: what the first ones bring stays."""


@dataclass(frozen=True)
class Way:
    """What one way through the images took.

    Args:
        rows: that it gave.
        maps: of the rows with an answer, [size, size], 8 bits.
        seconds: from the first image to the last row; opening the model left out.
        processor_seconds: of the process that grounds, for all images; of all workers together.
        grown_bytes: of that process, from its first images to its last; of the worker that grew most.
    """

    rows: list[Row]
    maps: list[np.ndarray]
    seconds: float
    processor_seconds: float
    grown_bytes: int


def main() -> None:
    """Draw, ground both ways, compare, print, and write into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--steps", type=int, help="of the inversion, in place of those of --preset")
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cxr-bench-") as folder:
        entries = drawn(Path(folder), given.images)
        ask = Ask(device="cpu", preset=given.preset, steps=given.steps, places=Places.NEVER)
        plain = plain_way(entries, ask)
        spread, driver_bytes = cluster_way(entries, ask, Path(folder))
    require_equal(plain, spread)
    text = told(given.images, plain, spread, driver_bytes, f"--preset {given.preset}")
    print(text)
    if given.write:
        write_into_page(PAGE, "measured", text)


def drawn(folder: Path, images: int) -> list[Entry]:
    """Phantoms as DICOM files, and what is asked of them."""
    entries = []
    for number in range(images):
        path = folder / f"{number:04d}.dcm"
        write_phantom_dicom(draw_phantom(SEED + number, SIDE), path)
        entries.append(Entry(path.stem, str(path), PHRASES))
    return entries


def plain_way(entries: list[Entry], ask: Ask) -> Way:
    """One image after the other in this process."""
    rows: list[Row] = []
    maps = []
    engine = Grounder.open(ask)
    before, begun, early = time.process_time(), time.perf_counter(), 0
    for number, found in enumerate(ground_many([entry.image for entry in entries], list(PHRASES), engine), 1):
        rows += found.rows()
        maps += [np.rint(answer.heatmap_frame * 255).astype(np.uint8) for answer in found.answers]
        early = held_bytes() if number == EARLY else early
    own = sum(one.nbytes for one in maps)
    taken = time.perf_counter() - begun, time.process_time() - before
    return Way(rows, maps, *taken, held_bytes() - early - own)


def cluster_way(entries: list[Entry], ask: Ask, folder: Path) -> tuple[Way, int]:
    """The same images by a worker on each of two nodes; with how much the driver's memory grew."""
    notes = folder / "notes"
    notes.mkdir()
    plan = Plan(str(folder / "out"), ask, readers=1)
    early = 0

    def parts_told(done: int, _failed: int, _of: int) -> None:
        nonlocal early
        early = early or held_bytes()

    with two_nodes() as cluster:
        resources = Resources(cluster.address, cpus=1, workers=NODES)
        run_cohort(
            entries,
            plan,
            lambda parts: ground_parts(parts, plan, resources, noting(notes)),
            part_images=PART_IMAGES,
            told=parts_told,
        )
        driver_bytes = held_bytes() - early
        ended = time.time()
    workers = [json.loads(note.read_text()) for note in notes.glob("*.json")]
    rows = list(read_rows_of(plan.out))
    way = Way(
        rows,
        [np.asarray(Image.open(io.BytesIO(row[MAP]))) for row in rows if row[MAP]],
        ended - min(worker["begun"] for worker in workers),
        sum(worker["processor_seconds"] for worker in workers),
        max(worker["grown_bytes"] for worker in workers),
    )
    return way, driver_bytes


def noting(notes: Path) -> Callable[[Ask], Any]:
    """Opens an engine that notes after each image what its process has taken; made whole, so that workers get it so."""
    early_images = EARLY

    def opens(ask: Ask) -> Any:
        import json
        import os
        import time
        from pathlib import Path

        from cxr_grounding.grounder import Grounder

        class Noting(Grounder):
            images = 0
            early = 0
            begun = processor = 0.0

            def set_radiograph(self, *given: Any, **named: Any) -> None:
                if self.images == 0:
                    self.begun, self.processor = time.time(), time.process_time()
                super().set_radiograph(*given, **named)

            def ground(self, *given: Any, **named: Any) -> Any:
                answers = super().ground(*given, **named)
                self.images += 1
                held = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                self.early = held if self.images == early_images else self.early
                note = {
                    "begun": self.begun,
                    "processor_seconds": time.process_time() - self.processor,
                    "grown_bytes": held - self.early if self.early else 0,
                    "images": self.images,
                }
                (notes / f"{os.getpid()}.json").write_text(json.dumps(note))
                return answers

        return Noting.open(ask)

    return opens


def held_bytes() -> int:
    """What this process holds in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def require_equal(plain: Way, spread: Way) -> None:
    """Refuse a run whose rows or maps are others on the cluster.

    Raises:
        SystemExit: with the first that differs.
    """
    left_out = {*NOT_OF_THE_ANSWER, MAP}
    for one, other in zip(plain.rows, spread.rows, strict=True):
        differing = [name for name, value in one.items() if name not in left_out and other[name] != value]
        if differing:
            raise SystemExit(f"{one['name']}, {one['phrase']}: {differing} differ")
    for number, (map_, same) in enumerate(zip(plain.maps, spread.maps, strict=True)):
        if not np.array_equal(map_, same):
            raise SystemExit(f"map {number} differs")


def told(images: int, plain: Way, spread: Way, driver_bytes: int, how: str) -> str:
    """Sentences and a table."""
    whole = images * SIDE**2 * 4 / 2**20
    rows = [
        ["", "plain loop", f"{NODES} nodes, a worker each"],
        ["---", "---", "---"],
        ["images a second", f"{images / plain.seconds:.2f}", f"{images / spread.seconds:.2f}"],
        ["ratio", "1", f"{plain.seconds / spread.seconds:.2f}"],
        [
            "processor seconds an image",
            f"{plain.processor_seconds / images:.2f}",
            f"{spread.processor_seconds / images:.2f}",
        ],
        [
            "memory that grew with the images: a worker",
            f"{plain.grown_bytes / 2**20:.0f} MB",
            f"{spread.grown_bytes / 2**20:.0f} MB",
        ],
        ["memory that grew with the images: the driver", "", f"{driver_bytes / 2**20:.0f} MB"],
    ]
    machine = (
        f"{os.cpu_count()} processors ({platform.machine()}), other work on them: {os.getloadavg()[1]:.0f} processes"
    )
    return (
        f"{images} phantoms of {SIDE} x {SIDE} pixels, {len(PHRASES)} phrases each, the bundled model with `{how}`; "
        f"{machine}. {len(spread.rows)} rows and {len(spread.maps)} maps, equal to the bit both ways. A worker holds "
        f"two images at most, of {images}; all pixels are {whole:.0f} MB, each node's store of objects "
        f"{STORE_BYTES // 2**20} MB.\n\n{as_markdown(rows)}\n"
    )


if __name__ == "__main__":
    main()
