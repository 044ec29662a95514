"""This package's text encoders are transformers', number for number, and leave to it what they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers.models.bert.configuration_bert import BertConfig
from transformers.models.bert.modeling_bert import BertModel
from transformers.models.clip.configuration_clip import CLIPTextConfig
from transformers.models.clip.modeling_clip import CLIPTextModel

from cxr_grounding.diffusion import components
from cxr_grounding.diffusion.networks.text_encoders import BertText, ClipText, suits_bert, suits_clip

SMALL = {
    "hidden_size": 16,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "vocab_size": 50,
    "initializer_range": 0.5,
    "initializer_factor": 5.0,
}
ATTENDED = torch.arange(20) < torch.tensor([[4], [20], [1]])


def theirs(kind: str, **changes: Any) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        if kind == "clip":
            return CLIPTextModel(CLIPTextConfig(**SMALL | changes)).eval()
        return BertModel(BertConfig(**SMALL | changes), add_pooling_layer=False).eval()


@torch.no_grad()
@pytest.mark.parametrize(
    ("kind", "activation"), [("clip", "quick_gelu"), ("clip", "gelu"), ("bert", "gelu")], ids=lambda value: value
)
@pytest.mark.parametrize("attended", [None, ATTENDED], ids=["all tokens", "no padding"])
def test_the_last_hidden_state_is_that_of_transformers(
    kind: str, activation: str, attended: torch.Tensor | None, tmp_path: Path
) -> None:
    original = theirs(kind, hidden_act=activation)
    original.save_pretrained(tmp_path)
    ours = components.load_network(tmp_path, components.TEXT_ENCODERS, torch.float32)
    assert isinstance(ours, ClipText if kind == "clip" else BertText)
    ids = torch.randint(50, (3, 20), generator=torch.Generator().manual_seed(2))
    mask = None if attended is None else attended.long()
    found = ours(input_ids=ids, attention_mask=mask).last_hidden_state
    expected = original(input_ids=ids, attention_mask=mask).last_hidden_state
    assert found.std() > 0.1
    torch.testing.assert_close(found, expected, rtol=0, atol=5e-6)


@torch.no_grad()
@pytest.mark.parametrize(("kind", "suits"), [("clip", suits_clip), ("bert", suits_bert)])
def test_a_variant_that_only_transformers_has_is_opened_as_its_own_class(kind: str, suits: Any, tmp_path: Path) -> None:
    original = theirs(kind, hidden_act="relu")
    original.save_pretrained(tmp_path)
    assert suits({})
    assert not suits({"hidden_act": "relu"})
    opened = components.load_network(tmp_path, components.TEXT_ENCODERS, torch.float32)
    assert type(opened) is type(original)
    ids = torch.randint(50, (3, 20))
    assert torch.equal(opened(input_ids=ids)[0], original(input_ids=ids)[0])


def test_a_decoder_is_none_of_them() -> None:
    assert not suits_bert({"is_decoder": True})


def test_heads_that_do_not_share_the_width_are_refused() -> None:
    with pytest.raises(ValueError, match="3 heads cannot share a width of 16"):
        ClipText({"hidden_size": 16, "num_attention_heads": 3})
