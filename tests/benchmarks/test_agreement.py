"""Two ways to ground are compared finding by finding on the same phantoms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.agreement import correlation
from benchmarks.precision import broken_bounds, markdown, measure
from cxr_grounding.ask import Ask


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    """The bundled model at ten steps, in single and in half precision on two phantoms."""
    ask = Ask(device="cpu", preset="paper", keep_arrays=True, steps=10)
    return measure(ask, ("half",), count=2, seed=2_000_011)


def test_the_exact_way_agrees_with_itself(rows: dict[str, dict[str, Any]]) -> None:
    single = rows["single"]
    assert single["findings"] > 1
    assert (single["miou_difference"], single["miou_difference_standard_error"]) == (0, 0)
    assert single["correlation_lowest"] == pytest.approx(1)


def test_half_precision_is_another_way_that_gives_nearly_the_same(rows: dict[str, dict[str, Any]]) -> None:
    half = rows["half"]
    assert half["findings"] == rows["single"]["findings"]
    assert 0.999 <= half["correlation_lowest"] < 1 - 1e-9
    assert 0.99999 <= half["raw_correlation_lowest"] < 1
    assert abs(half["miou_difference"]) < 0.005
    assert half["auc"] == pytest.approx(rows["single"]["auc"], abs=0.005)


def test_the_table_has_a_line_for_each_precision(rows: dict[str, dict[str, Any]]) -> None:
    table = markdown(rows, 2, "cpu").splitlines()
    assert table[0].startswith(f"The bundled model on a CPU, {rows['half']['findings']} findings of 2 fresh phantoms")
    assert [line.split("|")[1].strip() for line in table[4:]] == ["single", "half"]


def test_the_bounds_of_bfloat16_are_told_where_they_are_not_kept(rows: dict[str, dict[str, Any]]) -> None:
    assert broken_bounds(rows["single"]) == []
    kept = rows["single"] | {"correlation_mean": 0.9995, "correlation_lowest_5_percent": 0.995}
    assert broken_bounds(kept | {"miou_difference": -0.0029}) == []
    worse = {"correlation_mean": 0.99949, "correlation_lowest_5_percent": 0.9949, "miou_difference": -0.003}
    assert broken_bounds(kept | worse) == [
        "mean correlation 0.99949, sought 0.9995",
        "lowest 5 % 0.99490, sought 0.995",
        "mIoU moved by -0.00300, sought within 0.003",
    ]


def test_a_correlation_is_pearsons() -> None:
    one = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert correlation(one, 2 * one + 1) == pytest.approx(1)
    assert correlation(one, -one) == pytest.approx(-1)
