"""The recorder observes, ends the pass where nothing is left to see, and leaves no trace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from cxr_grounding.diffusion.attention import AttentionRecorder
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.parts import Parts


@pytest.fixture
def inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Latents, timesteps and contexts of three passes."""
    generator = torch.Generator().manual_seed(5)
    latents = torch.randn(3, 4, 16, 16, generator=generator)
    return latents, torch.tensor([10, 400, 700]), torch.randn(3, 77, 16, generator=generator)


@pytest.fixture(scope="module", params=["own", "diffusers"])
def either_model(
    request: pytest.FixtureRequest, tiny_model_folder: Path, tiny_model: LatentDiffusionModel
) -> LatentDiffusionModel:
    """The tiny model, as it is opened and with diffusers' class for its U-Net."""
    if request.param == "own":
        return tiny_model
    unet = UNet2DConditionModel.from_pretrained(tiny_model_folder / "unet", use_safetensors=True)
    parts = Parts(
        autoencoder=tiny_model.autoencoder,
        unet=unet.eval().requires_grad_(False),
        text_encoder=tiny_model.text_encoder,
        tokenizer=tiny_model.tokenizer,
        scheduler_config=tiny_model.scheduler_config,
    )
    return LatentDiffusionModel(parts, identity=tiny_model.identity, recipe=tiny_model.recipe, device="cpu")


def mean_over(positions: list[int], batch: int = 3) -> torch.Tensor:
    select = torch.zeros(batch, 1, 77)
    select[:, :, positions] = 1 / len(positions)
    return select


def processors(model: LatentDiffusionModel) -> list[Any]:
    return [layer.get_processor() for layer in model.layers]


def test_layers_are_counted_down_then_middle_then_up(either_model: LatentDiffusionModel) -> None:
    name_of = {module: name for name, module in either_model.unet.named_modules()}
    names = [name_of[layer] for layer in either_model.layers]
    inside = "transformer_blocks.0.attn2"
    assert names == [
        f"down_blocks.0.attentions.0.{inside}",
        f"down_blocks.1.attentions.0.{inside}",
        f"mid_block.attentions.0.{inside}",
        f"up_blocks.0.attentions.0.{inside}",
        f"up_blocks.0.attentions.1.{inside}",
        f"up_blocks.1.attentions.0.{inside}",
        f"up_blocks.1.attentions.1.{inside}",
    ]


def test_maps_have_the_layer_s_own_resolution_and_probabilities_sum_to_one(
    either_model: LatentDiffusionModel, inputs: tuple[torch.Tensor, ...]
) -> None:
    everything = torch.ones(3, 1, 77)
    fine, coarse = either_model.attention_maps(inputs[0], [10, 400, 700], inputs[2], everything, layers=(0, 3))
    assert (fine.shape, coarse.shape) == ((3, 1, 16, 16), (3, 1, 8, 8))
    torch.testing.assert_close(fine, torch.ones(3, 1, 16, 16))
    torch.testing.assert_close(coarse, torch.ones(3, 1, 8, 8))


def test_the_mean_over_tokens_is_the_mean_of_their_own_maps(
    either_model: LatentDiffusionModel, inputs: tuple[torch.Tensor, ...]
) -> None:
    alone = torch.zeros(3, 2, 77)
    alone[:, 0, 4] = alone[:, 1, 5] = 1
    select = torch.cat([mean_over([4, 5]), alone], dim=1)
    (maps,) = either_model.attention_maps(inputs[0], [10, 400, 700], inputs[2], select, layers=(2,))
    torch.testing.assert_close(maps[:, 0], maps[:, 1:].mean(dim=1))
    assert maps[:, 1:].std() > 1e-4


def test_each_pass_of_a_batch_is_the_pass_alone(
    either_model: LatentDiffusionModel, inputs: tuple[torch.Tensor, ...]
) -> None:
    latents, times, context = inputs
    together = either_model.attention_maps(latents, times.tolist(), context, mean_over([1, 2, 3]), layers=(1, 4))
    for i in range(3):
        alone = either_model.attention_maps(
            latents[i : i + 1], [int(times[i])], context[i : i + 1], mean_over([1, 2, 3], 1), layers=(1, 4)
        )
        for one, all_three in zip(alone, together, strict=True):
            torch.testing.assert_close(one[0], all_three[i], rtol=0, atol=5e-6)


def test_maps_come_in_the_order_asked_for(either_model: LatentDiffusionModel, inputs: tuple[torch.Tensor, ...]) -> None:
    fine, coarse = either_model.attention_maps(inputs[0], [1, 2, 3], inputs[2], mean_over([1]), layers=(0, 2))
    coarse_first = either_model.attention_maps(inputs[0], [1, 2, 3], inputs[2], mean_over([1]), layers=(2, 0))
    assert torch.equal(coarse_first[0], coarse)
    assert torch.equal(coarse_first[1], fine)


def test_nothing_behind_the_deepest_wanted_layer_runs(
    either_model: LatentDiffusionModel, inputs: tuple[torch.Tensor, ...]
) -> None:
    reached: list[str] = []
    hooks = [
        module.register_forward_hook(lambda *_, name=name: reached.append(name))
        for name, module in either_model.unet.named_modules()
        if name.endswith("resnets.0") or name == "conv_out"
    ]
    either_model.attention_maps(inputs[0], [1, 2, 3], inputs[2], mean_over([1]), layers=(1, 2))
    for hook in hooks:
        hook.remove()
    assert reached == ["down_blocks.0.resnets.0", "down_blocks.1.resnets.0", "mid_block.resnets.0"]


def test_after_recording_the_u_net_is_what_it_was(
    either_model: LatentDiffusionModel, inputs: tuple[torch.Tensor, ...]
) -> None:
    before, output = processors(either_model), either_model.unet(*inputs).sample
    either_model.attention_maps(inputs[0], [1, 2, 3], inputs[2], mean_over([1]), layers=(1, 4))
    assert all(now is then for now, then in zip(processors(either_model), before, strict=True))
    assert torch.equal(either_model.unet(*inputs).sample, output)


def test_after_an_error_inside_the_pass_the_u_net_is_what_it_was(
    either_model: LatentDiffusionModel, inputs: tuple[torch.Tensor, ...]
) -> None:
    before = processors(either_model)
    with pytest.raises(RuntimeError, match="shape"):
        either_model.attention_maps(inputs[0], [1, 2, 3], torch.zeros(3, 77, 5), mean_over([1]), layers=(1, 4))
    with pytest.raises(KeyboardInterrupt), AttentionRecorder(either_model.layers, (0, 6), mean_over([1])):
        raise KeyboardInterrupt
    assert all(now is then for now, then in zip(processors(either_model), before, strict=True))


def test_recorded_layers_pass_on_what_they_would_without_a_recorder(
    either_model: LatentDiffusionModel, inputs: tuple[torch.Tensor, ...]
) -> None:
    """The middle layer's map is the same whether earlier layers are recorded or not."""
    alone = either_model.attention_maps(inputs[0], [1, 2, 3], inputs[2], mean_over([1]), layers=(3,))
    after_others = either_model.attention_maps(inputs[0], [1, 2, 3], inputs[2], mean_over([1]), layers=(0, 1, 2, 3))
    assert torch.equal(alone[0], after_others[3])


def test_a_token_that_is_masked_gets_no_attention_and_the_others_share_it(either_model, inputs) -> None:
    attended = torch.zeros(3, 77, dtype=torch.bool)
    attended[:, :4] = True
    everything = torch.eye(77).expand(3, 77, 77)
    (maps,) = either_model.attention_maps(inputs[0], [1, 2, 3], inputs[2], everything, layers=(2,), attended=attended)
    assert maps[:, 4:].max() == 0
    assert maps[:, :4].sum(dim=1).numpy() == pytest.approx(1, abs=1e-5)
