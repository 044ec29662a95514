"""A model folder of the published architecture with random weights: as large and as slow as the published model.

    python -m benchmarks.full_size runs/full-size

What a pass costs does not depend on what the weights are, so no one needs the published ones to measure it. METHOD 1.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cxr_grounding.disk.staging import new_folder
from cxr_grounding.models.monai.convert import SCHEDULE
from cxr_grounding.models.monai.network import MonaiAutoencoderKL
from cxr_grounding.models.registry import BUNDLED, BUNDLED_NAME
from cxr_grounding.recipe import FILE_NAME, ModelIdentity, Recipe, write_grounding_file

UNET: dict[str, Any] = {
    "_class_name": "UNet2DConditionModel",
    "in_channels": 3,
    "out_channels": 3,
    "block_out_channels": [256, 512, 768],
    "layers_per_block": 2,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "cross_attention_dim": 1024,
    "transformer_layers_per_block": 1,
    "attention_head_dim": 1,  # diffusers' name for how many heads there are
    "norm_num_groups": 32,
    "norm_eps": 1e-6,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
}
AUTOENCODER: dict[str, Any] = {
    "_class_name": "MonaiAutoencoderKL",
    "in_channels": 1,
    "out_channels": 1,
    "latent_channels": 3,
    "block_out_channels": [64, 128, 128, 128],
    "layers_per_block": 2,
    "norm_num_groups": 32,
}
TEXT_ENCODER: dict[str, Any] = {
    "architectures": ["CLIPTextModel"],
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 23,
    "num_attention_heads": 16,
    "hidden_act": "gelu",
    "vocab_size": 49408,
    "max_position_embeddings": 77,
}
"""The networks of METHOD 1 in the words of diffusers and transformers; the text encoder is Stable Diffusion 2.1's."""

IDENTITY = ModelIdentity("full-size-random", label="Random weights, to measure speed with: its answers mean nothing.")


def unet() -> torch.nn.Module:
    """The U-Net, on the device that is torch's default."""
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    return UNet2DConditionModel.from_config(UNET).eval()


def autoencoder() -> torch.nn.Module:
    """The autoencoder, likewise."""
    return MonaiAutoencoderKL.from_config(AUTOENCODER).eval()


def text_encoder() -> torch.nn.Module:
    """The text encoder, likewise."""
    from transformers.models.clip.configuration_clip import CLIPTextConfig
    from transformers.models.clip.modeling_clip import CLIPTextModel

    return CLIPTextModel(CLIPTextConfig.from_dict(dict(TEXT_ENCODER))).eval()


def write_full_size(folder: Path, seed: int = 0) -> None:
    """Write the model folder, 2.4 GB; it appears whole or not at all, and is the same for the same seed.

    One tensor at a time is in memory. The tokenizer is the bundled model's: speed does not depend on words either.

    Args:
        folder: to make; must not exist.
        seed: of the weights.

    Raises:
        OutputError: when it is there already or cannot be written.
    """
    with new_folder(folder) as making:
        for part, config, build, file in (
            ("unet", UNET, unet, "diffusion_pytorch_model.safetensors"),
            ("vae", AUTOENCODER, autoencoder, "diffusion_pytorch_model.safetensors"),
            ("text_encoder", TEXT_ENCODER, text_encoder, "model.safetensors"),
        ):
            (making / part).mkdir()
            _write_json(making / part / "config.json", config)
            with torch.device("meta"):
                network = build()
            shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
            write_random_weights(making / part / file, shapes, seed)
        (making / "scheduler").mkdir()
        _write_json(making / "scheduler" / "scheduler_config.json", SCHEDULE)
        shutil.copytree(BUNDLED / BUNDLED_NAME / "tokenizer", making / "tokenizer")
        write_grounding_file(making / FILE_NAME, IDENTITY, Recipe())


def write_random_weights(path: Path, shapes: Mapping[str, tuple[int, ...]], seed: int) -> None:
    """Write a safetensors file of float32, tensor by tensor.

    The layout is the format's own: the header's length as 8 bytes, the header as JSON, then the tensors end to end.

    Args:
        path: of the file.
        shapes: of the tensors, by name.
        seed: of the numbers; each tensor's depend on nothing else but its place.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * int(np.prod(shape, dtype=np.int64))
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for place, (name, shape) in enumerate(shapes.items()):
            file.write(_random_tensor(name, shape, np.random.default_rng([seed, place])).astype("<f4").tobytes())


def _random_tensor(name: str, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Numbers under which a deep network neither dies out nor overflows: by fan-in, and norms that change nothing."""
    if len(shape) < 2:
        return np.full(shape, 1 if name.endswith("weight") else 0, dtype=np.float32)
    fan_in = int(np.prod(shape[1:]))
    return generator.standard_normal(shape, dtype=np.float32) * np.float32(fan_in**-0.5)


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="to make; 2.4 GB")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    write_full_size(asked.folder, asked.seed)


if __name__ == "__main__":
    main()
