"""`cxr-ground models convert`, from the shell's side; that what it makes is right is in tests/core/models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.networks.nets.autoencoderkl import AutoencoderKL
from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet


@pytest.fixture
def asked(tiny_model_folder: Path, tmp_path: Path) -> dict[str, Any]:
    """Options of a conversion that works: the text side as one diffusers folder, no configuration."""
    torch.manual_seed(1)
    unet = DiffusionModelUNet(
        spatial_dims=2,
        in_channels=3,
        out_channels=3,
        channels=[32, 32, 32],
        num_res_blocks=2,
        attention_levels=[False, True, True],
        num_head_channels=32,
        with_conditioning=True,
        cross_attention_dim=16,
    )
    autoencoder = AutoencoderKL(
        spatial_dims=2,
        channels=[32, 32],
        num_res_blocks=[1, 1],
        attention_levels=[False, False],
        with_encoder_nonlocal_attn=False,
        with_decoder_nonlocal_attn=False,
    )
    torch.save(unet.state_dict(), tmp_path / "unet.pt")
    torch.save(autoencoder.state_dict(), tmp_path / "autoencoder.pt")
    return {
        "--autoencoder": tmp_path / "autoencoder.pt",
        "--unet": tmp_path / "unet.pt",
        "--text-encoder": tiny_model_folder,
        "--tokenizer": tiny_model_folder,
        "--out": tmp_path / "model",
        "--frame-size": 64,
    }


def options(asked: dict[str, Any]) -> list[Any]:
    return [part for pair in asked.items() for part in pair]


def test_it_makes_a_model_that_can_be_shown_and_grounds(
    asked: dict[str, Any], cxr_ground: Callable[..., Any], phantom_file: Path, tmp_path: Path
) -> None:
    told = cxr_ground("models", "convert", *options(asked))
    assert told.code == 0
    assert "is ready" in told.out
    assert "one, as published, was taken" in told.err
    assert cxr_ground("models", "show", tmp_path / "model", "--json").document["recipe"]["steps"] == 300
    assert cxr_ground("models", "verify", tmp_path / "model").code == 0
    grounded = cxr_ground(
        *("ground", phantom_file, "left effusion", "--model", tmp_path / "model"),
        *("--steps", 10, "--out", tmp_path / "out", "--json"),
    )
    assert grounded.document["results"][0]["model"]["name"] == "model"


def test_it_answers_in_json(asked: dict[str, Any], cxr_ground: Callable[..., Any], tmp_path: Path) -> None:
    document = cxr_ground("models", "convert", *options(asked), "--json").document
    assert document["folder"] == str(tmp_path / "model")
    assert len(document["notes"]) == 1


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--unet", "nowhere.pt", "There is no checkpoint nowhere.pt"),
        ("--config", "nowhere.json", "There is no configuration nowhere.json"),
        ("--text-encoder", "nowhere", "There is no folder nowhere for the text encoder"),
        ("--tokenizer", "no where/at all", "There is no folder no where/at all for the tokenizer"),
        ("--frame-size", 3, "The recipe's frame_size is 3"),
        ("--frame-size", 65, "needs a multiple of 2"),
    ],
)
def test_what_cannot_be_converted_exits_with_2_and_leaves_nothing(
    option: str, value: object, sentence: str, asked: dict[str, Any], cxr_ground: Callable[..., Any], tmp_path: Path
) -> None:
    told = cxr_ground("models", "convert", *options(asked | {option: value}))
    assert told.code == 2
    assert sentence in told.err
    assert not (tmp_path / "model").exists()
    assert not list(tmp_path.glob(".unfinished*"))
