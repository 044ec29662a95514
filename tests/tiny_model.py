"""A tiny model of random weights, as a real diffusers folder."""

from __future__ import annotations

import json
from pathlib import Path

START, END = "<|startoftext|>", "<|endoftext|>"
WORDS = ("effusion", "left", "right", "small", "pleural", "lung")
"""Words of one token each in the tiny tokenizer; all others are spelt out."""

TINY_RECIPE = {
    "frame_size": 64,
    "intensity": "min-max",
    "latent_scale": 0.5,
    "steps": 30,
    "layers": [1, 2, 4],
    "smoothing_sigma": 1.5,
}
TINY_SCHEDULE = {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.0015,
    "beta_end": 0.0205,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "clip_sample": True,
}


def merged(parts: list[str], pair: tuple[str, str]) -> list[str]:
    """`parts` with every neighbouring `pair` made one, as byte-pair encoding does."""
    result: list[str] = []
    for part in parts:
        if result and (result[-1], part) == pair:
            result[-1] += part
        else:
            result.append(part)
    return result


def write_tokenizer(folder: Path) -> None:
    """A byte-pair tokenizer in CLIP's files: `WORDS` whole, all other ASCII text letter by letter."""
    folder.mkdir()
    symbols = [chr(code) for code in range(33, 127)]
    vocabulary = ["!", START, END, *(s for s in symbols if s != "!"), *(s + "</w>" for s in symbols)]
    merges: list[tuple[str, str]] = []
    for word in WORDS:
        parts = [*word[:-1], word[-1] + "</w>"]
        for pair in merges:
            parts = merged(parts, pair)
        while len(parts) > 1:
            merges.append((parts[0], parts[1]))
            vocabulary.append(parts[0] + parts[1])
            parts = merged(parts, merges[-1])
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(vocabulary)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": "!"}
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CLIPTokenizer", **special}))


def write_networks(folder: Path) -> None:
    """An autoencoder, a U-Net of 7 cross-attention layers and a text encoder with seeded random weights."""
    import torch
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from transformers.models.clip.configuration_clip import CLIPTextConfig
    from transformers.models.clip.modeling_clip import CLIPTextModel

    with torch.random.fork_rng():
        torch.manual_seed(7)
        autoencoder = AutoencoderKL(
            in_channels=1,
            out_channels=1,
            latent_channels=4,
            block_out_channels=(8, 8, 8),
            down_block_types=("DownEncoderBlock2D",) * 3,
            up_block_types=("UpDecoderBlock2D",) * 3,
            norm_num_groups=4,
        )
        unet = UNet2DConditionModel(
            in_channels=4,
            out_channels=4,
            block_out_channels=(8, 16),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlock2D",) * 2,
            up_block_types=("CrossAttnUpBlock2D",) * 2,
            cross_attention_dim=16,
            attention_head_dim=2,
            norm_num_groups=4,
        )
        size = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
        vocabulary = len(json.loads((folder / "tokenizer" / "vocab.json").read_text()))
        text_encoder = CLIPTextModel(
            CLIPTextConfig(**size, vocab_size=vocabulary, bos_token_id=1, eos_token_id=2, pad_token_id=0)
        )
        for name, weight in [*unet.named_parameters(), *text_encoder.named_parameters()]:
            # Sharper attention and livelier text than at random, so that maps are far from uniform.
            if "attn2.to_q" in name or "attn2.to_k" in name or "embedding" in name:
                weight.data *= 8
    autoencoder.save_pretrained(folder / "vae")
    unet.save_pretrained(folder / "unet")
    text_encoder.save_pretrained(folder / "text_encoder")


def write_tiny_model(folder: Path, steps: int = TINY_RECIPE["steps"]) -> None:
    """All of it, its recipe included."""
    folder.mkdir()
    write_tokenizer(folder / "tokenizer")
    write_networks(folder)
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(TINY_SCHEDULE))
    document = {"model": {"name": "tiny", "label": "Random weights."}, "recipe": TINY_RECIPE | {"steps": steps}}
    (folder / "grounding.json").write_text(json.dumps(document))
