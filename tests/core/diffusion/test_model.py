"""Opening a model folder: what is read, and what is refused and how it is said."""

from __future__ import annotations

import gc
import json
import pickle
import random
import socket
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cxr_grounding.diffusion import components, device
from cxr_grounding.diffusion.model import LatentDiffusionModel, Parts
from cxr_grounding.diffusion.networks.layers import ImageTransformer, ResidualBlock, TransformerBlock
from cxr_grounding.diffusion.networks.text_encoders import ClipText
from cxr_grounding.errors import CXRGroundingError, DeviceError, ModelError, RecipeError
from cxr_grounding.recipe import Recipe

UNET, VAE, TEXT = (
    "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
)


def refusal(folder: Path, error: type[CXRGroundingError] = ModelError) -> str:
    """What is said when the folder is opened."""
    with pytest.raises(error) as caught:
        LatentDiffusionModel.open(folder, "cpu")
    assert str(caught.value).endswith(".")
    return str(caught.value)


def mapped_from(folder: Path) -> list[str]:
    """This process's mappings of files in a folder, as Linux lists them."""
    return [line for line in Path("/proc/self/maps").read_text().splitlines() if str(folder) in line]


def test_a_folder_is_opened_frozen_in_single_precision(tiny_model: LatentDiffusionModel) -> None:
    assert tiny_model.identity.name == "tiny"
    assert tiny_model.recipe.frame_size == 64
    assert len(tiny_model.layers) == 7
    assert tiny_model.device == torch.device("cpu")
    for network in (tiny_model.autoencoder, tiny_model.unet, tiny_model.text_encoder.network):
        assert not network.training
        assert all(not p.requires_grad and p.dtype == torch.float32 and not p.is_meta for p in network.parameters())
        assert not any(buffer.is_meta for buffer in network.buffers())


def test_opening_leaves_random_numbers_and_threads_alone_and_uses_no_network(
    tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    before = torch.get_rng_state(), torch.get_num_threads(), random.getstate()
    LatentDiffusionModel.open(tiny_model_folder, "cpu")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (torch.get_num_threads(), random.getstate()) == before[1:]
    assert capfd.readouterr() == ("", "")


def test_weights_stored_in_half_precision_are_computed_in_single(own_model_folder: Path) -> None:
    weights = load_file(own_model_folder / UNET)
    save_file({name: tensor.half() for name, tensor in weights.items()}, own_model_folder / UNET)
    opened = LatentDiffusionModel.open(own_model_folder, "cpu")
    assert {weight.dtype for weight in opened.unet.parameters()} == {torch.float32}


def test_in_half_precision_the_unet_is_and_nothing_else(tiny_model_folder: Path) -> None:
    half = LatentDiffusionModel.open(tiny_model_folder, "cpu", "half")
    assert half.precision == "half"
    assert {weight.dtype for weight in half.unet.parameters()} == {torch.float16}
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in half.unet.parameters() if w.ndim == 4)
    for network in (half.autoencoder, half.text_encoder.network):
        assert {weight.dtype for weight in network.parameters()} == {torch.float32}


def test_in_bfloat16_most_weights_are_and_what_a_heatmap_needs_stays_single(tiny_model_folder: Path) -> None:
    opened = LatentDiffusionModel.open(tiny_model_folder, "cpu", "bfloat16")
    assert opened.precision == "bfloat16"
    types = {name: weight.dtype for name, weight in opened.unet.named_parameters()}
    assert {name for name, dtype in types.items() if dtype == torch.bfloat16} == {
        name
        for name in types
        if any(part in name for part in ("conv1", "conv2", "samplers", "attn1", ".ff."))
        or any(part in name for part in ("attn2.to_v", "attn2.to_out"))
    }
    assert all(dtype in {torch.float32, torch.bfloat16} for dtype in types.values())
    images = [weight for weight in opened.unet.parameters() if weight.ndim == 4]
    assert all(weight.is_contiguous(memory_format=torch.channels_last) for weight in images)
    assert {weight.dtype for weight in opened.autoencoder.parameters()} == {torch.float32}
    assert not opened.fall_back_to_single(), "its numbers are as large as those of single precision"


def test_in_bfloat16_what_is_added_up_along_the_network_and_normed_stays_single(tiny_model_folder: Path) -> None:
    opened = LatentDiffusionModel.open(tiny_model_folder, "cpu", "bfloat16")
    seen: dict[str, set[torch.dtype]] = {"norm": set(), "block": set()}
    for module in opened.unet.modules():
        kind = "norm" if isinstance(module, torch.nn.GroupNorm | torch.nn.LayerNorm) else ""
        kind = "block" if isinstance(module, ResidualBlock | ImageTransformer | TransformerBlock) else kind
        if kind:
            module.register_forward_hook(lambda _, __, made, kind=kind: seen[kind].add(made.dtype))
    opened.predict(torch.ones(1, 4, 16, 16), 500, torch.ones(1, 77, 16))
    assert seen == {"norm": {torch.float32}, "block": {torch.float32}}


@pytest.mark.parametrize(("large", "expected"), [(0, "bfloat16"), (1 << 40, "single")])
def test_auto_leaves_a_small_unet_in_single_precision_on_a_cpu_that_is_fast_in_bfloat16(
    large: int, expected: str, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "is_fast_in_bfloat16", lambda: True)
    monkeypatch.setattr(device, "LARGE", large)
    assert LatentDiffusionModel.open(tiny_model_folder, "cpu").precision == expected


def test_a_variant_that_diffusers_computes_is_single_by_itself_and_refused_in_bfloat16(
    own_model_folder: Path, change_json: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    change_json(own_model_folder / "unet" / "config.json", upcast_attention=True)
    monkeypatch.setattr(device, "is_fast_in_bfloat16", lambda: True)
    monkeypatch.setattr(device, "LARGE", 0)
    assert LatentDiffusionModel.open(own_model_folder, "cpu").precision == "single"
    with pytest.raises(DeviceError, match=r"does not compute in bfloat16 here\. Choose the precision single\."):
        LatentDiffusionModel.open(own_model_folder, "cpu", "bfloat16")


@pytest.mark.parametrize(("precision", "apart"), [("half", 1e-2), ("bfloat16", 5e-2)])
def test_what_goes_into_a_unet_of_16_bits_and_comes_out_of_it_is_single(
    precision: str, apart: float, tiny_model_folder: Path, tiny_model: LatentDiffusionModel
) -> None:
    half = LatentDiffusionModel.open(tiny_model_folder, "cpu", precision)
    latent = torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(1))
    context = tiny_model.encode_text([[1, 100, 120, 2, *[0] * 73]] * 2)
    select = torch.ones(2, 1, 77) / 77
    attended = torch.arange(77).expand(2, 77) < 60
    for one, other in zip(
        (half.predict(latent, 500, context), *half.attention_maps(latent, [500, 3], context, select, [1, 4])),
        (
            tiny_model.predict(latent, 500, context),
            *tiny_model.attention_maps(latent, [500, 3], context, select, [1, 4]),
        ),
        strict=True,
    ):
        assert one.dtype == other.dtype == torch.float32
        assert 0 < (one - other).abs().max() < apart * other.abs().max()
    # A token that may not be looked at gets nothing in half precision either.
    hidden = torch.zeros(2, 1, 77).index_fill(2, torch.arange(60, 77), 1)
    assert all(not part.any() for part in half.attention_maps(latent, [500, 3], context, hidden, [1, 4], attended))


def test_a_model_is_widened_once_and_only_from_its_folder(
    tiny_model_folder: Path, tiny_model: LatentDiffusionModel
) -> None:
    half = LatentDiffusionModel.open(tiny_model_folder, "cpu", "half")
    assert half.fall_back_to_single()
    assert (half.precision, half.fell_back, half.fall_back_to_single()) == ("single", True, False)
    latent, context = torch.ones(1, 4, 16, 16), tiny_model.encode_text([[1, 2, *[0] * 75]])
    assert torch.equal(half.predict(latent, 500, context), tiny_model.predict(latent, 500, context))
    assert not tiny_model.fell_back


def test_models_of_the_same_files_and_precision_have_the_same_key(own_model_folder: Path) -> None:
    def key(precision: str = "auto") -> object:
        return LatentDiffusionModel.open(own_model_folder, "cpu", precision).key

    first = key()
    assert key() == first
    assert key("half") != first
    (own_model_folder / "notes").symlink_to("nowhere")
    assert key() == first
    save_file(load_file(own_model_folder / UNET), own_model_folder / UNET)
    assert key() != first


def test_text_weights_may_be_stored_in_either_of_their_layouts(
    own_model_folder: Path, tiny_model: LatentDiffusionModel
) -> None:
    bare = {name.removeprefix("text_model."): tensor for name, tensor in load_file(own_model_folder / TEXT).items()}
    ids = [[1, 100, 120, 2, *[0] * 73]]
    for prefix in ("", "text_model."):
        stored = {prefix + name: tensor for name, tensor in bare.items()}
        stored[f"{prefix}embeddings.position_ids"] = torch.arange(77)[None]
        save_file(stored, own_model_folder / TEXT)
        opened = LatentDiffusionModel.open(own_model_folder, "cpu")
        assert torch.equal(opened.encode_text(ids), tiny_model.encode_text(ids))


def test_a_large_text_encoder_is_in_a_cpus_memory_only_while_texts_are_read(
    own_model_folder: Path, tiny_model: LatentDiffusionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[weakref.ref[torch.nn.Module]] = []
    load = components.load_network

    def remember(*given: Any) -> torch.nn.Module:
        network = load(*given)
        if isinstance(network, ClipText):
            opened.append(weakref.ref(network))
        return network

    monkeypatch.setattr(device, "LARGE", 0)
    monkeypatch.setattr(components, "load_network", remember)
    large = LatentDiffusionModel.open(own_model_folder, "cpu")
    ids = [[1, 100, 120, 2, *[0] * 73]]
    for _ in range(2):
        assert torch.equal(large.encode_text(ids), tiny_model.encode_text(ids))
    gc.collect()
    assert large.text_encoder.network is None
    assert [network() for network in opened] == [None] * 3


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="only Linux lists what is mapped")
def test_weights_are_pages_of_their_file_rather_than_copies(tiny_model_folder: Path) -> None:
    """Of a file in the precision that is computed in; so nothing of it is in memory before it is used."""
    weight = next(LatentDiffusionModel.open(tiny_model_folder, "cpu").unet.parameters())
    places = [tuple(int(end, 16) for end in line.split()[0].split("-")) for line in mapped_from(tiny_model_folder)]
    assert any(start <= weight.data_ptr() < stop for start, stop in places)


def test_the_latent_is_the_posterior_mean_times_the_latent_scale(tiny_model: LatentDiffusionModel) -> None:
    image = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    with torch.no_grad():
        plain = tiny_model.autoencoder.encode(torch.from_numpy(image)[None, None]).latent_dist.mean
        wide = tiny_model.autoencoder.encode(torch.from_numpy(image)[None, None] * 2 - 1).latent_dist.mean
    assert plain.shape == (1, 4, 16, 16)
    torch.testing.assert_close(tiny_model.encode(image), plain * 0.5)
    recipe = tiny_model.recipe.replace(pixel_low=-1, latent_scale=0.18)
    torch.testing.assert_close(tiny_model.encode(image, recipe), wide * 0.18)


def test_a_grey_image_fills_all_channels_of_a_colour_autoencoder(
    own_model_folder: Path, change_json: Callable[..., None]
) -> None:
    weights = load_file(own_model_folder / VAE)
    weights["encoder.conv_in.weight"] = weights["encoder.conv_in.weight"].repeat(1, 3, 1, 1) / 3
    save_file(weights, own_model_folder / VAE)
    change_json(own_model_folder / "vae" / "config.json", in_channels=3)
    image = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    grey = LatentDiffusionModel.open(own_model_folder, "cpu").encode(image)
    assert grey.shape == (1, 4, 16, 16)


@pytest.mark.parametrize(
    "name", [UNET, VAE, TEXT, "vae/config.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json"]
)
def test_a_missing_file_is_named(name: str, own_model_folder: Path) -> None:
    (own_model_folder / name).unlink()
    assert str(own_model_folder / name) in refusal(own_model_folder)


def test_a_missing_folder_or_recipe_is_named(own_model_folder: Path, tmp_path: Path) -> None:
    assert "There is no model folder" in refusal(tmp_path / "nowhere")
    (own_model_folder / "grounding.json").unlink()
    assert "has no grounding.json" in refusal(own_model_folder, RecipeError)


@pytest.mark.parametrize("name", [UNET, VAE, TEXT])
@pytest.mark.parametrize("damage", ["truncated", "empty", "noise", "html"])
def test_a_damaged_weight_file_is_named(name: str, damage: str, own_model_folder: Path) -> None:
    path = own_model_folder / name
    whole = path.read_bytes()
    content = {
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
        "noise": b"\xff" * 999,
        "html": b"<html></html>" * 9,
    }
    path.write_bytes(content[damage])
    assert f"{path} is damaged" in refusal(own_model_folder)


def test_pickled_weights_are_refused_unopened(own_model_folder: Path, tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "was-run",)

    for pickled in ("diffusion_pytorch_model.bin", "diffusion_pytorch_model.safetensors"):
        (own_model_folder / UNET).unlink(missing_ok=True)
        (own_model_folder / "unet" / pickled).write_bytes(pickle.dumps(Payload()))
        told = refusal(own_model_folder)
        assert ("is a pickle" in told) or ("is damaged" in told)
    assert not (tmp_path / "was-run").exists()


def test_a_missing_a_superfluous_and_a_misshapen_weight_are_named(own_model_folder: Path) -> None:
    path = own_model_folder / UNET
    weights = load_file(path)
    name = "conv_in.weight"
    save_file({key: tensor for key, tensor in weights.items() if key != name}, path)
    assert "lacks the weight 'conv_in.weight' (1 in all)" in refusal(own_model_folder)
    save_file(weights | {"lora.up": torch.zeros(2)}, path)
    assert "'lora.up', for which the model has no place" in refusal(own_model_folder)
    save_file(weights | {name: torch.zeros(8, 3, 3, 3)}, path)
    assert "'conv_in.weight'" in refusal(own_model_folder)
    assert "has the shape (8, 3, 3, 3), but config.json asks for (8, 4, 3, 3)" in refusal(own_model_folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000], ids=range(5))
def test_a_damaged_configuration_is_named(content: bytes, own_model_folder: Path) -> None:
    path = own_model_folder / "unet" / "config.json"
    path.write_bytes(content)
    assert str(path) in refusal(own_model_folder)


def test_each_configuration_is_read_once(tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    read_config = components.read_config

    def counted(path: Path) -> dict[str, Any]:
        read.append(path.relative_to(tiny_model_folder).as_posix())
        return read_config(path)

    monkeypatch.setattr(components, "read_config", counted)
    LatentDiffusionModel.open(tiny_model_folder, "cpu")
    configs = ["text_encoder/config.json", "unet/config.json", "vae/config.json"]
    assert sorted(read) == ["scheduler/scheduler_config.json", *configs]


@pytest.mark.parametrize(
    "change",
    [
        {"down_block_types": ["NoSuchBlock"] * 2},
        {"block_out_channels": [8]},
        {"block_out_channels": "many"},
        {"norm_num_groups": 3},
        {"layers_per_block": None, "attention_head_dim": 0},
    ],
    ids=range(5),
)
def test_a_configuration_that_describes_no_network_is_named(
    change: dict[str, object], own_model_folder: Path, change_json: Callable[..., None]
) -> None:
    path = own_model_folder / "unet" / "config.json"
    change_json(path, **change)
    assert str(path) in refusal(own_model_folder) or UNET in refusal(own_model_folder)


def test_an_absurdly_large_network_is_refused_before_memory_is_taken(
    own_model_folder: Path, change_json: Callable[..., None]
) -> None:
    change_json(own_model_folder / "text_encoder" / "config.json", vocab_size=10**12)
    assert "has the shape" in refusal(own_model_folder)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("vae", {"_class_name": "AutoencoderTiny"}),
        ("unet", {"_class_name": None}),
        ("text_encoder", {"architectures": ["T5EncoderModel"]}),
        ("text_encoder", {"architectures": "CLIPTextModel"}),
    ],
)
def test_a_class_that_is_not_known_is_named(
    part: str, change: dict[str, object], own_model_folder: Path, change_json: Callable[..., None]
) -> None:
    change_json(own_model_folder / part / "config.json", **change)
    assert "but known here are" in refusal(own_model_folder)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": "b"}', '{"a": 5}'])
def test_a_damaged_tokenizer_is_named(content: str, own_model_folder: Path) -> None:
    (own_model_folder / "tokenizer" / "vocab.json").write_text(content)
    assert str(own_model_folder / "tokenizer") in refusal(own_model_folder)


def test_a_tokenizer_with_more_tokens_than_the_text_encoder_knows_is_refused(own_model_folder: Path) -> None:
    path = own_model_folder / "tokenizer" / "vocab.json"
    vocabulary = json.loads(path.read_text())
    path.write_text(json.dumps(vocabulary | {"zzz": len(vocabulary)}))
    assert "text encoder knows" in refusal(own_model_folder)


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ({"layers": [7]}, "names the layer 7, but the model has 7 cross-attention layers, 0 to 6"),
        ({"steps": 2000}, "asks for 2000 steps, but the model was trained on 1000"),
        ({"frame_size": 66}, "needs a multiple of 4"),
        ({"max_tokens": 100}, "reads at most 77"),
        ({"stepz": 50}, "unknown name 'stepz'"),
    ],
)
def test_a_recipe_that_the_model_cannot_follow_is_refused_at_opening(
    recipe: dict[str, object], told: str, own_model_folder: Path, change_json: Callable[..., None]
) -> None:
    path = own_model_folder / "grounding.json"
    change_json(path, recipe=json.loads(path.read_text())["recipe"] | recipe)
    assert told in refusal(own_model_folder, RecipeError)


def test_parts_that_do_not_fit_each_other_are_refused(own_model_folder: Path, tiny_model: LatentDiffusionModel) -> None:
    opened = LatentDiffusionModel.open(own_model_folder, "cpu")
    parts = Parts(
        autoencoder=opened.autoencoder,
        unet=opened.unet,
        text_encoder=opened.text_encoder,
        tokenizer=opened.tokenizer,
        scheduler_config=opened.scheduler_config,
    )
    build = partial(
        LatentDiffusionModel, parts, identity=opened.identity, recipe=Recipe(frame_size=64, layers=(1,)), device="cpu"
    )
    build()
    opened.unet.to(torch.bfloat16)
    with pytest.raises(ModelError, match=r"weights are torch\.bfloat16, but it must compute in float32 or float16"):
        build()
    opened.unet.to(torch.float32)
    opened.text_encoder.width = 32
    with pytest.raises(ModelError, match="width 32, but the U-Net's cross-attention takes 16"):
        build()
    opened.unet.config.in_channels = 3
    with pytest.raises(ModelError, match="4 channels, but the U-Net takes 3"):
        build()


@pytest.mark.parametrize("name", ["cuda:99", "tpu", "", "cpu:1"])
def test_a_device_that_is_not_there_is_refused(name: str, tiny_model_folder: Path) -> None:
    with pytest.raises(DeviceError, match=r"Choose one of: auto, .*cpu"):
        LatentDiffusionModel.open(tiny_model_folder, name)
