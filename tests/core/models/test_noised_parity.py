"""Noised looks and the merging of biases, by the program's own commands, against what the authors' functions gave."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cxr_grounding import noised_maps as parts
from cxr_grounding.evaluation.frame_metrics import frame_figures
from cxr_grounding.grounding import Grounding
from cxr_grounding.models.add import RECIPES
from cxr_grounding.radiograph import Box
from cxr_grounding.recipe import Recipe

SHARED = Path(__file__).parents[4] / "shared" / "golden"
CASES = sorted(meta.parent for meta in SHARED.glob("bbm-*/meta.json"))
"""Handed out beside the repository; another one that is laid beside the first is run, too."""

FIGURES = {
    **{"iou": ("mask_iou", 5e-3), "miou": ("fb_miou", 5e-3), "bboxiou": ("box_iou", 5e-3)},
    **{"bboxmiou": ("fb_miou_box", 5e-3), "aucroc": ("auc_roc_frame", 5e-4), "cnr": ("cnr_sample", 2e-3)},
    **{"top1": ("pointing_top1", 0), "distance": ("center_distance", 1)},
}
"""Of the case, with this program's names for them and how far they may be off."""


def recipe_of(meta: dict[str, Any]) -> dict[str, Any]:
    """The shipped recipe with the case's numbers; float16 where the published program casts."""
    document = json.loads((RECIPES / "cxr-bert-ldm.json").read_text())
    document["recipe"] |= {
        **{"frame_size": meta["frame_size"], "noised_steps": meta["num_inference_steps"]},
        **{"looks": meta["rev_diff_steps"], "guidance": meta["guidance_scale"], "text_seed": meta["seed"]},
        **{"latent_scale": meta["latent_scale"], "max_tokens": meta["max_tokens"], "layers": [0]},
        **{"bbm": True, "float16_casts": True},
    }
    return document


def is_within(found: NDArray[Any], expected: NDArray[Any], tolerance: float) -> bool:
    """Whether the largest difference is within a share of the reference's range."""
    return bool(np.abs(found - expected).max() <= tolerance * np.ptp(expected))


@pytest.mark.skipif(not CASES, reason="the golden case is not beside the repository")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_stage_of_the_published_program_is_reproduced(
    case: Path, cxr_ground: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path / "home"))
    meta = json.loads((case / "meta.json").read_text())
    shutil.copytree(case / "model", tmp_path / "model")
    (tmp_path / "recipe.json").write_text(json.dumps(recipe_of(meta)))
    told = cxr_ground("models", "add", tmp_path / "model", "--recipe", tmp_path / "recipe.json")
    assert told.code == 0, told.err
    told = cxr_ground(
        *("ground", case / "image.npy", meta["phrase"], "--model", "model", "--out", tmp_path / "out"),
        *("--intensity", "identity", "--noise", case, "--arrays", tmp_path / "arrays.npz", "--device", "cpu"),
        *("--format", "json"),
    )
    assert told.code == 0, told.err
    found, expected = np.load(tmp_path / "arrays.npz"), {file.stem: np.load(file) for file in case.glob("*.npy")}
    for name, most in (
        ("frame", 1e-5),
        ("context", 1e-4),
        ("context_empty", 1e-4),
        ("activation", 1e-3),
        ("map", 1e-3),
    ):
        assert np.abs(found[name] - expected[name]).max() <= most, name
    for name, share in (
        *(("posterior_mean", 1e-4), ("posterior_std", 1e-4), ("noisy_latents", 1e-4), ("text_latents", 1e-3)),
        *(("image_bias_mean", 1e-4), ("text_bias_mean", 1e-4), ("merged_mean", 1e-4), ("activation_mean", 1e-4)),
    ):
        assert is_within(found[name], expected[name], share), name
    attention = np.load(case / "attention.npz")
    assert len(attention.files) == 3 * len(meta["layers"])
    for name in attention.files:
        assert np.abs(found[name] - attention[name]).max() <= 1e-4, name
    for name in ("image_bias", "text_bias", "merged_bias"):
        differing = np.abs(found[name] - expected[name])
        assert differing.max() <= 1, name
        assert np.count_nonzero(differing) <= 41, name
    assert np.abs(found["map"] - expected["map"]).mean() <= 5e-5
    assert np.count_nonzero(found["binary"] != expected["binary"]) <= 8

    answer = Grounding.load(tmp_path / "out")
    assert answer.noised is not None
    assert list(answer.noised.kept_words) == meta["kept_words"]
    assert answer.noised.alike == pytest.approx(meta["ssim"], abs=1e-3)
    assert answer.noised.threshold == pytest.approx(meta["gmm_threshold"], abs=2e-3)
    figures = frame_figures(answer, [Box(*box) for box in meta["boxes_xywh"]])
    for name, (own, most) in FIGURES.items():
        if meta["metrics"][name] is not None:
            assert figures[own] == pytest.approx(meta["metrics"][name], abs=most), name

    single = Recipe(float16_casts=False)
    activation = parts.unit(found["activation_mean"], single)
    merged = parts.merge(activation, parts.Biases(*(found[f"{name}_mean"] for name in NAMES)), single)
    assert merged.map.dtype == np.float32
    assert np.abs(merged.map - expected["map"]).max() <= 5e-3
    assert np.count_nonzero(parts.part_in_two(merged.map).mask != expected["binary"]) <= 41


NAMES = ("image_bias", "text_bias", "merged")
