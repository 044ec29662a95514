"""Which weights of a network compute in which precision, and how they lie in memory: a network is cast here alone."""

from __future__ import annotations

import re

import torch

from cxr_grounding.ask import BFLOAT16, HALF, SINGLE

PRECISIONS = {SINGLE: torch.float32, HALF: torch.float16, BFLOAT16: torch.bfloat16}
"""That the U-Net computes in, by name. Why half is float16: docs/decisions/0042-half-precision.md."""

NARROW = re.compile(r"\.conv[12]\.|samplers\.|\.attn1\.|\.attn2\.to_(v|out)\.|\.ff\.")
"""Weights of this package's U-Net that are bfloat16 in that precision, nearly all of the work. The others stay float32:
the norms, the first and the last convolution, the embedded timestep, the shortcuts, the ways into the transformers and
out of them, and the queries and keys of the attention that is read. How much each moves a heatmap:
docs/decisions/0083-bfloat16-on-cpus.md."""


def in_precision(name: str, weight: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A weight to compute with in `dtype`: that of a convolution channels-last in 16 bits.

    Such a weight is a copy anyway, and the processors that are fast in 16 bits read channels-last. In single precision
    the weights stay pages of their file.

    Args:
        name: of the weight in its network.
        weight: as stored.
        dtype: of the network; with bfloat16 that of `NARROW`, and of the others float32.
    """
    weight = weight.to(torch.float32 if dtype == torch.bfloat16 and not NARROW.search(name) else dtype)
    is_image_filter = dtype != torch.float32 and weight.ndim == 4
    return weight.contiguous(memory_format=torch.channels_last) if is_image_filter else weight


def precision_of(network: torch.nn.Module) -> str | None:
    """The name of what a network computes in; None for a mixture of types that is none of `PRECISIONS`."""
    types = {weight.dtype for weight in network.parameters()}
    if types == {torch.float32, torch.bfloat16}:
        return BFLOAT16
    return next((name for name in (SINGLE, HALF) if types == {PRECISIONS[name]}), None)
