"""The tables of docs/performance.md say what was measured, and how much of it ran."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.bench import PAGE
from benchmarks.scenario import Stopwatch
from benchmarks.tables import as_tables, put_into_page

COST = {"full": 1000, "partial": 500}
MACHINE = {"device": "Some processor", "is_gpu": False, "threads": 2, "versions": {"torch": "2.13"}}


def part(full: int, partial: int, seconds: float, memory: float, run: tuple[int, int]) -> dict[str, Any]:
    return {
        "passes": {"full": full, "partial": partial},
        "passes_run": {"full": run[0], "partial": run[1]},
        "seconds": seconds / 10,
        "scaled_seconds": seconds,
        "peak_host_bytes": memory * 1e9,
        "peak_device_bytes": 2e9,
    }


def one_round(slower: float, is_gpu: bool = False) -> dict[str, Any]:
    plain = part(668, 0, 668 * slower, 4, (8, 0)) | {"scaled_peak_host_bytes": 20e9, "bytes_per_step": 24_000_000}
    return {
        "plain": MACHINE | {"is_gpu": is_gpu} | plain,
        "phrases": {
            "precision": "half" if is_gpu else "single",
            "first": part(179, 60, 167 * slower, 4, (7, 8)),
            "next": part(0, 60, 33.4 * slower, 4, (0, 8)),
        },
        "report": {"report": part(179, 600, 334 * slower, 5, (3, 40))},
    }


@pytest.fixture
def results() -> dict[str, Any]:
    measured = {"rounds": [one_round(1), one_round(2)], "short": True, "alike": None, "rate": 500, "cost": COST}
    alike = {"largest_difference": 3e-6, "correlation": 0.99999987}
    whole = {"rounds": [one_round(1)], "short": False, "alike": alike, "rate": 500, "cost": COST}
    starting = [{"import-torch": {"seconds": 2}, "worker": {"seconds": 5, "of_which_computing": 1}}]
    return {"full-size": measured, "bundled": whole, "starting": {"rounds": starting}}


def test_ratios_are_taken_within_a_round_and_no_seconds_are_told_for_a_cpu(results: dict[str, Any]) -> None:
    tables = as_tables(results)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables.splitlines() if line.startswith("| ")]
    first = next(row for row in rows if row[0] == "engine, first phrase")
    assert first[:4] == ["engine, first phrase", "209", "3.2", "4.0 (4.0 to 4.0)"]
    assert first[4:] == ["1.00 (1.00 to 1.00)", "4.0 GB", "5.0", "0.6 (0.4 to 0.8)"]
    report = next(row for row in rows if row[0].startswith("engine, report"))
    assert (report[3], report[4]) == ("20.0 (20.0 to 20.0)", "2.00 (2.00 to 2.00)")
    assert "seconds" not in tables


def test_a_scaled_run_says_how_much_of_it_ran(results: dict[str, Any]) -> None:
    tables = as_tables(results)
    assert "**scaled**: the plain procedure ran 8 of its 668 forwards" in tables
    assert "7 of 179 forwards and 8 of 60 passes" in tables
    assert "The maps alone are 8.0 GB" in tables
    assert "would hold 4.0 times the engine's memory" in tables
    assert (
        "One round, all steps. The two heatmaps differ by at most 3e-06 of their range; their correlation is 1.000000."
        in tables
    )
    assert "takes 2.50 times what `import torch` alone takes: 2.00 for the process" in tables


def test_a_whole_run_is_of_the_full_size_alone(results: dict[str, Any]) -> None:
    tables = as_tables({"full-size": results["bundled"]})
    assert "The published architecture" in tables
    assert "The bundled model" not in tables
    assert "Start-up" not in tables


def test_a_gpu_is_told_with_seconds_and_its_own_memory(results: dict[str, Any]) -> None:
    for model in ("full-size", "bundled"):
        results[model]["rounds"] = [one_round(0.01, is_gpu=True)]
    tables = as_tables(results)
    assert "| 2.0 GB | 1.67 |" in tables
    assert "all steps. The engine's U-Net computed in half precision. The two heatmaps" in tables


def test_tables_go_between_their_markers_and_nowhere_else() -> None:
    page = "a\n<!-- cpu: begin -->\nold\n<!-- cpu: end -->\nb\n<!-- gpu: begin -->\nkept\n<!-- gpu: end -->\n"
    assert put_into_page(page, "cpu", "new\n") == page.replace("old\n", "new\n")
    with pytest.raises(ValueError, match="no markers for 'tpu'"):
        put_into_page(page, "tpu", "new\n")


def test_the_page_has_a_place_for_every_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ("cpu", "whole", "gpu", "precision", "profile", "gpu-profile"):
        assert put_into_page(page, name, "new\n") != page


def test_missing_work_counts_as_the_middle_one_of_what_ran() -> None:
    watch = Stopwatch()
    watch.chunks["inversion"] = [(1, 9.0), (1, 2.0), (1, 2.0)]
    watch.chunks["attention"] = [(8, 16.0)]
    assert watch.missing_seconds("inversion", 10) == 20
    assert watch.missing_seconds("attention", 2) == 4
    assert watch.missing_seconds("attention", 0) == 0
