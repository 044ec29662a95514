"""Checkpoints that cannot be converted: each is refused with a sentence that says why, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from cxr_grounding.errors import CXRGroundingError, ModelError, OutputError
from cxr_grounding.models.monai.checkpoint import read_checkpoint
from cxr_grounding.models.monai.convert import convert_monai
from cxr_grounding.models.monai.originals import Originals


@pytest.fixture(scope="module")
def good(monai_toy: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Good checkpoints, written once."""
    paths: dict[str, Path] = monai_toy.write(tmp_path_factory.mktemp("good") / "published", "generative")
    return paths


@pytest.fixture
def published(good: dict[str, Path], tmp_path: Path) -> dict[str, Path]:
    """A copy of them that a test may break."""
    shutil.copytree(good["unet"].parent, tmp_path / "published")
    return {name: tmp_path / "published" / path.name for name, path in good.items()}


@pytest.fixture
def refusal(published: dict[str, Path], text_side: dict[str, Path], tmp_path: Path) -> Callable[..., str]:
    """The sentence with which a conversion ends; also checks that nothing is left of it."""

    def convert(**changes: Any) -> str:
        before = sorted(tmp_path.iterdir())
        with pytest.raises(CXRGroundingError) as refused:
            convert_monai(Originals(**(published | text_side | changes)), tmp_path / "model")
        assert sorted(tmp_path.iterdir()) == before
        return str(refused.value)

    return convert


def change(path: Path, edit: Callable[[dict[str, torch.Tensor]], None]) -> None:
    state = torch.load(path, weights_only=True)
    edit(state)
    torch.save(state, path)


@pytest.mark.parametrize("part", ["unet", "autoencoder"])
def test_a_weight_left_over_is_named(part: str, published: dict[str, Path], refusal: Callable[..., str]) -> None:
    change(published[part], lambda state: state.update({"class_embedding.weight": torch.zeros(2)}))
    assert "'class_embedding.weight', for which" in refusal()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("unet", "up_blocks.2.resnets.1.conv2.conv.weight"),
        ("unet", "conv_in.conv.weight"),
        ("unet", "middle_block.attention.transformer_blocks.0.attn2.to_k.weight"),
        ("autoencoder", "quant_conv_log_sigma.conv.bias"),
        ("autoencoder", "decoder.blocks.2.norm1.bias"),
        ("autoencoder", "encoder.blocks.0.conv.weight"),
    ],
)
def test_a_missing_weight_is_named(
    part: str, name: str, published: dict[str, Path], refusal: Callable[..., str]
) -> None:
    change(published[part], lambda state: state.__delitem__(name))
    sentence = refusal()
    assert "lacks the weight" in sentence
    assert str(published[part]) in sentence


def test_a_weight_under_the_names_of_both_layouts_is_refused(
    published: dict[str, Path], refusal: Callable[..., str]
) -> None:
    old = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0.bias"
    new = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.out_proj.bias"
    change(published["unet"], lambda state: state.update({new: state[old]}))
    assert "twice, under two names" in refusal()


def test_a_weight_of_another_shape_is_named(published: dict[str, Path], refusal: Callable[..., str]) -> None:
    name = "down_blocks.1.resnets.1.conv1.conv.weight"
    change(published["unet"], lambda state: state.update({name: torch.zeros(32, 16, 3, 3)}))
    assert f"{name!r}" in refusal()


def test_swapped_files_are_told(published: dict[str, Path], refusal: Callable[..., str]) -> None:
    sentence = refusal(unet=published["autoencoder"], autoencoder=published["unet"])
    assert "mixed up" in sentence


def test_an_autoencoder_with_attention_is_refused(
    monai_model: Callable[..., Any], published: dict[str, Path], refusal: Callable[..., str], tmp_path: Path
) -> None:
    with_attention = monai_model({}, {"with_encoder_nonlocal_attn": True})
    with_attention.write(tmp_path / "other")
    assert "has attention" in refusal(autoencoder=tmp_path / "other" / "autoencoder.pt", config=None)


@pytest.mark.parametrize(
    ("part", "argument", "value"),
    [
        ("unet", "channels", [32, 64, 64]),
        ("unet", "num_head_channels", [0, 7, 64]),
        ("unet", "num_head_channels", "64"),
        ("unet", "cross_attention_dim", 1024),
        ("unet", "resblock_updown", True),
        ("unet", "norm_eps", 1e-5),
        ("unet", "norm_num_groups", 24),
        ("autoencoder", "latent_channels", 4),
        ("autoencoder", "num_res_blocks", 3),
        ("autoencoder", "norm_eps", 1e-5),
        ("autoencoder", "norm_num_groups", 24),
        ("autoencoder", "norm_num_groups", 0),
    ],
)
def test_a_configuration_of_another_model_is_refused(
    part: str, argument: str, value: object, published: dict[str, Path], refusal: Callable[..., str]
) -> None:
    path = published["unet"].with_name("arch.json")
    document = json.loads(path.read_text())
    document[part][argument] = value
    path.write_text(json.dumps(document))
    sentence = refusal()
    assert argument in sentence or "norm groups" in sentence


def test_a_text_encoder_of_another_width_is_refused(
    monai_model: Callable[..., Any], refusal: Callable[..., str], tmp_path: Path
) -> None:
    paths = monai_model({"cross_attention_dim": 24}).write(tmp_path / "wider")
    assert "vectors of width 16, but the U-Net's cross-attention takes 24" in refusal(**paths)


@pytest.mark.parametrize("name", ["autoencoder", "unet", "config"])
def test_a_missing_file_is_named(name: str, refusal: Callable[..., str], tmp_path: Path) -> None:
    assert str(tmp_path / "nowhere.pt") in refusal(**{name: tmp_path / "nowhere.pt"})


@pytest.mark.parametrize("name", ["text_encoder", "tokenizer"])
def test_an_empty_folder_is_no_text_side(name: str, refusal: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert f"{tmp_path / 'empty'} has no" in refusal(**{name: tmp_path / "empty"})


def test_a_damaged_tokenizer_is_named(refusal: Callable[..., str], text_side: dict[str, Path], tmp_path: Path) -> None:
    words = shutil.copytree(text_side["tokenizer"], tmp_path / "words")
    (words / "vocab.json").write_text("{")
    assert "The tokenizer in" in refusal(tokenizer=words)
    (words / "vocab.json").unlink()
    assert "The model has no tokenizer" in refusal(tokenizer=words)


def test_a_folder_that_is_there_is_not_touched(
    published: dict[str, Path], text_side: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "note.txt").write_text("mine")
    with pytest.raises(OutputError, match="is there already"):
        convert_monai(Originals(**published, **text_side), tmp_path / "model")
    assert [file.name for file in (tmp_path / "model").iterdir()] == ["note.txt"]


class Malicious:
    """Would run a program when unpickled."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("ran",)


def test_a_pickle_that_needs_more_than_tensors_is_refused_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": torch.zeros(2), "more": Malicious()}, tmp_path / "bad.pt")
    with pytest.raises(ModelError, match="holds more than weights"):
        read_checkpoint(tmp_path / "bad.pt")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 cut off", b"\x80\x02", b"version https://git-lfs.github.com/spec/v1\n" * 3]
)
def test_a_damaged_file_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.pth (is damaged|holds more than weights)"):
        read_checkpoint(tmp_path / "bad.pth")


def test_a_checkpoint_cut_off_anywhere_is_told(published: dict[str, Path]) -> None:
    whole = published["autoencoder"].read_bytes()
    for length in range(1, len(whole), len(whole) // 20):
        published["autoencoder"].write_bytes(whole[:length])
        with pytest.raises(ModelError):
            read_checkpoint(published["autoencoder"])


@pytest.mark.parametrize("content", [[torch.zeros(2)], {}, {"step": 3, "weight": torch.zeros(2)}, torch.zeros(3)])
def test_what_is_no_state_dict_is_told(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "strange.pt")
    with pytest.raises(ModelError, match=r"strange\.pt holds"):
        read_checkpoint(tmp_path / "strange.pt")


def test_common_wrappings_are_taken_off(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "state_dict": {"module.weight": torch.ones(2)}}, tmp_path / "wrapped.pt")
    assert list(read_checkpoint(tmp_path / "wrapped.pt")) == ["weight"]


def test_an_old_torch_is_not_trusted_with_pickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"weight": torch.ones(2)}, tmp_path / "good.pt")
    monkeypatch.setattr(torch, "__version__", type(torch.__version__)("2.9.1"))
    with pytest.raises(ModelError, match=r"PyTorch 2\.9\.1 cannot read good\.pt safely"):
        read_checkpoint(tmp_path / "good.pt")
