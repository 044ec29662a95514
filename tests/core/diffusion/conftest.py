"""Tiny random models of the layouts in which other chest X-ray diffusion models are published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_bert import BertForMaskedLM

import cxr_grounding

RECIPES = Path(cxr_grounding.__file__).parent / "models" / "recipes"

WORD_PIECES = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "small",
    "left",
    "right",
    "ple",
    "##ural",
    "eff",
    "##usion",
)


@pytest.fixture
def stable_diffusion_folder(
    tmp_path: Path, tiny_model_folder: Path, change_json: Callable[..., None]
) -> Callable[[str, str], Path]:
    """Write a model laid out like Stable Diffusion 1: text "clip" or "bert", and the prediction type."""

    def write(text: str, prediction_type: str) -> Path:
        folder = tmp_path / text
        folder.mkdir()
        with torch.random.fork_rng():
            torch.manual_seed(3)
            _write_networks(folder)
            if text == "bert":
                _write_bert(folder)
        for part in ("scheduler", *(() if text == "bert" else ("text_encoder", "tokenizer"))):
            shutil.copytree(tiny_model_folder / part, folder / part)
        change_json(folder / "scheduler" / "scheduler_config.json", prediction_type=prediction_type)
        shipped = json.loads((RECIPES / f"{'cxr-bert' if text == 'bert' else 'stable-diffusion'}.json").read_text())
        shipped["recipe"] |= {"frame_size": 64, "intensity": "min-max"}
        (folder / "grounding.json").write_text(json.dumps(shipped))
        return folder

    return write


def _write_networks(folder: Path) -> None:
    """The block types of Stable Diffusion 1, so that the shipped recipe's layers are at the same places."""
    AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        block_out_channels=(8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        norm_num_groups=4,
    ).save_pretrained(folder / "vae")
    unet = UNet2DConditionModel(
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 8, 16, 16),
        layers_per_block=2,
        cross_attention_dim=16,
        attention_head_dim=2,
        norm_num_groups=4,
    )
    for name, weight in unet.named_parameters():
        if "attn2.to_q" in name or "attn2.to_k" in name:
            weight.data *= 3  # far from uniform attention, and as far from one that jumps with the last digits
    unet.save_pretrained(folder / "unet")


def _write_bert(folder: Path) -> None:
    """As CXR-BERT is published: the weights under "bert.", with a head beside them; WordPiece tokens in vocab.txt."""
    size = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    bert = BertForMaskedLM(BertConfig(**size, vocab_size=len(WORD_PIECES), initializer_range=0.5))
    bert.save_pretrained(folder / "text_encoder")
    config = json.loads((folder / "text_encoder" / "config.json").read_text())
    config |= {"architectures": ["CXRBertModel"], "projection_size": 8}
    (folder / "text_encoder" / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "vocab.txt").write_text("\n".join(WORD_PIECES) + "\n")
