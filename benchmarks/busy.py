"""How much slower an answer is beside other busy programs: the table "On a busy machine" of docs/performance.md.

    python -m benchmarks.busy [--rounds 3] [--write]

As many endless loops as there are processors run beside it. Each measurement is a process of its own, with threads
that wait as torch has them and as `cxr_grounding.waiting` does, alone and beside the loops, in turns. Ratios are taken
within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import torch

from benchmarks.alone import run_alone
from benchmarks.bench import PAGE, ROOT
from benchmarks.operators import full_size_inputs, random_unet
from benchmarks.rate import timed
from benchmarks.tables import as_markdown, spread, threads, write_into_page
from cxr_grounding import Grounder, read_image
from cxr_grounding.waiting import SAID, wait_briefly

PHANTOM = ROOT / "CXRGrounding" / "Resources" / "SampleData" / "phantom-2000012.dcm"
WORKS = ("setting a radiograph", "its first phrase", "one forward at full size")
SETTINGS = ("torch's own", "brief waiting")
LOOP = "while True: pass"


def measure() -> dict[str, float]:
    """Seconds of each of `WORKS`, in this process: the first two with the bundled model."""
    radiograph, device = read_image(PHANTOM), torch.device("cpu")
    seconds = []
    with closing(Grounder.open(device="cpu", preset="paper")) as grounder:
        seconds.append(timed(device, lambda: grounder.set_radiograph(radiograph)))
        seconds.append(timed(device, lambda: grounder.ground("Large left pleural effusion")))
    unet, (latent, context) = random_unet(device), full_size_inputs(device)
    with torch.inference_mode():
        unet(latent, 500, context, return_dict=False)
        seconds.append(timed(device, lambda: unet(latent, 500, context, return_dict=False)))
    return dict(zip(WORKS, seconds, strict=True))


def measure_round() -> dict[str, dict[str, dict[str, float]]]:
    """Seconds by setting, then "alone" and "beside", then work."""
    found: dict[str, dict[str, dict[str, float]]] = {setting: {"alone": _measured(setting)} for setting in SETTINGS}
    with busy_loops(os.cpu_count() or 1):
        for setting in SETTINGS:
            found[setting]["beside"] = _measured(setting)
    return found


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """Keep that many processors busy meanwhile."""
    loops = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def as_table(rounds: Sequence[dict[str, dict[str, dict[str, float]]]]) -> str:
    """Markdown."""
    rows = [
        ["", "threads wait", "alone / torch's own alone", "beside busy loops / alone"],
        ["---", "---", "---:", "---:"],
    ]
    for work in WORKS:
        for setting in SETTINGS:
            alone = [one[setting]["alone"][work] / one[SETTINGS[0]]["alone"][work] for one in rounds]
            beside = [one[setting]["beside"][work] / one[setting]["alone"][work] for one in rounds]
            rows.append([work, setting, spread(alone, 2), spread(beside)])
    count = f"{len(rounds)} rounds in turns" if len(rounds) > 1 else "One round"
    return f"{count}, {threads(torch.get_num_threads())}, {os.cpu_count()} busy loops.\n\n{as_markdown(rows)}\n"


def _measured(setting: str) -> dict[str, float]:
    environment = {name: value for name, value in os.environ.items() if name not in SAID}
    if setting != SETTINGS[0]:
        wait_briefly(environment)
    return run_alone("busy", "--once", environment=environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure()))
        return
    table = as_table([measure_round() for _ in range(asked.rounds)])
    if asked.write:
        write_into_page(PAGE, "busy", table)
    print(table)


if __name__ == "__main__":
    main()
