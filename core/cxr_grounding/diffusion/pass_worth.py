"""What passes of a model's U-Net are worth in whole ones, counted as operations."""

from __future__ import annotations

import torch
from torch.utils.flop_counter import FlopCounterMode

from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.recipe import Recipe


class PassWorth:
    """Counts one pass of each kind, and with them what the model has computed.

    Args:
        model: to count.
        recipe: how large its frame is, and which layers are read.
    """

    def __init__(self, model: LatentDiffusionModel, recipe: Recipe) -> None:
        self._model = model
        side, device = recipe.frame_size // model.frame_multiple, model.device
        latent = torch.zeros(1, model.unet.config.in_channels, side, side, device=device)
        context = torch.zeros(1, recipe.max_tokens, model.text_encoder.width, device=device)
        select = torch.zeros(1, 1, recipe.max_tokens, device=device)
        with FlopCounterMode(display=False) as whole:
            model.predict(latent, 0, context)
        with FlopCounterMode(display=False) as short:
            model.attention_maps(latent, [0], context, select, recipe.layers)
        with FlopCounterMode(display=False) as begun:
            model.trunk(latent, [0], recipe.layers)
        self.short: float = short.get_total_flops() / whole.get_total_flops()
        self.begun: float = begun.get_total_flops() / whole.get_total_flops()
        self._at_first = self._spent()

    def spent(self) -> float:
        """Whole passes' worth of what the model has computed since this object was made."""
        return self._spent() - self._at_first

    def _spent(self) -> float:
        calls, trunks = self._model.unet_calls, self._model.trunk_calls
        return calls["full"] + calls["partial"] * self.short + (trunks["made"] - trunks["used"]) * self.begun
