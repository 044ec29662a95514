"""Damaged files before every reader of files from anywhere.

    python -m fuzzing [--seed 1] [--count 200000] [--processes 2] [--keep FOLDER]
    python -m fuzzing --seed 1 --only 4711 --keep FOLDER

Each file is named by the run's seed and its number, and made from them alone: the same on every machine with the same
versions of the libraries that write the whole ones. A file must be read, or refused with a sentence; it must raise
nothing else, end no process, print nothing, and take at most 10 s of the processors and 1.5 GB. What does otherwise is
kept, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fuzzing.children import try_all
from fuzzing.inputs import FORMATS, LARGE, format_of, make_input
from fuzzing.table import Tally
from fuzzing.trial import Outcome, put

_PROGRESS_EVERY = 10_000


def run(seed: int, indices: Sequence[int], processes: int, keep: Path | None) -> Tally:
    """Try the files of these numbers, and keep those that did what none should."""
    tally = Tally()
    for kind in {format_of(index) for index in indices}:
        len(kind.seeds)  # made here, before there are children that would each make them
    for number, outcome in enumerate(try_all(partial(make_input, seed), indices, format_of, processes), 1):
        tally.add(outcome)
        if not outcome.verdict.is_good:
            _tell(seed, outcome, keep)
        if number % _PROGRESS_EVERY == 0:
            print(f"{number} of {len(indices)}; {len(tally.bad)} did what none should", file=sys.stderr)
    return tally


def _tell(seed: int, outcome: Outcome, keep: Path | None) -> None:
    made = make_input(seed, outcome.index)
    print(f"--only {outcome.index}: {made.format.name}, {made.name}: {outcome.verdict.value}", file=sys.stderr)
    print("\n".join(outcome.said.strip().splitlines()[-12:])[:2000], file=sys.stderr)
    if keep is not None:
        folder = keep / f"{seed}-{outcome.index}"
        put(made, folder)
        (folder / "verdict.txt").write_text(f"{outcome.verdict.value}\n{outcome.said}\n", errors="replace")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", type=int, help="the file of one number")
    parser.add_argument("--format", help="only those of formats whose name begins so")
    parser.add_argument(
        "--keep", type=Path, help="folder for files that do what none should; with --only, for the file"
    )
    asked = parser.parse_args()
    if asked.only is not None:
        indices: Sequence[int] = [asked.only]
        if asked.keep is not None:
            print(put(make_input(asked.seed, asked.only), asked.keep / f"{asked.seed}-{asked.only}"))
    else:
        wanted = {kind for kind in (*FORMATS, LARGE) if kind.name.startswith(asked.format or "")}
        endless = (index for index in itertools.count() if format_of(index) in wanted)
        indices = list(itertools.islice(endless, asked.count if wanted else 0))
    start = time.monotonic()
    tally = run(asked.seed, indices, asked.processes, asked.keep)
    print(tally.as_markdown())
    rate = len(indices) / (time.monotonic() - start)
    print(f"\n{len(indices)} files of seed {asked.seed}, {rate:.0f} a second; {len(tally.bad)} did what none should.")
    return 1 if tally.bad else 0


if __name__ == "__main__":
    sys.exit(main())
