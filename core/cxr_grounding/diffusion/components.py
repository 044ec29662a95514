"""Read the parts of a diffusers folder: each weight exactly once, never a pickle.

The registries at the end say which classes a folder may name. Support for another one (a text encoder
of another family, an autoencoder that differs in a layer) is one more entry there. Each is built as this package's own
network where that is the same (`networks`), which starts quickly, and else as the libraries' own class.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch.overrides import TorchFunctionMode

from cxr_grounding.diffusion.networks import encoder, text_encoders, unet
from cxr_grounding.diffusion.networks.precision import in_precision
from cxr_grounding.disk.json_file import JsonError, read_object
from cxr_grounding.errors import ModelError

FOREIGN_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the libraries raise on a configuration that they cannot use; they have no error class of their own."""

NEXT_STEP = "Fetch or convert the model again."
"""What to do about a folder that is not whole."""

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
"""File names of weights that are pickles; they are refused unopened."""

DECODER = ("decoder.", "post_quant_conv.")
"""Parts of an autoencoder that make an image of a latent."""

DRAWS = (
    torch.nn.init.normal_,
    torch.nn.init.uniform_,
    torch.nn.init.kaiming_uniform_,
    torch.Tensor.normal_,
    torch.Tensor.uniform_,
)
"""How torch's layers and the libraries fill new weights."""

BERT_HEADS = ("cls.", "cls_projection_head.", "pooler.")
"""Parts of a BERT checkpoint that served its training and are no part of its last hidden state."""


@dataclass(frozen=True)
class Kind:
    """How one class of network is read from its folder.

    Args:
        build: makes the network from its configuration; called with torch's default device set to
            "meta", so that nothing is allocated or drawn at random.
        weights: name of the safetensors file.
        find: the network's name of a stored weight, given that name and the names it has; None for
            one that is stored but not needed.
        finish: fills the buffers that are not stored.
    """

    build: Callable[[dict[str, Any]], torch.nn.Module]
    weights: str
    find: Callable[[str, Collection[str]], str | None] = lambda name, _: name
    finish: Callable[[torch.nn.Module], None] = lambda _: None


class _Undrawn(TorchFunctionMode):
    """While open, new weights are not drawn at random: on "meta" there is nothing to draw, yet asking for it makes
    torch import its compiler."""

    def __torch_function__(
        self, function: Callable[..., Any], _: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if function in DRAWS:
            return args[0] if args else given["tensor"]
        return function(*args, **given)


def read_config(path: Path) -> dict[str, Any]:
    """A JSON object from a model folder.

    Raises:
        ModelError: when it is missing or is none.
    """
    try:
        return read_object(path)
    except FileNotFoundError:
        raise ModelError(f"The model has no {path.parent.name}/{path.name} ({path} is missing). {NEXT_STEP}") from None
    except JsonError as error:
        raise ModelError(f"{path} cannot be read as JSON ({error}). {NEXT_STEP}") from error


def class_named_by(config: Mapping[str, Any]) -> str:
    """The class that a configuration is for, as diffusers or as transformers writes it; "" if it does not say."""
    architectures = config.get("architectures")
    first = architectures[0] if isinstance(architectures, list) and architectures else ""
    name = config.get("_class_name", first)
    return name if isinstance(name, str) else ""


def load_network(
    folder: Path,
    kinds: Mapping[str, Kind],
    dtype: torch.dtype | Callable[[torch.nn.Module], torch.dtype],
    config: dict[str, Any] | None = None,
) -> torch.nn.Module:
    """Read one network, ready to run on the CPU, without gradients.

    Args:
        folder: holds `config.json` and the weights.
        kinds: the classes that are known for this part, by name.
        dtype: to compute in, or what chooses it for a network that has no weights yet.
        config: what `config.json` holds, where it was read already.

    Raises:
        ModelError: when a file is missing, damaged, a pickle, or does not fit the configuration.
    """
    config = read_config(folder / "config.json") if config is None else config
    name = class_named_by(config)
    if name not in kinds:
        known = ", ".join(sorted(kinds))
        raise ModelError(f"{folder / 'config.json'} names the class {name!r}, but known here are: {known}. {NEXT_STEP}")
    kind = kinds[name]
    try:
        with torch.device("meta"), _Undrawn():
            network = kind.build(config)
    except FOREIGN_ERRORS as error:
        raise ModelError(f"{folder / 'config.json'} describes no {name} ({error}). {NEXT_STEP}") from error
    expected = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    chosen = dtype if isinstance(dtype, torch.dtype) else dtype(network)
    network.load_state_dict(_read_weights(_weights_file(folder, kind), expected, kind, chosen), assign=True)
    kind.finish(network)
    return network.eval().requires_grad_(False)


def _weights_file(folder: Path, kind: Kind) -> Path:
    path = folder / kind.weights
    if path.is_file():
        return path
    pickles = sorted(entry.name for entry in folder.iterdir() if entry.suffix in PICKLES)
    if pickles:
        raise ModelError(
            f"{folder / pickles[0]} is a pickle, which can run any program when it is opened, so it is refused. "
            f"If you trust it, convert it to {kind.weights} with the safetensors library."
        )
    raise ModelError(f"The model has no weights in {folder.name}/ ({path} is missing). {NEXT_STEP}")


def _read_weights(
    path: Path, expected: Mapping[str, tuple[int, ...]], kind: Kind, dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file under the network's own names, checked before they are read."""
    tensors: dict[str, torch.Tensor] = {}
    try:
        with safe_open(path, framework="pt") as file:
            for stored in file.keys():  # noqa: SIM118 (not a dict)
                name = kind.find(stored, expected)
                if name is None:
                    continue
                if name not in expected or name in tensors:
                    raise ModelError(
                        f"{path} holds the weight {stored!r}, for which the model has no place. {NEXT_STEP}"
                    )
                shape = tuple(file.get_slice(stored).get_shape())
                if shape != expected[name]:
                    raise ModelError(
                        f"The weight {stored!r} in {path} has the shape {shape}, but config.json asks for "
                        f"{expected[name]}. {NEXT_STEP}"
                    )
                tensors[name] = in_precision(name, file.get_tensor(stored), dtype)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is damaged or is no safetensors file ({error}). {NEXT_STEP}") from error
    missing = sorted(set(expected) - set(tensors))
    if missing:
        raise ModelError(f"{path} lacks the weight {missing[0]!r} ({len(missing)} in all). {NEXT_STEP}")
    return tensors


def _build_autoencoder(config: dict[str, Any]) -> torch.nn.Module:
    if encoder.suits(config):
        return encoder.Encoder(config)
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

    autoencoder = AutoencoderKL.from_config(config)
    autoencoder.decoder = autoencoder.post_quant_conv = None
    return autoencoder


def _build_monai_autoencoder(config: dict[str, Any]) -> torch.nn.Module:
    return encoder.Encoder(config, is_monai=True)


def _find_encoder(stored: str, _: Collection[str]) -> str | None:
    """Images are never made here, so the half that makes them is left in the file."""
    return None if stored.startswith(DECODER) else stored


def _build_unet(config: dict[str, Any]) -> torch.nn.Module:
    if unet.suits(config):
        return unet.UNet(config)
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    return UNet2DConditionModel.from_config(config)


def _build_clip(config: dict[str, Any]) -> torch.nn.Module:
    if text_encoders.suits_clip(config):
        return text_encoders.ClipText(config)
    from transformers.models.clip.configuration_clip import CLIPTextConfig
    from transformers.models.clip.modeling_clip import CLIPTextModel

    return CLIPTextModel(CLIPTextConfig.from_dict(config))


def _find_clip(stored: str, names: Collection[str]) -> str | None:
    """CLIP's weights are stored with or without a leading "text_model.", and with their positions or not."""
    if stored.endswith("position_ids"):
        return None
    bare = stored.removeprefix("text_model.")
    return bare if bare in names else f"text_model.{bare}"


def _build_bert(config: dict[str, Any]) -> torch.nn.Module:
    if text_encoders.suits_bert(config):
        return text_encoders.BertText(config)
    from transformers.models.bert.configuration_bert import BertConfig
    from transformers.models.bert.modeling_bert import BertModel

    return BertModel(BertConfig.from_dict(config), add_pooling_layer=False)


def _find_bert(stored: str, names: Collection[str]) -> str | None:
    """BERT's weights are stored with or without a leading "bert.", often beside heads for its training's tasks."""
    bare = stored.removeprefix("bert.")
    return None if bare.startswith(BERT_HEADS) or bare.endswith("position_ids") else bare


def _finish_text(network: torch.nn.Module) -> None:
    """In transformers' classes the positions 0, 1, 2, ... and the types, all 0, are buffers that are not stored."""
    for module in network.modules():
        for name, fill in (("position_ids", torch.arange), ("token_type_ids", torch.zeros)):
            buffer = getattr(module, name, None)
            if isinstance(buffer, torch.Tensor):
                setattr(module, name, fill(buffer.shape[-1], dtype=torch.int64).expand(1, -1))


_DIFFUSERS_FILE, _TRANSFORMERS_FILE = "diffusion_pytorch_model.safetensors", "model.safetensors"

AUTOENCODERS = {
    "AutoencoderKL": Kind(_build_autoencoder, _DIFFUSERS_FILE, _find_encoder),
    "MonaiAutoencoderKL": Kind(_build_monai_autoencoder, _DIFFUSERS_FILE, _find_encoder),
}
UNETS = {"UNet2DConditionModel": Kind(_build_unet, _DIFFUSERS_FILE)}
TEXT_ENCODERS = {
    "CLIPTextModel": Kind(_build_clip, _TRANSFORMERS_FILE, _find_clip, _finish_text),
    "BertModel": Kind(_build_bert, _TRANSFORMERS_FILE, _find_bert, _finish_text),
    # CXR-BERT is BERT with a head of its own, which grounding does not need.
    "CXRBertModel": Kind(_build_bert, _TRANSFORMERS_FILE, _find_bert, _finish_text),
}
