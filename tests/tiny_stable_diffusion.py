"""Tiny random networks of Stable Diffusion 1, and a tiny CXR-BERT beside them, as each is published."""

from __future__ import annotations

import json
from pathlib import Path

from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_bert import BertForMaskedLM

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


def write_stable_diffusion(folder: Path) -> None:
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


def write_cxr_bert(folder: Path) -> None:
    """As CXR-BERT is published: the weights under "bert.", with a head beside them; WordPiece tokens in vocab.txt."""
    size = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    bert = BertForMaskedLM(BertConfig(**size, vocab_size=len(WORD_PIECES), initializer_range=0.5))
    bert.save_pretrained(folder / "text_encoder")
    config = json.loads((folder / "text_encoder" / "config.json").read_text())
    config |= {"architectures": ["CXRBertModel"], "projection_size": 8}
    (folder / "text_encoder" / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "vocab.txt").write_text("\n".join(WORD_PIECES) + "\n")
