"""A latent diffusion model, opened once: image to latent, text to context, and the U-Net. METHOD 1, 3, 4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cxr_grounding.ask import HALF, SINGLE
from cxr_grounding.calibration import Calibration, read_calibration
from cxr_grounding.diffusion import components, inversion
from cxr_grounding.diffusion.attention import AttentionRecorder, cross_attention_layers
from cxr_grounding.diffusion.device import memory_errors, pick_device, pick_precision
from cxr_grounding.diffusion.networks.encoder import Posterior
from cxr_grounding.diffusion.networks.precision import PRECISIONS, precision_of
from cxr_grounding.diffusion.networks.unet import Trunk, UNet
from cxr_grounding.diffusion.noising import fits
from cxr_grounding.diffusion.parts import Parts, open_parts, stamp
from cxr_grounding.diffusion.replay import ReplayedPass
from cxr_grounding.errors import ModelError, RecipeError
from cxr_grounding.recipe import FILE_NAME, Method, ModelIdentity, Recipe, read_grounding_file


class LatentDiffusionModel:
    """Autoencoder, U-Net and text encoder on one device, frozen, with the recipe that says how to use them.

    Open one with `LatentDiffusionModel.open`, or build it from parts, for example while training them.
    It is not safe to use from two threads at once.

    Args:
        parts: the networks and what belongs to them.
        identity: names the model in every result.
        recipe: the model's own numbers.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto".
        folder: where the parts were opened, so that the U-Net can be opened again; None for a model built from parts.

    Attributes:
        precision: what the U-Net computes in, a name of `PRECISIONS`.
        unet_calls: how many images went through the U-Net so far, "full" passes and "partial" ones
            that ended at the deepest wanted layer.
        trunk_calls: how many of their beginnings were "made" apart, and how many passes "used" one.
        fell_back: whether half precision was given up, see `fall_back_to_single`.
        calibration: what its evidence means, where its folder says it.

    Raises:
        ModelError: when the parts do not fit together.
        RecipeError: when the recipe asks for what the parts do not have.
        DeviceError: when the device is not there or has too little memory.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        identity: ModelIdentity,
        recipe: Recipe,
        device: str = "auto",
        folder: Path | None = None,
    ) -> None:
        self.autoencoder = parts.autoencoder
        self._take_unet(parts.unet)
        self.text_encoder = parts.text_encoder
        self.tokenizer = parts.tokenizer
        self.scheduler_config = parts.scheduler_config
        self.identity = identity
        self.recipe = recipe
        self.device = pick_device(device)
        self.unet_calls: Counter[str] = Counter(full=0, partial=0)
        self.trunk_calls: Counter[str] = Counter(made=0, used=0)
        self.fell_back = False
        self.calibration: Calibration | None = None
        self._folder = folder
        self._source: Hashable = object() if folder is None else stamp(folder)
        self._check_parts()
        self.check_recipe(recipe)
        with memory_errors(self.device, "the model"):
            for network in (parts.autoencoder, parts.unet, parts.text_encoder.network):
                if network is not None:
                    network.to(self.device)

    @classmethod
    def open(cls, folder: str | Path, device: str = "auto", precision: str = "auto") -> LatentDiffusionModel:
        """Open a diffusers folder that holds a `grounding.json`; only local files are read, and no pickle.

        Args:
            folder: with vae/, unet/, text_encoder/, tokenizer/, scheduler/ and grounding.json.
            device: as for the class.
            precision: of the U-Net, as `device.suited_precision` takes it. All else is single.

        Raises:
            ModelError, RecipeError, DeviceError: as for the class, and when a file is missing or damaged.
        """
        folder = Path(folder)
        chosen = pick_device(device)
        pick_precision(precision, chosen)  # before anything is read
        if not folder.is_dir():
            raise ModelError(
                f"There is no model folder {folder}. `cxr-ground models list` shows the models that are there."
            )
        identity, recipe = read_grounding_file(folder / FILE_NAME)
        calibration = read_calibration(folder / FILE_NAME)
        with memory_errors(chosen, "opening the model"):
            parts = open_parts(folder, recipe.max_tokens, chosen, precision)
            model = cls(parts, identity=identity, recipe=recipe, device=device, folder=folder)
        model.calibration = calibration
        return model

    @property
    def key(self) -> Hashable:
        """The same for two models that compute the same: of the same unchanged files, in the same way."""
        return self._source, str(self.device), self.precision

    @property
    def is_of_folder(self) -> bool:
        """Whether it was opened from a folder, rather than built from parts."""
        return self._folder is not None

    def fall_back_to_single(self) -> bool:
        """Go on in single precision, where half precision does not suffice: its numbers end at 65504.

        Returns:
            Whether anything changed; False for a model in another precision, or one that was built from parts.

        Raises:
            ModelError, DeviceError: as from `open`.
        """
        if self.precision != HALF or self._folder is None:
            return False
        with memory_errors(self.device, "opening the model in single precision"):
            # The narrow one stays until the other is in its place, so that this object is whole whatever happens.
            unet = components.load_network(self._folder / "unet", components.UNETS, torch.float32)
            self._take_unet(unet.to(self.device))
        self.fell_back = True
        return True

    @property
    def frame_multiple(self) -> int:
        """By how much the autoencoder shrinks an image; the frame's side must be a multiple of it."""
        return 2 ** (len(self.autoencoder.config.block_out_channels) - 1)

    def encode(self, image: NDArray[np.floating], recipe: Recipe | None = None) -> torch.Tensor:
        """The latent z0 of an image on the model frame: mean of the posterior x latent scale (METHOD 3).

        Args:
            image: [size, size], in [0, 1].
            recipe: in place of the model's own.

        Returns:
            [1, channels, rows, columns] on the device.
        """
        recipe = recipe or self.recipe
        with torch.inference_mode():
            return self.posterior(image, recipe).mean * recipe.latent_scale

    def posterior(self, image: NDArray[np.floating], recipe: Recipe) -> Posterior:
        """What the autoencoder says of an image, unscaled; arguments as for `encode`.

        Returns:
            `mean` and `std`, each [1, channels, rows, columns] on the device.
        """
        with torch.inference_mode(), memory_errors(self.device, "encoding the radiograph"):
            # Copied, because torch warns of arrays that cannot be written to.
            pixels = torch.from_numpy(np.array(image, dtype=np.float32)).to(self.device)
            pixels = pixels * (recipe.pixel_high - recipe.pixel_low) + recipe.pixel_low
            channels = self.autoencoder.config.in_channels
            said: Posterior = self.autoencoder.encode(pixels.expand(1, channels, -1, -1)).latent_dist
            return said

    def encode_text(self, padded_ids: Sequence[Sequence[int]], attended: torch.Tensor | None = None) -> torch.Tensor:
        """The U-Net's context of padded token ids (METHOD 1).

        Args:
            padded_ids: [texts, tokens].
            attended: [texts, tokens], bool, the tokens that the text encoder may look at; None for all.

        Returns:
            [texts, tokens, width] on the device.
        """
        with torch.inference_mode(), memory_errors(self.device, "reading the phrases"):
            return self.text_encoder(torch.tensor(padded_ids, dtype=torch.int64, device=self.device), attended)

    def predict(
        self,
        latents: torch.Tensor,
        timestep: int | Sequence[int],
        context: torch.Tensor,
        attended: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """One full pass of the U-Net, in its own precision, from float32 to float32.

        Args:
            latents: [batch, channels, rows, columns].
            timestep: the same for all, or one for each of the batch.
            context: [batch, tokens, width].
            attended: [batch, tokens], bool, the tokens that cross-attention may look at; None for all.

        Returns:
            The prediction, shaped like `latents`.
        """
        self.unet_calls["full"] += len(latents)
        times = timestep if isinstance(timestep, int) else self._times(timestep)
        with torch.inference_mode(), memory_errors(self.device, "inverting the radiograph"):
            return self._unet_pass(latents, times, context, attended)[0].float()

    def predictor(
        self, context: torch.Tensor, attended: torch.Tensor | None = None
    ) -> Callable[[torch.Tensor, int], torch.Tensor]:
        """`predict` for many passes of one shape under one context; a GPU is asked for each as one piece of work.

        Args:
            context, attended: as for `predict`.

        Returns:
            From latents and a timestep to the prediction. To be let go of after use, for the memory that it holds.
        """
        if self.device.type != "cuda" or not isinstance(self.unet, UNet):
            # diffusers' variants may wait for the GPU in between, which cannot be recorded.
            return lambda latents, timestep: self.predict(latents, timestep, context, attended)
        replayed = ReplayedPass(lambda latents, times: self._unet_pass(latents, times, context, attended)[0].float())

        def predict(latents: torch.Tensor, timestep: int) -> torch.Tensor:
            self.unet_calls["full"] += len(latents)
            with torch.inference_mode(), memory_errors(self.device, "inverting the radiograph"):
                return replayed(latents, timestep)

        return predict

    def trunk(
        self, latents: torch.Tensor, timesteps: Sequence[int] | torch.Tensor, layers: Sequence[int] | None
    ) -> Trunk | None:
        """How passes begin, before they look at any text: what the two calls below take in place of latents.

        Args:
            latents, timesteps: as for them.
            layers: at the deepest of which the passes will end; None for passes that go on to their end.

        Returns None where the U-Net is a variant that diffusers computes.
        """
        if not isinstance(self.unet, UNet):
            return None
        self.trunk_calls["made"] += len(latents)
        with torch.inference_mode(), memory_errors(self.device, "looking at the phrases"):
            last = None if layers is None else max(layers)
            return self.unet.trunk(latents.to(self._dtype), self._times(timesteps), last)

    def attention_maps(
        self,
        latents: torch.Tensor | Trunk,
        timesteps: Sequence[int] | torch.Tensor,
        context: torch.Tensor,
        select: torch.Tensor,
        layers: Sequence[int],
        attended: torch.Tensor | None = None,
        once: bool = False,
    ) -> list[torch.Tensor]:
        """One pass of the U-Net that ends at the deepest of `layers`, for its cross-attention (METHOD 4, 7).

        Args:
            latents: [batch, channels, rows, columns], or their `trunk`.
            timesteps: one for each of the batch; as a tensor on the device, a GPU need not be waited for.
            context: [batch, tokens, width].
            select: [batch, kept, tokens], weights of the tokens in each kept map.
            layers: which to keep, in network order from 0.
            attended: as for `predict`.
            once: as for `AttentionRecorder`.

        Returns:
            Per layer, [batch, kept, rows, columns], float32, on the device.
        """
        self.unet_calls["partial"] += len(select)
        recorder = AttentionRecorder(self.layers, layers, select, once=once)
        with torch.inference_mode(), memory_errors(self.device, "looking at the phrases"), recorder:
            self._unet_pass(latents, self._times(timesteps), context, attended)
        return recorder.maps

    def attention_and_prediction(
        self,
        latents: torch.Tensor | Trunk,
        timesteps: Sequence[int] | torch.Tensor,
        context: torch.Tensor,
        select: torch.Tensor,
        layers: Sequence[int],
        attended: torch.Tensor | None = None,
        once: bool = False,
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """A full pass of the U-Net, for its cross-attention and for its prediction (METHOD 4, 10).

        Args:
            latents, timesteps, context, select, layers, attended, once: as for `attention_maps`.

        Returns:
            What `attention_maps` and `predict` return.
        """
        self.unet_calls["full"] += len(select)
        recorder = AttentionRecorder(self.layers, layers, select, runs_on=True, once=once)
        with torch.inference_mode(), memory_errors(self.device, "looking at the phrases"):
            with recorder:
                prediction = self._unet_pass(latents, self._times(timesteps), context, attended)[0].float()
            return recorder.maps, prediction

    def check_recipe(self, recipe: Recipe) -> None:
        """Refuse a recipe that asks for what this model does not have.

        Raises:
            RecipeError: for an unknown layer, too many steps, a frame or a text of a length that does not fit.
            ModelError: when the model's noise schedule cannot be used.
        """
        unknown = [layer for layer in recipe.layers if layer >= len(self.layers)]
        if unknown:
            raise RecipeError(
                f"The recipe names the layer {unknown[0]}, but the model has {len(self.layers)} cross-attention "
                f"layers, 0 to {len(self.layers) - 1}. Correct `layers` in {FILE_NAME}."
            )
        trained = self.scheduler_config.get("num_train_timesteps")
        if isinstance(trained, int) and recipe.steps > trained:
            raise RecipeError(
                f"The recipe asks for {recipe.steps} steps, but the model was trained on {trained}. "
                "Ask for at most as many."
            )
        scheduler = inversion.inverse_scheduler(self.scheduler_config, recipe.steps)
        is_noised = recipe.method is Method.NOISING
        if is_noised and not fits(recipe.noised_steps, len(scheduler.alphas_cumprod)):
            raise RecipeError(
                f"The recipe asks for {recipe.noised_steps} noised steps, but the model was trained on "
                f"{len(scheduler.alphas_cumprod)}. Ask for fewer."
            )
        beyond = [level for level in recipe.drawn if level >= len(scheduler.alphas_cumprod)]
        if beyond:
            raise RecipeError(
                f"The recipe draws noise at the timestep {beyond[0]}, but the model was trained on "
                f"{len(scheduler.alphas_cumprod)}, from 0. Correct `drawn_levels` in {FILE_NAME}."
            )
        if recipe.frame_size % self.frame_multiple:
            raise RecipeError(
                f"The recipe's frame_size is {recipe.frame_size}, but the autoencoder needs a multiple of "
                f"{self.frame_multiple}."
            )
        if recipe.max_tokens != self.tokenizer.max_tokens or recipe.max_tokens > self.text_encoder.max_tokens:
            raise RecipeError(
                f"The recipe's max_tokens is {recipe.max_tokens}, but the model was opened for "
                f"{self.tokenizer.max_tokens} and its text encoder reads at most {self.text_encoder.max_tokens}. "
                f"Correct `max_tokens` in {FILE_NAME}."
            )

    def _times(self, timesteps: Sequence[int] | torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(timesteps, dtype=torch.int64, device=self.device)

    def _unet_pass(
        self,
        latents: torch.Tensor | Trunk,
        times: int | torch.Tensor,
        context: torch.Tensor,
        attended: torch.Tensor | None,
    ) -> Any:
        self.trunk_calls["used"] += len(context) * isinstance(latents, Trunk)
        begun = latents if isinstance(latents, Trunk) else latents.to(self._dtype)
        return self.unet(begun, times, context.to(self._dtype), encoder_attention_mask=attended, return_dict=False)

    def _take_unet(self, unet: Any) -> None:
        """Compute with this one from now on."""
        self.unet = unet
        self.precision = precision_of(unet) or ""
        # What goes in. In bfloat16 what is added up along the network is float32, and so is what it begins with.
        self._dtype: torch.dtype = PRECISIONS[HALF if self.precision == HALF else SINGLE]
        # diffusers' U-Net is searched for them, this package's own knows them.
        self.layers = unet.cross_attention_layers if isinstance(unet, UNet) else cross_attention_layers(unet)

    def _check_parts(self) -> None:
        """Refuse parts that do not fit each other, before they fail somewhere inside a library."""
        latent, in_channels = self.autoencoder.config.latent_channels, self.unet.config.in_channels
        if latent != in_channels:
            raise ModelError(
                f"The autoencoder's latents have {latent} channels, but the U-Net takes {in_channels}. "
                f"{components.NEXT_STEP}"
            )
        if not self.precision:
            types = " and ".join(sorted({str(weight.dtype) for weight in self.unet.parameters()}))
            raise ModelError(f"The U-Net's weights are {types}, but it must compute in float32 or float16.")
        if any(
            getattr(self.unet, name, None) is not None
            for name in ("class_embedding", "add_embedding", "encoder_hid_proj")
        ):
            raise ModelError("The U-Net needs more than a text as its condition, which this program does not give it.")
        width = self.text_encoder.width
        asked = {layer.to_k.in_features for layer in self.layers}
        if asked != {width}:
            raise ModelError(
                f"The text encoder gives vectors of width {width}, but the U-Net's cross-attention takes "
                f"{', '.join(map(str, sorted(asked))) or 'none'}. {components.NEXT_STEP}"
            )
        known, words = self.text_encoder.vocabulary, self.tokenizer.size
        if words > known:
            raise ModelError(
                f"The tokenizer has {words} tokens, but the text encoder knows {known}. {components.NEXT_STEP}"
            )
