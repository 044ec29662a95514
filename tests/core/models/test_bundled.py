"""The bundled model grounds phantoms that it never saw, and says what it is."""

from __future__ import annotations

import dataclasses
import functools

import pytest

from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.evaluation.datasets.phantoms import fresh_phantoms
from cxr_grounding.evaluation.datasets.prompt import Prompt
from cxr_grounding.evaluation.run.images import scores_of
from cxr_grounding.evaluation.table import Table, make_table
from cxr_grounding.grounder import Grounder
from cxr_grounding.models.registry import BUNDLED, BUNDLED_NAME, find_model
from cxr_grounding.training.train import IDENTITY, RECIPE


@functools.cache
def bundled() -> Grounder:
    """One for all: it keeps what it made of the radiographs before."""
    return Grounder.open(find_model().folder, device="cpu")


@functools.cache
def with_few_passes() -> Grounder:
    """The same weights with fewer passes: a model that got worse shows in those too. What comes of all is measured on
    300 phantoms."""
    model = LatentDiffusionModel.open(find_model().folder, "cpu")
    return Grounder(model, recipe=model.recipe.replace(predictions=10, kept_steps=4))


def measured(grounder: Grounder, count: int, seed: int, prompt: Prompt = Prompt.SENTENCE) -> Table:
    dataset = fresh_phantoms(count, seed, prompt=prompt)
    scores, problems = scores_of(grounder, dataset)
    assert problems == ()
    return make_table(scores)


def test_it_is_the_default_and_fits_the_repository() -> None:
    entry = find_model()
    assert (entry.name, entry.folder) == (BUNDLED_NAME, BUNDLED / BUNDLED_NAME)
    assert entry.bytes_on_disk < 25e6


def test_its_file_says_what_the_training_writes() -> None:
    entry = find_model()
    assert entry.recipe == RECIPE
    assert entry.identity == dataclasses.replace(IDENTITY, version="1"), "what is trained now is the second version"


def test_it_finds_the_findings_of_a_few_phantoms_and_tells_them_from_what_is_not_there() -> None:
    table = measured(with_few_passes(), 2, seed=7_000)
    mean = {name: figure.mean for name, figure in table.mean.figures.items()}
    assert mean["auc_roc_soft"] == pytest.approx(0.989, abs=0.003)
    assert mean["auc_roc_exact"] == pytest.approx(0.949, abs=0.006)
    assert mean["miou"] == pytest.approx(0.647, abs=0.01)
    assert mean["auc_roc_soft"] > mean["shuffled_auc"] + 0.1
    assert table.summary is not None
    assert table.summary.side_accuracy == 1
    assert table.presence is not None
    assert table.presence.pooled.value == 1
    assert (table.presence.wrong_side.value, table.presence.mirror.value) == (1, 1)


def test_it_finds_the_same_findings_by_their_names_alone_and_names_their_sides_and_zones() -> None:
    table = measured(with_few_passes(), 2, seed=7_000, prompt=Prompt.NAME)
    assert table.mean.figures["miou"].mean == pytest.approx(0.626, abs=0.01)
    assert table.mean.figures["auc_roc_soft"].mean == pytest.approx(0.988, abs=0.003)
    assert table.presence is not None
    assert table.presence.pooled.value == 1
    assert table.place is not None
    assert (table.place.side.counts, table.place.zone.counts) == ({"right": 3, "of": 3}, {"right": 2, "of": 2})


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_it_reaches_the_figures_of_the_readme_on_300_phantoms() -> None:
    table = measured(bundled(), 300, seed=0)
    summary, presence = table.summary, table.presence
    mean = {name: figure.mean for name, figure in table.mean.figures.items()}
    assert mean["auc_roc_soft"] == pytest.approx(0.975, abs=0.005)
    assert mean["auc_roc_exact"] == pytest.approx(0.930, abs=0.005)
    assert mean["miou"] == pytest.approx(0.532, abs=0.005)
    (cardiomegaly,) = [row for row in table.pathologies if row.name == "Cardiomegaly"]
    assert cardiomegaly.figures["miou"].mean == pytest.approx(0.473, abs=0.005)
    assert summary is not None
    assert summary.fall == pytest.approx(0.269, abs=0.005)
    assert summary.side_accuracy is not None
    assert summary.side_accuracy >= 0.95
    assert presence is not None
    assert presence.auroc.value == pytest.approx(0.958, abs=0.01)
    assert presence.wrong_side.value == pytest.approx(0.989, abs=0.01)
    assert presence.mirror.value == pytest.approx(0.975, abs=0.01)
    assert presence.pooled.value == pytest.approx(0.966, abs=0.01)
    assert presence.airspace.value == pytest.approx(0.694, abs=0.02)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("prompt", "auroc", "pooled", "miou"), [(Prompt.NAME, 0.927, 0.941, 0.502), (Prompt.SIDE, 0.943, 0.949, 0.514)]
)
def test_asked_as_people_type_it_reaches_the_figures_of_the_docs_on_300_phantoms(
    prompt: Prompt, auroc: float, pooled: float, miou: float
) -> None:
    table = measured(bundled(), 300, seed=0, prompt=prompt)
    presence, place = table.presence, table.place
    assert presence is not None
    assert place is not None
    assert presence.auroc.value == pytest.approx(auroc, abs=0.01)
    assert presence.pooled.value == pytest.approx(pooled, abs=0.01)
    assert table.mean.figures["miou"].mean == pytest.approx(miou, abs=0.005)
    if prompt is Prompt.NAME:
        assert (place.side.counts, place.zone.counts) == ({"right": 349, "of": 361}, {"right": 217, "of": 239})
        assert place.side_alone.counts == {"right": 342, "of": 361}
    else:
        assert place.zone.counts == {"right": 221, "of": 239}
        assert presence.mirror.value == pytest.approx(0.967, abs=0.01)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_as_published_it_reaches_what_the_published_method_reaches() -> None:
    engine = Grounder.open(find_model().folder, device="cpu", preset="paper")
    scores, _ = scores_of(engine, fresh_phantoms(300, seed=0))
    mean = make_table(scores).mean.figures
    assert mean["auc_roc_exact"].mean == pytest.approx(0.918, abs=0.005)
    assert mean["auc_roc_soft"].mean == pytest.approx(0.959, abs=0.005)
    assert mean["miou"].mean == pytest.approx(0.387, abs=0.005)
