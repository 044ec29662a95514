"""The passes of an inversion on whatever devices are here: recorded and replayed on a GPU, one by one elsewhere."""

from __future__ import annotations

import pytest
import torch

from cxr_grounding.diffusion.device import describe_devices
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.models.registry import BUNDLED, BUNDLED_NAME

DEVICES = [name for name in describe_devices() if name != "auto"]


@pytest.mark.parametrize("precision", ["single", "half"])
@pytest.mark.parametrize("device", DEVICES)
def test_a_predictor_gives_what_single_passes_give_and_counts_them(device: str, precision: str) -> None:
    model = LatentDiffusionModel.open(BUNDLED / BUNDLED_NAME, device, precision)
    draws = torch.Generator().manual_seed(0)
    channels, side = model.unet.config.in_channels, model.recipe.frame_size // model.frame_multiple
    latents = [torch.randn(1, channels, side, side, generator=draws).to(model.device) for _ in range(2)]
    context = model.encode_text([[1] * model.recipe.max_tokens])
    attended = torch.arange(model.recipe.max_tokens, device=model.device)[None] < 3
    for seen in (None, attended):
        predict = model.predictor(context, seen)
        before = model.unet_calls["full"]
        found = [predict(latent, 100 * step) for step, latent in enumerate(latents)]
        assert model.unet_calls["full"] == before + len(latents)
        for step, (latent, prediction) in enumerate(zip(latents, found, strict=True)):
            assert torch.equal(prediction, model.predict(latent, 100 * step, context, seen))
