"""Work and memory as counts, which are the same on every machine: floating-point operations and bytes. METHOD 7.

Counted on torch's "meta" device, where tensors have a shape and no numbers, the published architecture needs neither
weights nor time; the same counter works on real tensors.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmarks import full_size
from cxr_grounding.diffusion import components
from cxr_grounding.diffusion import model as engine
from cxr_grounding.diffusion.begun import LIMIT_BYTES
from cxr_grounding.diffusion.networks.precision import in_precision
from cxr_grounding.diffusion.parts import Parts
from cxr_grounding.diffusion.text import FrozenTextEncoder, TextTokenizer
from cxr_grounding.models.monai.convert import SCHEDULE
from cxr_grounding.models.registry import BUNDLED, BUNDLED_NAME
from cxr_grounding.recipe import FILE_NAME, Method, Recipe, read_grounding_file


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While open, counts what torch computes, by torch's own formulas, and the memory that its results take.

    Attributes:
        flops: floating-point operations of matrix products, convolutions and attention, two a multiplication-addition.
        peak_bytes: of all tensors together that were made while it was open, where they were most.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0
        self.peak_bytes = 0
        self._bytes = 0
        self._storages: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        formula = FORMULAS.get(func._overloadpacket)
        if formula is None and func not in _WHOLE:
            with self:  # what is made of other operations, a linear layer for example, is counted as those
                made = func.decompose(*args, **kwargs)
            if made is not NotImplemented:
                return made
            _WHOLE.add(func)
        result = func(*args, **kwargs)
        if formula is not None:
            self.flops += formula(*args, **kwargs, out_val=result)
        for tensor in result if isinstance(result, list | tuple) else [result]:
            if isinstance(tensor, torch.Tensor):
                self._made(tensor.untyped_storage())
        return result

    def _made(self, storage: torch.UntypedStorage) -> None:
        if storage._cdata not in self._storages:
            self._storages.add(storage._cdata)
            weakref.finalize(storage, self._freed, storage._cdata, storage.nbytes())
            self._bytes += storage.nbytes()
            self.peak_bytes = max(self.peak_bytes, self._bytes)

    def _freed(self, storage: int, size: int) -> None:
        self._storages.discard(storage)
        self._bytes -= size


def _attention_on_a_cpu(query: Any, key: Any, value: Any, *_: Any, out_val: Any = None, **__: Any) -> int:
    """The two products in `scaled_dot_product_attention`, for which torch has a formula on GPUs only."""
    return 2 * prod(query.shape) * key.shape[-2] + 2 * prod(query.shape[:-1]) * prod(value.shape[-2:])


_WHOLE: set[Any] = set()
"""Operations that are not made of others, as they were met."""

FORMULAS = dict(flop_registry) | {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention_on_a_cpu}


@dataclass(frozen=True)
class PassCost:
    """What one pass of a U-Net costs for one image, in floating-point operations.

    Args:
        full: a whole forward.
        partial: a pass for a phrase, which ends at the deepest layer that is read.
        read: a whole forward whose attention is read on the way.
        begun: what each of them computes before it first looks at a text; phrases share it.
    """

    full: int
    partial: int
    read: int
    begun: int = 0

    def forwards(self, full: int, partial: int, begun: int = 0) -> float:
        """What so many passes are worth, in full forwards; so many of them begin with what another one computed."""
        return full + (partial * self.partial - begun * self.begun) / self.full


@dataclass(frozen=True)
class PassCount:
    """How many passes a recipe takes.

    Args:
        radiograph: whole ones, once a radiograph: the inversion's, and those with the empty prompt where noise is
            compared that the inversion does not make.
        partial: that end at the deepest layer that is read, for each phrase.
        whole: to the end, for each phrase, and for each rival that no phrase before had.
        place: likewise, for each place that no phrase before had, of a phrase that names none.
    """

    radiograph: int
    partial: int
    whole: int
    place: int

    @classmethod
    def of(cls, recipe: Recipe) -> PassCount:
        """Counted off the recipe's steps; tests/core/test_cost.py counts what the engine makes."""
        predicted, compared, drawn = set(recipe.predicted), recipe.compared, len(recipe.drawn)
        return cls(
            radiograph=len(predicted) + len(set(compared) - predicted) + drawn,
            partial=len(recipe.kept) - len(compared),
            whole=len(compared) + drawn,
            place=min(1, len(compared)) + drawn,
        )

    def phrase(self, cost: PassCost, rivals: int = 0, places: int = 0, is_first: bool = False) -> float:
        """What a phrase with so many new rivals and places is worth, in full forwards; the first one begins them."""
        whole = self.whole * (1 + rivals) + self.place * places
        shared = whole + self.partial - (self.whole + self.partial) * is_first
        return (whole * cost.read + self.partial * cost.partial - shared * cost.begun) / cost.full


def pass_cost(model: engine.LatentDiffusionModel, recipe: Recipe, maps: int = 1) -> PassCost:
    """Count the kinds of pass as the engine makes them.

    Args:
        model: real or on "meta".
        recipe: how large the frame is, and which layers are read: all of them by noised looks.
        maps: that are kept of each layer; two by looks with BBM.
    """
    latent, context, select = _inputs(model, recipe, 1)
    select = select.expand(-1, maps, -1)
    once = recipe.method is Method.NOISING
    layers = range(len(model.layers)) if once else recipe.layers
    with torch.inference_mode():
        with Counter() as full:
            model.predict(latent, 0, context)
        with Counter() as partial:
            model.attention_maps(latent, [0], context, select, layers, once=once)
        with Counter() as read:
            model.attention_and_prediction(latent, [0], context, select, layers, once=once)
        with Counter() as begun:
            model.trunk(latent, [0], layers)
    return PassCost(full.flops, partial.flops, read.flops, begun.flops)


def flops_in(model: engine.LatentDiffusionModel, recipe: Recipe, dtype: torch.dtype) -> int:
    """Operations of one forward in convolutions and linear layers whose weights are of a type."""
    latent, context, _ = _inputs(model, recipe, 1)
    counters: list[Counter] = []
    hooks = []
    for module in model.unet.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear) and module.weight.dtype == dtype:
            counters.append(Counter())
            hooks.append(
                module.register_forward_pre_hook(lambda *_, counter=counters[-1]: counter.__enter__() and None)
            )
            hooks.append(
                module.register_forward_hook(lambda *_, counter=counters[-1]: counter.__exit__(None, None, None))
            )
    with torch.inference_mode():
        model.predict(latent, 0, context)
    for hook in hooks:
        hook.remove()
    return sum(counter.flops for counter in counters)


def engine_peak_bytes(model: engine.LatentDiffusionModel, recipe: Recipe, batch: int) -> int:
    """Bytes of all weights, of how passes begin, and of what the hungriest of the engine's calls makes beside them.

    Args:
        model: real or on "meta".
        recipe: how large the frame is, and which layers are read.
        batch: passes at a time while looking at phrases.
    """
    one, several = _inputs(model, recipe, 1), _inputs(model, recipe, batch)
    image = torch.zeros(recipe.frame_size, recipe.frame_size).numpy()
    read = (several[0], [0] * batch, several[1], several[2], recipe.layers)
    calls: list[Callable[[], object]] = [
        lambda: model.encode(image, recipe),
        lambda: model.predict(one[0], 0, one[1]),
        lambda: model.attention_maps(*read),
    ]
    if recipe.compared:
        calls.append(lambda: model.attention_and_prediction(*read))
    peaks = []
    for call in calls:
        with torch.inference_mode(), Counter() as counter:
            call()
        peaks.append(counter.peak_bytes)
    return weight_bytes(model) + begun_bytes(model, recipe) + max(peaks)


def begun_bytes(model: engine.LatentDiffusionModel, recipe: Recipe) -> int:
    """Of what is kept of the passes for phrases on one radiograph, which all phrases begin with."""
    latent, times = _inputs(model, recipe, 1)[0], [0]
    passes, kept = PassCount.of(recipe), 0
    for count, layers in ((passes.partial, recipe.layers), (passes.whole, None)):
        trunk = model.trunk(latent, times, layers)
        assert trunk is not None
        size = count * sum(tensor.nbytes for tensor in trunk.tensors)
        kept += size if size <= LIMIT_BYTES else 0
    return kept


def weight_bytes(model: engine.LatentDiffusionModel) -> int:
    """Bytes of the weights of all three networks."""
    networks = [one for one in (model.unet, model.autoencoder, model.text_encoder.network) if one is not None]
    return sum(weight.nbytes for network in networks for weight in network.parameters())


def full_size_on_meta(recipe: Recipe | None = None, dtype: torch.dtype = torch.float32) -> engine.LatentDiffusionModel:
    """The engine's model class around its own networks in the published architecture, without a single weight.

    "meta" is no device that a user may choose, so the choice is made here in the engine's place.

    Args:
        recipe: in place of the published one.
        dtype: of the U-Net.
    """
    with torch.device("meta"):
        networks = [
            kinds[components.class_named_by(config)].build(dict(config)).eval()
            for kinds, config in (
                (components.UNETS, full_size.UNET),
                (components.AUTOENCODERS, full_size.AUTOENCODER),
                (components.TEXT_ENCODERS, full_size.TEXT_ENCODER),
            )
        ]
    for name, weight in networks[0].named_parameters():
        weight.requires_grad_(False).data = in_precision(name, weight.data, dtype)
    recipe = recipe or Recipe()
    with patch.object(engine, "pick_device", torch.device):
        parts = Parts(
            unet=networks[0],
            autoencoder=networks[1],
            text_encoder=FrozenTextEncoder(networks[2]),
            tokenizer=TextTokenizer.open(BUNDLED / BUNDLED_NAME / "tokenizer", recipe.max_tokens),
            scheduler_config=SCHEDULE,
        )
        return engine.LatentDiffusionModel(parts, identity=full_size.IDENTITY, recipe=recipe, device="meta")


def _inputs(
    model: engine.LatentDiffusionModel, recipe: Recipe, batch: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Latents, contexts and token weights of the right shapes, all zero."""
    side = recipe.frame_size // model.frame_multiple
    shapes = (
        (batch, model.unet.config.in_channels, side, side),
        (batch, recipe.max_tokens, model.text_encoder.width),
        (batch, 1, recipe.max_tokens),
    )
    latent, context, select = (torch.zeros(shape, device=model.device) for shape in shapes)
    return latent, context, select


def cost_of_folder(folder: str | Path) -> PassCost:
    """Count the passes of a model folder; the full-size one's on "meta", which takes no time."""
    identity, recipe = read_grounding_file(Path(folder) / FILE_NAME)
    on_meta = identity == full_size.IDENTITY
    return pass_cost(full_size_on_meta(recipe) if on_meta else engine.LatentDiffusionModel.open(folder, "cpu"), recipe)
