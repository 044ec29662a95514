"""Layers that the networks share, with diffusers' names for their weights and slots.

Shapes: an image is [batch, channels, rows, columns], a sequence [batch, places, channels].
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import gelu, scaled_dot_product_attention, silu


class Linear(nn.Linear):
    """One that computes in the precision of its own weights, whatever it is given."""

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return super().forward(given.to(self.weight.dtype))


class Convolution(nn.Conv2d):
    """Likewise."""

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return super().forward(given.to(self.weight.dtype))


class ResidualBlock(nn.Module):
    """Two convolutions, each behind a group norm and SiLU, beside a shortcut.

    Args:
        in_channels, out_channels: channels in and out.
        groups, eps: of the norms.
        time_width: of the embedded timestep; None for a block without one.
    """

    def __init__(
        self, in_channels: int, out_channels: int, groups: int, eps: float, time_width: int | None = None
    ) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, in_channels, eps)
        self.conv1 = Convolution(in_channels, out_channels, 3, padding=1)
        if time_width is not None:
            self.time_emb_proj = Linear(time_width, out_channels)
        self.norm2 = nn.GroupNorm(groups, out_channels, eps)
        self.conv2 = Convolution(out_channels, out_channels, 3, padding=1)
        self.conv_shortcut = None if in_channels == out_channels else Convolution(in_channels, out_channels, 1)

    def forward(self, image: torch.Tensor, time: torch.Tensor | None = None) -> torch.Tensor:
        hidden = self.conv1(silu(self.norm1(image)))
        if time is not None:
            hidden = hidden + self.time_emb_proj(silu(time))[:, :, None, None]
        hidden = self.conv2(silu(self.norm2(hidden)))
        return hidden + (image if self.conv_shortcut is None else self.conv_shortcut(image).to(image.dtype))


class Attention(nn.Module):
    """Attention of several heads, whose work is done by the processor in its slot, as in diffusers.

    Args:
        width: of the sequence that asks.
        heads: which share the width.
        context_width: of the sequence that is looked at; None where a sequence looks at itself.
        bias: whether query, key and value have one.

    Attributes:
        scale: of the scores.
        is_cross_attention: whether it looks at a context.
    """

    norm_cross = norm_q = norm_k = None
    """diffusers' variants, which none of these networks has; who reads along asks for them."""

    def __init__(self, width: int, heads: int, context_width: int | None = None, bias: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (width // heads) ** -0.5
        self.is_cross_attention = context_width is not None
        self.to_q = Linear(width, width, bias)
        self.to_k = Linear(context_width or width, width, bias)
        self.to_v = Linear(context_width or width, width, bias)
        self.to_out = nn.ModuleList([Linear(width, width)])
        self._processor: Any = attend

    def get_processor(self) -> Any:
        """What does the work: called with this module, the sequence, the context and the mask."""
        return self._processor

    def set_processor(self, processor: Any) -> None:
        """Let another do the work."""
        self._processor = processor

    def forward(
        self, sequence: torch.Tensor, context: torch.Tensor | None = None, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """[batch, places, width] -> the same; `mask` [batch, 1, context places] is added to the scores."""
        return self._processor(self, sequence, context, mask)


def attend(
    attention: Attention,
    sequence: torch.Tensor,
    context: torch.Tensor | None = None,
    mask: torch.Tensor | None = None,
    _: object = None,
) -> torch.Tensor:
    """What an attention layer does when nobody reads along."""
    source = sequence if context is None else context
    value = attention.to_v(source)
    # In the precision of the values, whichever that of the weights in front of queries and keys is.
    query, key = attention.to_q(sequence).to(value.dtype), attention.to_k(source).to(value.dtype)
    mask = None if mask is None else mask[:, None].to(value.dtype)
    return attention.to_out[0](attend_by_heads(query, key, value, attention.heads, mask, attention.scale))


def attend_by_heads(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    heads: int,
    mask: torch.Tensor | None = None,
    scale: float | None = None,
) -> torch.Tensor:
    """Scaled dot-product attention of projected sequences, [batch, places, width] each -> the same.

    Args:
        query, key, value: whose width the heads share.
        heads: how many.
        mask: for [batch, heads, places, places looked at]: added to the scores, or, of bool, which places may be.
        scale: of the scores; None for one over the root of a head's width.
    """
    query, key, value = (split_heads(projected, heads) for projected in (query, key, value))
    found = scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)
    return found.transpose(1, 2).flatten(2)


def split_heads(projected: torch.Tensor, heads: int) -> torch.Tensor:
    """[batch, places, width] -> [batch, heads, places, width of a head]."""
    return torch.unflatten(projected, 2, (heads, -1)).transpose(1, 2)


class FeedForward(nn.Module):
    """Two linear layers, four times as wide in between, with a gate of GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        gate = nn.Module()
        gate.proj = Linear(width, 8 * width)
        # The place between them is that of the dropout in training.
        self.net = nn.ModuleList([gate, nn.Identity(), Linear(4 * width, width)])

    def forward(self, sequence: torch.Tensor) -> torch.Tensor:
        net: Any = self.net
        hidden, gate = net[0].proj(sequence).chunk(2, dim=-1)
        return net[2](hidden * gelu(gate))


class TransformerBlock(nn.Module):
    """A sequence looks at itself, then at the context, then thinks."""

    def __init__(self, width: int, heads: int, context_width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn1 = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.attn2 = Attention(width, heads, context_width)
        self.norm3 = nn.LayerNorm(width)
        self.ff = FeedForward(width)

    def forward(self, sequence: torch.Tensor, context: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        sequence = sequence + self.attn1(self.norm1(sequence))
        sequence = sequence + self.attn2(self.norm2(sequence), context, mask)
        return sequence + self.ff(self.norm3(sequence))


class ImageTransformer(nn.Module):
    """Transformer blocks on the pixels of an image, beside a shortcut.

    Args:
        width: channels.
        heads: of each attention layer.
        context_width: of the context.
        blocks: how many.
        groups: of the norm in front.
        linear: whether the projections around them are linear layers or 1 x 1 convolutions.
    """

    def __init__(self, width: int, heads: int, context_width: int, blocks: int, groups: int, linear: bool) -> None:
        super().__init__()
        self._linear = linear
        self.norm = nn.GroupNorm(groups, width, 1e-6)
        self.proj_in = Linear(width, width) if linear else Convolution(width, width, 1)
        self.transformer_blocks = nn.ModuleList(TransformerBlock(width, heads, context_width) for _ in range(blocks))
        self.proj_out = Linear(width, width) if linear else Convolution(width, width, 1)

    def forward(self, image: torch.Tensor, context: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        hidden, size = self.norm(image), image.shape[-2:]
        if not self._linear:
            hidden = self.proj_in(hidden)
        sequence = hidden.flatten(2).transpose(1, 2)
        if self._linear:
            sequence = self.proj_in(sequence)
        sequence = sequence.to(image.dtype)  # what is added up along the network is as precise as what came in
        for block in self.transformer_blocks:
            sequence = block(sequence, context, mask)
        if self._linear:
            sequence = self.proj_out(sequence)
        hidden = sequence.transpose(1, 2).unflatten(2, size)
        return image + (hidden if self._linear else self.proj_out(hidden))


class Resize(nn.Module):
    """In diffusers' slot for what halves or doubles an image: its only weight is that of a convolution."""

    def __init__(self, channels: int, stride: int, padding: int = 1) -> None:
        super().__init__()
        self.conv = Convolution(channels, channels, 3, stride, padding)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.conv(image).to(image.dtype)
