"""Read the cross-attention of a U-Net while it runs, and leave no trace. METHOD 4 and 7."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import torch

from cxr_grounding.diffusion.networks.layers import Attention, split_heads


class RecordingComplete(BaseException):
    """Ends a U-Net pass once the deepest wanted layer is recorded (METHOD 7).

    It is no error and not for callers: raised by the recorder inside the pass, it is caught by the
    recorder's own `__exit__`. It derives from BaseException so that no `except Exception` in between
    takes it for a failure.
    """


def cross_attention_layers(unet: Any) -> list[Any]:
    """The cross-attention modules of a `UNet2DConditionModel` in network order: down, middle, up (METHOD 4).

    A recipe's layers are indices into this list. The order of `unet.modules()` is another one: there
    the middle block comes last.
    """
    from diffusers.models.attention_processor import Attention

    middle = [] if unet.mid_block is None else [unet.mid_block]
    blocks = [*unet.down_blocks, *middle, *unet.up_blocks]
    return [
        module
        for block in blocks
        for module in block.modules()
        if isinstance(module, Attention) and module.is_cross_attention
    ]


class AttentionRecorder:
    """While open, keeps the attention of some layers in one pass of a U-Net.

        with AttentionRecorder(layers, wanted=(3, 4), select=select) as recorder:
            unet(latents, timesteps, context)
        recorder.maps

    The pass ends at the deepest wanted layer, unless it is to run on: the statement behind the call in the `with`
    block is not reached. The layers that are not wanted run as if there were no recorder, and on leaving, also
    by an error, every layer has the processor that it had.

    Args:
        layers: all cross-attention modules, from `cross_attention_layers`.
        wanted: which of them to keep, as indices.
        select: [batch, kept, tokens], the weight of each token in each kept map: for the mean over
            tokens 1/n on those n tokens, for one token's own map 1 on that token.
        runs_on: whether the pass goes on to its end, for its prediction (METHOD 10).
        once: whether a layer of this package's own goes on with the very probabilities that are kept: where all layers
            are read, this spares a fiftieth of the pass, and moves what it computes by rounding.
    """

    def __init__(
        self,
        layers: Sequence[Any],
        wanted: Sequence[int],
        select: torch.Tensor,
        *,
        runs_on: bool = False,
        once: bool = False,
    ) -> None:
        self._layers = {index: layers[index] for index in wanted}
        self._last = None if runs_on else max(wanted)
        self._select = select
        self._once = once
        self._maps: dict[int, torch.Tensor] = {}
        self._replaced: dict[int, Any] = {}

    @property
    def maps(self) -> list[torch.Tensor]:
        """Per wanted layer, in the order asked for: [batch, kept, rows, columns], float32, on the device."""
        return [self._maps[index] for index in self._layers]

    def __enter__(self) -> AttentionRecorder:
        for index, layer in self._layers.items():
            self._replaced[index] = layer.get_processor()
            former = None if self._once and isinstance(layer, Attention) else self._replaced[index]
            layer.set_processor(_RecordingProcessor(self, index, former))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        for index, processor in self._replaced.items():
            self._layers[index].set_processor(processor)
        self._replaced.clear()
        return kind is RecordingComplete

    def record(self, index: int, probabilities: torch.Tensor) -> None:
        """Keep one layer's [batch, heads, pixels, tokens], and end the pass where it was the last.

        Averaged over heads and reduced to the wanted tokens here, on the device: what is kept is
        smaller by the number of heads times that of tokens.
        """
        mean = probabilities.mean(dim=1)
        side = math.isqrt(mean.shape[1])
        self._maps[index] = torch.einsum("bqt,bkt->bkq", mean, self._select).reshape(
            *self._select.shape[:2], side, side
        )
        if index == self._last:
            raise RecordingComplete


class _RecordingProcessor:
    """In diffusers' slot for attention processors: computes the probabilities, then lets the former one work.

    The query and key are projected twice, once here and once there. That costs little beside the pass
    and leaves the output to the very code that computes it without a recorder. Without a former one it goes on itself.
    """

    def __init__(self, recorder: AttentionRecorder, index: int, former: Any) -> None:
        self._recorder = recorder
        self._index = index
        self._former = former

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        temb: torch.Tensor | None = None,
    ) -> torch.Tensor:
        if encoder_hidden_states is None:
            raise TypeError("a cross-attention layer was called without a context")
        probabilities = _probabilities(attn, hidden_states, encoder_hidden_states, attention_mask)
        self._recorder.record(self._index, probabilities)
        if self._former is None:
            value = split_heads(attn.to_v(encoder_hidden_states), attn.heads)
            found = (probabilities.to(value.dtype) @ value).transpose(1, 2).flatten(2)
            made: torch.Tensor = attn.to_out[0](found)
            return made
        output: torch.Tensor = self._former(attn, hidden_states, encoder_hidden_states, attention_mask, temb)
        return output


def _probabilities(
    attn: Any, hidden_states: torch.Tensor, context: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """softmax(query key^T x scale) of one layer: [batch, heads, pixels, tokens], float32.

    Args:
        attn: a diffusers `Attention` inside a transformer block.
        hidden_states: [batch, pixels, channels].
        context: [batch, tokens, width].
        mask: [batch, 1, tokens], added to the scores: 0 for a token that may be attended to, very low otherwise.
    """
    if attn.norm_cross:
        context = attn.norm_encoder_hidden_states(context)
    query, key = split_heads(attn.to_q(hidden_states), attn.heads), split_heads(attn.to_k(context), attn.heads)
    query = query if attn.norm_q is None else attn.norm_q(query)
    key = key if attn.norm_k is None else attn.norm_k(key)
    # In half precision the scores of a wide head can grow too large, and what is read is worth all its digits.
    query, key = query.float(), key.float()
    scores = query @ key.transpose(-1, -2) * attn.scale
    if mask is not None:
        scores = scores + mask[:, None]
    return torch.softmax(scores, dim=-1)
