"""The order in which readers see cases."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import pytest

from cxr_grounding.study.reading_order import reading_order
from cxr_grounding.study.sealed_key import open_key
from cxr_grounding.study.study_folder import Study


@pytest.fixture
def study(made_study: Path) -> Study:
    return Study.open(made_study)


def test_every_case_comes_and_four_come_twice_a_third_of_the_reading_later(study: Study) -> None:
    order = reading_order(study.cases, 3, 4, "R1")
    times = Counter(order)
    assert set(times) == set(study.case_of)
    twice = [item for item, count in times.items() if count == 2]
    assert len(twice) == 4
    gap = len(study.cases) // 3
    assert all(len(order) - 1 - order[::-1].index(item) - order.index(item) >= gap for item in twice)


def test_it_is_the_readers_own_and_always_the_same(study: Study) -> None:
    assert reading_order(study.cases, 3, 4, "R1") == reading_order(study.cases, 3, 4, "R1")
    assert reading_order(study.cases, 3, 4, "R1") != reading_order(study.cases, 3, 4, "R2")
    assert reading_order(study.cases, 3, 4, "R1") != reading_order(study.cases, 4, 4, "R1")


def test_in_each_half_every_pair_comes_once_and_the_models_are_balanced(study: Study) -> None:
    key = open_key(study.folder / "key.sealed", study.settings.key_sha256)
    firsts = set()
    for reader in ("R1", "R2", "R3", "R4"):
        order = reading_order(study.cases, 3, 0, reader)
        for half in (order[:12], order[12:]):
            assert len({study.case_of[item].pair for item in half}) == 12
            assert Counter(key.entries[item].arm for item in half) == {"plain": 6, "refined": 6}
        firsts.add(frozenset(order[:12]))
    assert len(firsts) == 2  # which half comes first is drawn too


def test_what_is_shown_twice_is_balanced_over_the_models(study: Study) -> None:
    key = open_key(study.folder / "key.sealed", study.settings.key_sha256)
    times = Counter(reading_order(study.cases, 3, 8, "R1"))
    arms = Counter(key.entries[item].arm for item, count in times.items() if count == 2)
    assert sum(arms.values()) == 8
    assert min(arms.values()) >= 2


def test_one_radiograph_does_not_come_again_at_once(study: Study) -> None:
    order = reading_order(study.cases, 3, 0, "R1")
    images = [study.case_of[item].image for item in order]
    assert not any(one == other for one, other in itertools.pairwise(images))
