"""The bundled model grounds phantoms that it never saw, and says what it is."""

from __future__ import annotations

import pytest

from cxr_grounding.evaluation.phantom_benchmark import Summary, evaluate_phantoms, summarise
from cxr_grounding.grounder import Grounder
from cxr_grounding.models.registry import BUNDLED, BUNDLED_NAME, find_model
from cxr_grounding.training.train import IDENTITY, RECIPE


def measured(count: int, seed: int) -> Summary:
    grounder = Grounder.open(find_model().folder, device="cpu")
    return summarise(list(evaluate_phantoms(grounder, count, seed)))


def test_it_is_the_default_and_fits_the_repository() -> None:
    entry = find_model()
    assert (entry.name, entry.folder) == (BUNDLED_NAME, BUNDLED / BUNDLED_NAME)
    assert entry.bytes_on_disk < 25e6


def test_its_file_says_what_the_training_writes() -> None:
    entry = find_model()
    assert (entry.identity, entry.recipe) == (IDENTITY, RECIPE)


def test_it_finds_the_findings_of_a_few_phantoms_on_the_side_that_is_named() -> None:
    summary = measured(10, seed=7_000)
    assert summary.mean["auc"] > 0.85
    assert summary.mean["miou"] > 0.28
    assert summary.mean["auc"] > summary.mean["shuffled_auc"] + 0.15
    assert summary.side_accuracy == 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_it_reaches_the_figures_of_the_readme_on_300_phantoms() -> None:
    summary = measured(300, seed=0)
    assert summary.mean["auc"] == pytest.approx(0.918, abs=0.005)
    assert summary.mean["miou"] == pytest.approx(0.387, abs=0.005)
    assert summary.fall == pytest.approx(0.294, abs=0.005)
    assert summary.side_accuracy is not None
    assert summary.side_accuracy >= 0.95
