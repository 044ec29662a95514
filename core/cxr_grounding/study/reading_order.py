"""The order in which one reader sees the cases: drawn from the study's seed and the reader's name."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence

import numpy as np

from cxr_grounding.study.case_table import StudyCase

APART, ATTEMPTS = 3, 20
"""Cases that should lie between two about one radiograph, and how often a round is drawn to keep any two from following
each other, as far as that can be."""


def reading_order(cases: Sequence[StudyCase], seed: int, repeats: int, reader: str) -> tuple[str, ...]:
    """The items in the order in which a reader sees them; those that come twice stand there twice.

    The cases come in rounds. A pair of radiograph and phrase comes once in each round, with another model's map each
    time; and since a round has as many cases of each model as of any other, the models are balanced over the whole
    reading, whoever stops where a round ends. Which round comes first is drawn for each reader, and so is the order
    within each. What is shown twice comes again no sooner than after a third of the cases.

    Args:
        cases: of the study.
        seed: of the study.
        repeats: how many are shown twice; fewer where there are not as many that can be.
        reader: as the study's answers know the reader.
    """
    digest = hashlib.sha256(f"{seed}/{reader}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    turns = sorted({case.turn for case in cases})
    first = int(rng.integers(len(turns)))
    seen: list[StudyCase] = []
    for turn in turns[first:] + turns[:first]:
        of_round = [case for case in cases if case.turn == turn]
        drawn = (_drawn(of_round, seen[-APART:], rng) for _ in range(ATTEMPTS))
        seen += min(drawn, key=lambda one: _neighbours([*seen[-1:], *one]))
    return _with_repeats(seen, repeats, rng)


def _drawn(cases: Sequence[StudyCase], before: Sequence[StudyCase], rng: np.random.Generator) -> list[StudyCase]:
    """A round in random order, what was seen lately put off."""
    waiting = [cases[int(place)] for place in rng.permutation(len(cases))]
    seen = list(before)
    while waiting:
        lately = {case.image for case in seen[-APART:]}
        seen.append(waiting.pop(next((n for n, case in enumerate(waiting) if case.image not in lately), 0)))
    return seen[len(before) :]


def _neighbours(cases: Sequence[StudyCase]) -> int:
    """How often two about one radiograph follow each other."""
    return sum(one.image == other.image for one, other in itertools.pairwise(cases))


def _with_repeats(seen: Sequence[StudyCase], repeats: int, rng: np.random.Generator) -> tuple[str, ...]:
    gap = max(1, len(seen) // 3)
    early = sorted(range(max(0, len(seen) - gap)), key=lambda place: seen[place].again)
    places = [(float(place), case.item) for place, case in enumerate(seen)]
    places += [(float(rng.uniform(place + gap, len(seen))), seen[place].item) for place in early[:repeats]]
    return tuple(item for _, item in sorted(places))
