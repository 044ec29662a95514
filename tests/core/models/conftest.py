"""Random checkpoints as MONAI writes them, in both layouts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from monai.networks.nets.autoencoderkl import AutoencoderKL
from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet

TOY_UNET: dict[str, Any] = {
    "spatial_dims": 2,
    "in_channels": 3,
    "out_channels": 3,
    "channels": [32, 32, 64],
    "num_res_blocks": [2, 2, 2],
    "attention_levels": [False, True, True],
    "num_head_channels": [0, 32, 64],
    "with_conditioning": True,
    "cross_attention_dim": 16,
}
TOY_AUTOENCODER: dict[str, Any] = {
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": 1,
    "channels": [32, 32, 32, 32],
    "num_res_blocks": [2, 2, 2, 2],
    "latent_channels": 3,
    "attention_levels": [False, False, False, False],
    "with_encoder_nonlocal_attn": False,
    "with_decoder_nonlocal_attn": False,
}


@dataclass
class MonaiModel:
    """The two networks of MONAI core, seeded at random.

    Args:
        unet_arguments, autoencoder_arguments: changes to the toy's.
    """

    unet_arguments: dict[str, Any] = field(default_factory=dict)
    autoencoder_arguments: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.unet_arguments = TOY_UNET | self.unet_arguments
        self.autoencoder_arguments = TOY_AUTOENCODER | self.autoencoder_arguments
        with torch.random.fork_rng():
            torch.manual_seed(11)
            self.unet = DiffusionModelUNet(**self.unet_arguments).eval()
            self.autoencoder = AutoencoderKL(**self.autoencoder_arguments).eval()
            for network in (self.unet, self.autoencoder):
                for name, weight in network.named_parameters():
                    # MONAI starts many layers at zero, under which nothing of what precedes them would be tested.
                    scale = 0.5 / max(weight[0].numel(), 1) ** 0.5 if weight.ndim > 1 else 0.1
                    torch.nn.init.normal_(weight, mean=1.0 if "norm" in name and weight.ndim == 1 else 0.0, std=scale)

    def write(self, folder: Path, layout: str = "core", config: bool = True) -> dict[str, Path]:
        """Save both networks.

        Args:
            folder: to make.
            layout: "core" (`.pt`) or "generative" (GenerativeModels 0.2, `.pth`).
            config: whether to write `arch.json` beside them.
        """
        folder.mkdir()
        suffix, change = {"core": (".pt", dict), "generative": (".pth", as_in_generative_models)}[layout]
        paths = {"autoencoder": folder / f"autoencoder{suffix}", "unet": folder / f"diffusion_model{suffix}"}
        torch.save(change(self.autoencoder.state_dict()), paths["autoencoder"])
        torch.save(change(self.unet.state_dict()), paths["unet"])
        if config:
            document = {"unet": self.unet_arguments, "autoencoder": self.autoencoder_arguments}
            (folder / "arch.json").write_text(json.dumps(document))
        return paths


def as_in_generative_models(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A state dict of MONAI core under the names of GenerativeModels 0.2."""
    return {
        name.replace(".out_proj.", ".to_out.0.").replace(".postconv.", ".conv."): weight
        for name, weight in state.items()
    }


@pytest.fixture(scope="session")
def monai_model() -> Callable[..., MonaiModel]:
    return MonaiModel


@pytest.fixture(scope="session")
def monai_toy() -> MonaiModel:
    """Shared by all tests, which only read it; its text width is that of the tiny model's text encoder."""
    return MonaiModel()


@pytest.fixture(scope="session")
def text_side(tiny_model_folder: Path) -> dict[str, Path]:
    """Text encoder and tokenizer, as `Originals` takes them."""
    return {name: tiny_model_folder / name for name in ("text_encoder", "tokenizer")}
