"""The networks of the demonstration model as they are trained, with diffusers and transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

MAX_TOKENS = 77
"""Length of the text encoder's input, start and end token included."""

AUTOENCODER = {
    "in_channels": 1,
    "out_channels": 1,
    "down_block_types": ("DownEncoderBlock2D",) * 3,
    "up_block_types": ("UpDecoderBlock2D",) * 3,
    "block_out_channels": (24, 48, 64),
    "layers_per_block": 1,
    "latent_channels": 4,
    "norm_num_groups": 8,
    "mid_block_add_attention": False,
    "sample_size": 128,
}
"""Fourfold, 128 x 128 x 1 to 32 x 32 x 4: an eightfold one loses the small and soft findings."""

UNET = {
    "sample_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "layers_per_block": 1,
    "block_out_channels": (32, 96, 160),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "cross_attention_dim": 128,
    "attention_head_dim": 1,  # diffusers reads this as the number of heads
    "norm_num_groups": 16,
}

TEXT_ENCODER: dict[str, Any] = {
    "hidden_size": 128,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": MAX_TOKENS,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}


class Denoiser(nn.Module):
    """U-Net and text encoder, trained together."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.unet = UNet2DConditionModel(**UNET)
        # The plain attention: on CPUs its backward pass is the faster one.
        self.unet.set_attn_processor(AttnProcessor())
        self.text_encoder = CLIPTextModel(CLIPTextConfig(vocab_size=vocabulary, **TEXT_ENCODER))

    def forward(self, latents: Tensor, timesteps: Tensor, ids: Tensor, attended: Tensor) -> Tensor:
        """Predict the velocity; `attended` [batch, tokens] is 1 for a caption's own tokens and 0 for its padding."""
        context = self.text_encoder(ids).last_hidden_state
        return self.unet(latents, timesteps, context, encoder_attention_mask=attended).sample


def open_trained(model: Path, tokenizer: Path) -> tuple[AutoencoderKL, Denoiser]:
    """A finished model to train on from, in single precision, with another vocabulary: words that it knew keep theirs.

    Args:
        model: a diffusers folder that `export` wrote.
        tokenizer: folder of the new vocabulary.
    """
    autoencoder = AutoencoderKL.from_pretrained(model / "vae", torch_dtype=torch.float32)
    before, after = (CLIPTokenizer.from_pretrained(folder).get_vocab() for folder in (model / "tokenizer", tokenizer))
    denoiser = Denoiser(len(after))
    unet = UNet2DConditionModel.from_pretrained(model / "unet", torch_dtype=torch.float32)
    denoiser.unet.load_state_dict(unet.state_dict())
    trained = CLIPTextModel.from_pretrained(model / "text_encoder", dtype=torch.float32).state_dict()
    own = denoiser.text_encoder.state_dict()
    (words,) = (name for name in own if name.endswith("token_embedding.weight"))
    known = [(index, before[word]) for word, index in after.items() if word in before]
    here, there = (list(column) for column in zip(*known, strict=True))
    own[words][here] = trained[words][there]
    denoiser.text_encoder.load_state_dict(trained | {words: own[words]})
    return autoencoder.eval(), denoiser
