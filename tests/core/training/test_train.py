"""The training: from nothing to a model folder that grounds, and on from where it stopped."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from transformers import CLIPTextModel, CLIPTokenizer

from cxr_grounding.diffusion.tokenizer_files import CLIP, WholeTokenizer
from cxr_grounding.grounder import Grounder
from cxr_grounding.models.registry import find_model
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.recipe import Recipe
from cxr_grounding.training import train
from cxr_grounding.training.networks import AUTOENCODER, open_trained
from cxr_grounding.training.training_set import load_or_draw


def run_training(folder: Path, steps: int, *more: str) -> Path:
    sizes = ["--images", "6", "--autoencoder-steps", "1", "--steps", str(steps), "--batch", "2", "--processes", "1"]
    sizes += ["--autoencoder-batch", "2", "--report-steps", str(steps), "--report-batch", "2"]
    out = folder / "model"
    command = ["train", "--run", str(folder / "run"), "--out", str(out), "--device", "cpu", *sizes, *more]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", command)
        train.main()
    return out


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the run of one step, and the model that came of it; tests change neither."""
    folder = tmp_path_factory.mktemp("trained")
    run_training(folder, steps=1)
    return folder


def test_a_trained_folder_opens_and_grounds(trained: Path) -> None:
    grounder = Grounder.open(trained / "model", device="cpu", steps=10, preset="fast")
    grounder.set_radiograph(draw_phantom(0, 128).radiograph)
    found = grounder.ground("small left pleural effusion")
    assert found.model.demonstration
    assert "says nothing about real patients" in found.model.label
    assert found.phrase.unknown == ()


def test_training_goes_on_from_its_checkpoint(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "run", tmp_path / "run")
    first = torch.load(tmp_path / "run" / "denoiser.pt", weights_only=True)
    assert first["step"] == 1
    run_training(tmp_path, steps=2)
    for course in ("denoiser", "reports"):
        second = torch.load(tmp_path / "run" / f"{course}.pt", weights_only=True)
        assert second["step"] == 2
        assert second["optimizer"]["state"][0]["step"] == 2


def test_the_folder_is_a_diffusers_pipeline_s_with_half_precision_safetensors_only(trained: Path) -> None:
    out = trained / "model"
    assert isinstance(CLIP.open(out / "tokenizer"), WholeTokenizer)
    index = json.loads((out / "model_index.json").read_text())
    assert index["unet"] == ["diffusers", "UNet2DConditionModel"]
    weights = [file for file in out.rglob("*") if file.suffix in (".safetensors", ".bin", ".pt", ".pth")]
    assert sorted(file.parent.name for file in weights) == ["text_encoder", "unet", "vae"]
    assert all(file.suffix == ".safetensors" for file in weights)
    assert sum(file.stat().st_size for file in weights) < 25e6


def test_standardised_latents_have_deviation_one_and_restore_the_same_image() -> None:
    torch.manual_seed(0)
    model = AutoencoderKL(**AUTOENCODER).eval()
    frames = torch.rand(8, 1, 128, 128) * 2 - 1
    with torch.inference_mode():
        before = model.encode(frames).latent_dist
        restored = model.decode(before.mean).sample
        log_variance = before.logvar.clone()
        changed = train.standardise(model, before.mean)
        after = model.encode(frames).latent_dist
        torch.testing.assert_close(after.mean, changed, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(changed.std(dim=(0, 2, 3)), torch.ones(4), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(changed.mean(dim=(0, 2, 3)), torch.zeros(4), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(model.decode(after.mean).sample, restored, atol=1e-4, rtol=1e-3)
        shift = 2 * before.mean.std(dim=(0, 2, 3)).log()[:, None, None]
        torch.testing.assert_close(after.logvar, log_variance - shift, atol=1e-3, rtol=1e-3)


def test_the_learning_rate_rises_stays_and_falls_to_zero() -> None:
    settings = train.Settings(warm_up=10, decay=0.25)
    assert settings.rate(0, 100) == pytest.approx(0.1)
    assert settings.rate(50, 100) == 1
    assert settings.rate(88, 100) == pytest.approx(0.48)
    assert settings.rate(100, 100) == 0


def test_frames_are_drawn_once_and_read_back_with_their_findings(tmp_path: Path) -> None:
    recipe = Recipe(frame_size=32, antialias=True)
    drawn = load_or_draw(tmp_path / "frames.npz", 3, recipe, processes=2)
    read = load_or_draw(tmp_path / "frames.npz", 3, recipe, processes=2)
    np.testing.assert_array_equal(drawn.frames, read.frames)
    assert drawn.findings == read.findings
    assert drawn.frames.shape == (3, 32, 32)


def test_a_finished_model_is_trained_on_with_more_words_and_those_it_knew_mean_the_same(
    trained: Path, tmp_path: Path
) -> None:
    bundled = find_model().folder
    shutil.copytree(trained / "run" / "tokenizer", tmp_path / "tokenizer")
    autoencoder, denoiser = open_trained(bundled, tmp_path / "tokenizer")
    known, more = (CLIPTokenizer.from_pretrained(folder) for folder in (bundled / "tokenizer", tmp_path / "tokenizer"))
    encoder = CLIPTextModel.from_pretrained(bundled / "text_encoder", dtype=torch.float32)
    text = "Moderate left pleural effusion."
    with torch.inference_mode():
        before = encoder(known(text, return_tensors="pt").input_ids).last_hidden_state
        after = denoiser.text_encoder(more(text, return_tensors="pt").input_ids).last_hidden_state
    torch.testing.assert_close(after, before)
    assert [word for word in more.tokenize("no evidence of pneumothorax") if not word.endswith("</w>")] == []

    (tmp_path / "run").mkdir()
    for name in ("frames.npz", "tokenizer"):
        (tmp_path / "run" / name).symlink_to(trained / "run" / name)
    out = run_training(tmp_path, 1, "--from", str(bundled))
    assert not (tmp_path / "run" / "denoiser.pt").exists(), "the first course lies behind it"
    kept = AutoencoderKL.from_pretrained(out / "vae", torch_dtype=torch.float32).state_dict()
    for name, weights in autoencoder.state_dict().items():
        torch.testing.assert_close(kept[name], weights)
