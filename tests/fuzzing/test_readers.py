"""Damaged files give an answer or a sentence, never anything else: the same on every run. `make fuzz` has more."""

from __future__ import annotations

from functools import partial

from fuzzing.children import try_all
from fuzzing.inputs import FORMATS, LARGE, format_of, make_input
from fuzzing.table import Tally

SEED, OF_EACH = 14, 50


def test_damaged_files_of_every_kind() -> None:
    tally = Tally()
    for kind in FORMATS:
        len(kind.seeds)  # made here, before there are children that would each make them
    small = [index for index in range(OF_EACH * len(FORMATS)) if format_of(index) is not LARGE]
    for outcome in try_all(partial(make_input, SEED), small, format_of, processes=2):
        tally.add(outcome)
    assert tally.verdicts.total() == len(small)
    assert tally.bad == [], "python -m fuzzing --seed 14 --only INDEX --keep FOLDER makes one of them again"
