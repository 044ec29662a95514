"""What the engine computes, counted: at the published size on no machine at all, and on a small network for real.

These are the ratios of docs/performance.md as counts, which no machine and no load can change.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import cost, full_size, plain
from cxr_grounding.diffusion.attention import AttentionRecorder
from cxr_grounding.diffusion.inversion import timesteps
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.networks.unet import UNet
from cxr_grounding.diffusion.noised_passes import Wanted, text_passes
from cxr_grounding.diffusion.passes import BATCH
from cxr_grounding.grounder import Grounder
from cxr_grounding.models.registry import find_model
from cxr_grounding.presets import BALANCED, FAST, FULL, PAPER, Preset
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import Method, Places, Recipe

PUBLISHED = Recipe()
PLAIN_FORWARDS = 2 * len(timesteps(PUBLISHED.steps))
"""Both branches at every step: 668 (METHOD 7)."""


@pytest.fixture(scope="module")
def full_size_model() -> LatentDiffusionModel:
    """The engine's own class on "meta"; shared, for its calls leave nothing behind."""
    return cost.full_size_on_meta()


@pytest.fixture(scope="module")
def full_size_cost(full_size_model: LatentDiffusionModel) -> cost.PassCost:
    return cost.pass_cost(full_size_model, PUBLISHED)


@pytest.fixture(scope="module")
def full_size_held(full_size_model: LatentDiffusionModel) -> int:
    """Bytes that the engine holds at the most, on a CPU."""
    return cost.engine_peak_bytes(full_size_model, PUBLISHED, BATCH["cpu"])


def test_the_benchmark_runs_the_published_architecture(
    full_size_model: LatentDiffusionModel, full_size_cost: cost.PassCost
) -> None:
    assert sum(weight.numel() for weight in full_size_model.unet.parameters()) == pytest.approx(264e6, rel=0.005)
    assert full_size_cost.full == pytest.approx(320e9, rel=0.005)
    assert len(full_size_model.layers) == 11


def test_a_pass_for_a_phrase_ends_at_layer_7_and_costs_less_than_half_a_forward(full_size_cost: cost.PassCost) -> None:
    assert full_size_cost.partial / full_size_cost.full == pytest.approx(0.463, abs=0.002)


def test_fast_costs_9_forwards_worth(full_size_model: LatentDiffusionModel, full_size_cost: cost.PassCost) -> None:
    fast = FAST.applied(full_size_model.recipe)
    assert fast.layers == PUBLISHED.layers, "so that a pass costs the same"
    assert full_size_cost.forwards(len(fast.predicted), len(fast.kept)) == pytest.approx(8.8, abs=0.1)


@pytest.fixture
def few_steps(tiny_model: LatentDiffusionModel) -> Recipe:
    """The small model's recipe with 20 steps, of which 4 are kept: what is counted follows from the recipe."""
    return tiny_model.recipe.replace(steps=20)


@pytest.fixture
def counter(tiny_model: LatentDiffusionModel, monkeypatch: pytest.MonkeyPatch) -> cost.Counter:
    """Counts all that happens inside the small model's U-Net: in its passes, and where they are begun apart."""
    counter, unet, depth = cost.Counter(), tiny_model.unet, [0]

    def counted(work: Callable[..., Any]) -> Callable[..., Any]:
        def inside(*arguments: Any, **named: Any) -> Any:
            depth[0] += 1
            try:
                with counter if depth[0] == 1 else nullcontext():  # a pass may begin itself
                    return work(*arguments, **named)
            finally:
                depth[0] -= 1

        return inside

    for name in ("forward", "trunk"):
        monkeypatch.setattr(unet, name, counted(getattr(unet, name)))
    return counter


def test_a_recipe_computes_its_steps_once_and_its_short_passes_a_phrase_and_nothing_else(
    tiny_model: LatentDiffusionModel, few_steps: Recipe, radiograph: Radiograph, counter: cost.Counter
) -> None:
    """How many they are with the published recipe, 179 and 60, is counted in test_grounder.py."""
    recipe = few_steps
    one, inverted, kept = cost.pass_cost(tiny_model, recipe), len(recipe.predicted), len(recipe.kept)
    grounder, done = Grounder(tiny_model, recipe=recipe), [counter.flops]
    for work in (
        lambda: grounder.set_radiograph(radiograph),
        lambda: grounder.ground("left effusion"),
        lambda: grounder.ground(["right lung", "small effusion", "left lung"]),
    ):
        work()
        done.append(counter.flops)
    assert one.begun > 0
    assert np.diff(done).tolist() == [
        inverted * one.full,
        kept * one.partial,
        3 * kept * (one.partial - one.begun),
    ], "the passes for the first phrase begin those of all others"


@pytest.mark.parametrize("changes", [{}, {"kept_steps": 3, "predictions": 4}, {"evidence": False}])
def test_evidence_and_the_sharper_map_cost_what_is_counted_and_nothing_else(
    changes: dict[str, Any],
    tiny_model: LatentDiffusionModel,
    few_steps: Recipe,
    radiograph: Radiograph,
    counter: cost.Counter,
) -> None:
    recipe = few_steps.replace(**({"evidence": True, "refine": True} | changes))
    one, passes = cost.pass_cost(tiny_model, recipe), cost.PassCount.of(recipe)
    grounder, done = Grounder(tiny_model, recipe=recipe), [counter.flops]
    for work in (
        lambda: grounder.set_radiograph(radiograph),
        lambda: grounder.ground("effusion"),
        lambda: grounder.ground("left effusion"),
        lambda: grounder.ground(["right effusion", "left effusion"]),
        lambda: grounder.set_radiograph(radiograph),
    ):
        work()
        done.append(counter.flops)
    rival = passes.whole * recipe.evidence
    short, read = one.partial - one.begun, one.read - one.begun
    assert np.diff(done).tolist() == [
        passes.radiograph * one.full,
        passes.partial * one.partial + passes.whole * one.read,
        passes.partial * short + (passes.whole + rival) * read,
        2 * (passes.partial * short + passes.whole * read),
        0,
    ], "a rival, the empty prompt and how each pass begins once a radiograph, and no pass for the sharper map"
    phrases = passes.phrase(one, is_first=True), passes.phrase(one, rivals=1 if recipe.evidence else 0)
    assert np.diff(done)[1:3].tolist() == pytest.approx([worth * one.full for worth in phrases])


@pytest.mark.parametrize(
    ("changes", "a_place"),
    [({"evidence": True}, 3), ({"evidence": True, "drawn_levels": ()}, 1), ({"refine": True}, 1)],
)
def test_a_place_costs_one_step_and_the_drawn_levels_once_a_radiograph_and_nothing_else(
    changes: dict[str, Any],
    a_place: int,
    tiny_model: LatentDiffusionModel,
    few_steps: Recipe,
    radiograph: Radiograph,
    counter: cost.Counter,
) -> None:
    recipe = few_steps.replace(places=Places.AUTO, second_place_from=9.0, **changes)
    one, passes = cost.pass_cost(tiny_model, recipe), cost.PassCount.of(recipe)
    assert passes.place == a_place
    grounder, done = Grounder(tiny_model, recipe=recipe), [counter.flops]
    grounder.set_radiograph(radiograph)
    for phrases in (["effusion"], ["left effusion", "opacity"], ["right pneumothorax"], ["no effusion"]):
        done.append(counter.flops)
        grounder.ground(phrases)
    done.append(counter.flops)
    begun = (passes.partial + passes.whole) * one.begun
    asked, read = passes.partial * one.partial + passes.whole * one.read - begun, one.read - one.begun
    mirrored = 3 if recipe.evidence else 0
    assert np.diff(done).tolist() == [
        passes.radiograph * one.full,
        begun + asked + 6 * a_place * read,
        2 * asked + 6 * a_place * read,
        asked + (3 + mirrored) * a_place * read,
        asked,
    ], "six of an effusion, which the left one shares, six of an opacity, a side's and those across, none of a denial"


def test_noised_looks_cost_40_short_passes_a_phrase_and_nothing_else(
    tiny_model: LatentDiffusionModel, radiograph: Radiograph, counter: cost.Counter
) -> None:
    recipe = tiny_model.recipe.replace(method=Method.NOISING, evidence=True, refine=True, places=Places.AUTO)
    one = cost.pass_cost(tiny_model, recipe)
    grounder, before = Grounder(tiny_model, recipe=recipe), counter.flops
    grounder.set_radiograph(radiograph)
    assert counter.flops == before
    grounder.ground("left effusion")
    assert counter.flops - before == 40 * one.partial


def test_with_bbm_the_run_without_the_image_is_made_once_a_phrase_and_nothing_else_costs(
    tiny_model: LatentDiffusionModel,
    radiograph: Radiograph,
    other_radiograph: Radiograph,
    counter: cost.Counter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path))
    recipe = tiny_model.recipe.replace(method=Method.NOISING, bbm=True, noised_steps=5, looks=4)
    looks, text = cost.pass_cost(tiny_model, recipe, maps=2), cost.pass_cost(tiny_model, recipe)
    done = [counter.flops]
    for image in (radiograph, other_radiograph):
        grounder = Grounder(tiny_model, recipe=recipe)
        grounder.set_radiograph(image)
        grounder.ground("left effusion")
        done.append(counter.flops)
    without_image = 8 * text.read + text.partial
    assert np.diff(done).tolist() == [5 * looks.partial + without_image, 5 * looks.partial]


def test_with_the_second_papers_model_a_phrase_is_worth_39_forwards_and_49_with_bbm_once_its_run_is_kept() -> None:
    with torch.device("meta"):
        unet = UNet({"cross_attention_dim": 768})
    inputs = torch.empty(1, 4, 64, 64, device="meta"), 1, torch.empty(1, 77, 768, device="meta")
    counted = []
    for wanted, runs_on in ((), True), (range(16), False), (range(16), True):
        select = torch.empty(1, 2, 77, device="meta")
        recorder = AttentionRecorder(unet.cross_attention_layers, wanted, select, runs_on=runs_on, once=True)
        with torch.inference_mode(), cost.Counter() as counter, recorder:
            unet(*inputs)
        counted.append(counter.flops)
    full, partial, read = counted
    recipe = Recipe(method=Method.NOISING, bbm=True)
    assert (len(recipe.looked), text_passes(recipe, Wanted())) == (50, 99)
    assert len(unet.cross_attention_layers) == 16
    assert full == pytest.approx(803e9, rel=0.002)
    one = cost.PassCost(full, partial, read)
    assert one.partial / one.full == pytest.approx(0.985, abs=0.001)
    assert one.forwards(0, 40) == pytest.approx(39.4, abs=0.1)
    assert one.forwards(0, 50) == pytest.approx(49.3, abs=0.1)
    assert one.forwards(98, 51) == pytest.approx(148.2, abs=0.1)


@pytest.mark.parametrize(
    ("preset", "counted"),
    [
        (FULL, (31, 8, 4, 3)),
        (PAPER, (29, 10, 0, 0)),
        (BALANCED, (23, 8, 4, 3)),
        (FAST, (7, 5, 1, 1)),
    ],
)
def test_the_presets_take_so_many_passes_with_the_bundled_model(preset: Preset, counted: tuple[int, ...]) -> None:
    passes = cost.PassCount.of(preset.applied(find_model().recipe))
    assert (passes.radiograph, passes.partial, passes.whole, passes.place) == counted


def test_at_full_size_the_first_phrase_takes_a_third_of_the_plain_work_and_the_next_a_twentieth(
    full_size_cost: cost.PassCost,
) -> None:
    assert full_size_cost.begun / full_size_cost.full == pytest.approx(0.088, abs=0.001)
    first_phrase, next_phrase = full_size_cost.forwards(179, 60), full_size_cost.forwards(0, 60, begun=60)
    assert (round(first_phrase), round(next_phrase)) == (207, 22)
    assert PLAIN_FORWARDS / first_phrase >= 3.0
    assert PLAIN_FORWARDS / next_phrase >= 20


def test_the_engine_holds_a_quarter_of_what_the_plain_procedure_holds(
    full_size_model: LatentDiffusionModel, full_size_held: int
) -> None:
    with torch.device("meta"), torch.inference_mode():
        unet = full_size.unet()
        keepers = plain.keep_everything(unet)
        unet(torch.empty(2, 3, 64, 64), 0, torch.empty(2, 77, 1024))
    kept = plain.bytes_per_step(keepers) * len(timesteps(PUBLISHED.steps))
    assert kept > 12e9
    assert full_size_held <= (cost.weight_bytes(full_size_model) + kept) / 4
    assert full_size_held < 4e9


def test_in_half_precision_on_a_gpu_the_engine_needs_less_than_3_gb() -> None:
    half = cost.full_size_on_meta(dtype=torch.float16)
    assert cost.weight_bytes(half) < 2e9
    assert cost.engine_peak_bytes(half, PUBLISHED, BATCH["cuda"]) < 2.5e9
    assert cost.engine_peak_bytes(half, PUBLISHED.replace(evidence=True), BATCH["cuda"]) < 2.8e9


def test_in_bfloat16_the_engine_holds_less_and_nearly_all_of_its_work_is_in_it(
    full_size_model: LatentDiffusionModel, full_size_cost: cost.PassCost, full_size_held: int
) -> None:
    narrow = cost.full_size_on_meta(dtype=torch.bfloat16)
    spared = cost.weight_bytes(full_size_model) - cost.weight_bytes(narrow)
    assert spared == pytest.approx(0.45e9, rel=0.03)
    begun = cost.begun_bytes(full_size_model, PUBLISHED)
    assert begun == pytest.approx(126e6, rel=0.01)
    assert cost.engine_peak_bytes(narrow, PUBLISHED, BATCH["cpu"]) < full_size_held - begun
    assert cost.pass_cost(narrow, PUBLISHED) == full_size_cost
    wide = cost.flops_in(narrow, PUBLISHED, torch.float32)
    assert wide / full_size_cost.full == pytest.approx(0.075, abs=0.002)


def test_the_counter_agrees_with_torchs_own(full_size_model: LatentDiffusionModel) -> None:
    latent, context = torch.empty(1, 3, 64, 64, device="meta"), torch.empty(1, 77, 1024, device="meta")
    with FlopCounterMode(display=False) as expected:
        full_size_model.predict(latent, 0, context)
    with cost.Counter() as counted:
        full_size_model.predict(latent, 0, context)
    assert counted.flops == expected.get_total_flops()


def test_the_counter_sees_attention_on_a_cpu_and_memory_come_and_go() -> None:
    query, key = torch.ones(2, 1, 16, 8), torch.ones(2, 1, 5, 8)
    with torch.inference_mode(), cost.Counter() as counter:
        torch.nn.functional.scaled_dot_product_attention(query, key, key)
    assert counter.flops == 2 * (2 * 16 * 5 * 8) * 2
    with cost.Counter() as counter:
        for _ in range(3):
            made = torch.empty(1000, dtype=torch.uint8)
            del made
        both = torch.empty(1000, dtype=torch.uint8), torch.empty(500, dtype=torch.uint8)
    assert counter.peak_bytes == 1500
    del both
