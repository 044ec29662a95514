"""What a cohort takes on paper: a simulation with stragglers and failures bears the estimate out."""

from __future__ import annotations

import pytest

from benchmarks.scale import PAGE, Case, off, said


@pytest.mark.parametrize("preset", ["paper", "fast"])
@pytest.mark.parametrize(("images", "gpus"), [(1_000, 1), (1_000, 8), (1_000, 100), (377_000, 100)])
def test_the_simulation_is_within_a_tenth_of_the_estimate(images: int, gpus: int, preset: str) -> None:
    assert abs(off(Case(images, gpus, preset))) < 0.1


def test_the_page_tells_what_is_computed() -> None:
    case = Case(377_000, 8, "balanced")
    (row,) = (
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| 377,000 | `balanced`")
    )
    assert f"| {said(case.estimate)} ({off(case):+.1%}) |" in row
