"""The two text encoders that chest X-ray diffusion models have, CLIP's and BERT, for grounding. METHOD 1.

They have the weights and the numbers of transformers' `CLIPTextModel` and `BertModel`, whose import takes longer than a
small model takes to answer; those are there for what `suits_clip` and `suits_bert` do not let through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.functional import gelu

from cxr_grounding.diffusion.networks.configuration import filled
from cxr_grounding.diffusion.networks.layers import attend_by_heads


class TextStates(NamedTuple):
    """What comes out: [texts, tokens, width]."""

    last_hidden_state: torch.Tensor


def quick_gelu(hidden: torch.Tensor) -> torch.Tensor:
    """OpenAI's approximation, which its CLIP was trained with."""
    return hidden * torch.sigmoid(1.702 * hidden)


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {"gelu": gelu, "quick_gelu": quick_gelu}

CLIP_DEFAULTS: dict[str, Any] = {
    "vocab_size": 49408,
    "hidden_size": 512,
    "intermediate_size": 2048,
    "num_hidden_layers": 12,
    "num_attention_heads": 8,
    "max_position_embeddings": 77,
    "hidden_act": "quick_gelu",
    "layer_norm_eps": 1e-5,
}
BERT_DEFAULTS: dict[str, Any] = {
    "vocab_size": 30522,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "hidden_act": "gelu",
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}
"""Of transformers, for what a folder does not say."""

BERT_ONLY: dict[str, Any] = {
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
    "chunk_size_feed_forward": 0,
}
"""What BERT's configuration may say only so: the other variants are transformers' own."""


def suits_clip(config: Mapping[str, Any]) -> bool:
    """Whether `ClipText` is the network that a configuration describes."""
    return config.get("hidden_act", CLIP_DEFAULTS["hidden_act"]) in ACTIVATIONS


def suits_bert(config: Mapping[str, Any]) -> bool:
    """Whether `BertText` is the network that a configuration describes."""
    return config.get("hidden_act", "gelu") in ACTIVATIONS and all(
        config.get(key, only) == only for key, only in BERT_ONLY.items()
    )


class ClipText(nn.Module):
    """CLIP's: every token looks at itself and at those before it.

    Args:
        config: one that suits.

    Attributes:
        config: its entries as attributes, what it does not say as transformers has it.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        given = self.config = _filled(CLIP_DEFAULTS, config)
        self.embeddings = nn.Module()
        self.embeddings.token_embedding = nn.Embedding(given.vocab_size, given.hidden_size)
        self.embeddings.position_embedding = nn.Embedding(given.max_position_embeddings, given.hidden_size)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList(_ClipLayer(given) for _ in range(given.num_hidden_layers))
        self.final_layer_norm = nn.LayerNorm(given.hidden_size, given.layer_norm_eps)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> TextStates:
        """[texts, tokens], int64 -> states; `attention_mask` [texts, tokens], 0 for tokens nobody may look at."""
        embeddings: Any = self.embeddings
        length = input_ids.shape[1]
        hidden = embeddings.token_embedding(input_ids) + embeddings.position_embedding.weight[:length]
        allowed = torch.ones(length, length, dtype=torch.bool, device=input_ids.device).tril()[None, None]
        if attention_mask is not None:
            allowed = allowed & attention_mask[:, None, None].bool()
        encoder: Any = self.encoder
        for layer in encoder.layers:
            hidden = layer(hidden, allowed)
        return TextStates(self.final_layer_norm(hidden))


class _ClipLayer(nn.Module):
    def __init__(self, config: Any) -> None:
        super().__init__()
        width = config.hidden_size
        self._heads, self._act = config.num_attention_heads, ACTIVATIONS[config.hidden_act]
        self.self_attn = nn.Module()
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self.self_attn, name, nn.Linear(width, width))
        self.layer_norm1 = nn.LayerNorm(width, config.layer_norm_eps)
        self.mlp = nn.Module()
        self.mlp.fc1 = nn.Linear(width, config.intermediate_size)
        self.mlp.fc2 = nn.Linear(config.intermediate_size, width)
        self.layer_norm2 = nn.LayerNorm(width, config.layer_norm_eps)

    def forward(self, hidden: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
        attn: Any = self.self_attn
        mlp: Any = self.mlp
        of = self.layer_norm1(hidden)
        found = attend_by_heads(attn.q_proj(of), attn.k_proj(of), attn.v_proj(of), self._heads, allowed)
        hidden = hidden + attn.out_proj(found)
        return hidden + mlp.fc2(self._act(mlp.fc1(self.layer_norm2(hidden))))


class BertText(nn.Module):
    """BERT without its pooler: every token looks at all.

    Args:
        config: one that suits.

    Attributes:
        config: its entries as attributes, what it does not say as transformers has it.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        given = self.config = _filled(BERT_DEFAULTS, config)
        embeddings = self.embeddings = nn.Module()
        embeddings.word_embeddings = nn.Embedding(given.vocab_size, given.hidden_size)
        embeddings.position_embeddings = nn.Embedding(given.max_position_embeddings, given.hidden_size)
        embeddings.token_type_embeddings = nn.Embedding(given.type_vocab_size, given.hidden_size)
        embeddings.LayerNorm = nn.LayerNorm(given.hidden_size, given.layer_norm_eps)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(_BertLayer(given) for _ in range(given.num_hidden_layers))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> TextStates:
        """As for `ClipText`."""
        embeddings: Any = self.embeddings
        places = embeddings.position_embeddings.weight[: input_ids.shape[1]]
        hidden = embeddings.word_embeddings(input_ids) + embeddings.token_type_embeddings.weight[0] + places
        hidden = embeddings.LayerNorm(hidden)
        allowed = None if attention_mask is None else attention_mask[:, None, None].bool()
        encoder: Any = self.encoder
        for layer in encoder.layer:
            hidden = layer(hidden, allowed)
        return TextStates(hidden)


class _BertLayer(nn.Module):
    def __init__(self, config: Any) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self._heads, self._act = config.num_attention_heads, ACTIVATIONS[config.hidden_act]
        looks = nn.Module()
        for name in ("query", "key", "value"):
            setattr(looks, name, nn.Linear(width, width))
        self.attention = nn.Module()
        self.attention.add_module("self", looks)
        self.attention.output = _BertOutput(width, width, eps)
        self.intermediate = nn.Module()
        self.intermediate.dense = nn.Linear(width, config.intermediate_size)
        self.output = _BertOutput(config.intermediate_size, width, eps)

    def forward(self, hidden: torch.Tensor, allowed: torch.Tensor | None) -> torch.Tensor:
        attention: Any = self.attention
        intermediate: Any = self.intermediate
        output: Any = self.output
        looks: Any = attention.get_submodule("self")
        found = attend_by_heads(looks.query(hidden), looks.key(hidden), looks.value(hidden), self._heads, allowed)
        hidden = attention.output(found, hidden)
        return output(self._act(intermediate.dense(hidden)), hidden)


class _BertOutput(nn.Module):
    def __init__(self, taken: int, given: int, eps: float) -> None:
        super().__init__()
        self.dense = nn.Linear(taken, given)
        self.LayerNorm = nn.LayerNorm(given, eps)

    def forward(self, found: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        return self.LayerNorm(self.dense(found) + before)


def _filled(defaults: Mapping[str, Any], config: Mapping[str, Any]) -> SimpleNamespace:
    given = filled(defaults, config)
    if given.hidden_size % given.num_attention_heads:
        raise ValueError(f"{given.num_attention_heads} heads cannot share a width of {given.hidden_size}")
    return given
