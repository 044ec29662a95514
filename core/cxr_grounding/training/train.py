"""Train the bundled demonstration model on phantoms: one command, checkpointed, resumable, CPU or GPU.

    python -m cxr_grounding.training.train --out FOLDER

Run again after an interruption, it goes on from the last checkpoint. The model learns nothing but
to take noise out of latents, with a caption at its side; where the findings lie is never shown to it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from diffusers.models.attention_processor import AttnProcessor
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from cxr_grounding.disk.json_file import write_json
from cxr_grounding.phantom.wording import all_sentences
from cxr_grounding.recipe import FILE_NAME, IntensityChain, ModelIdentity, Recipe, write_grounding_file
from cxr_grounding.training.tokenizer import train_tokenizer
from cxr_grounding.training.training_set import TrainingSet, load_or_draw
from cxr_grounding.training.training_state import TrainingLog, load_checkpoint, save_checkpoint

RECIPE = Recipe(
    frame_size=128,
    antialias=True,
    intensity=IntensityChain.MIMIC_CXR_JPG,
    pixel_low=-1.0,
    pixel_high=1.0,
    latent_scale=1.0,
    steps=50,
    window_center_percent=50,
    window_half_width_percent=10,
    layers=(4, 5),
    smoothing_sigma=2.5,
    max_tokens=77,
    attend_padding=False,
    evidence=True,
    refine=True,
)
"""Of the bundled model. Its latents are standardised inside the autoencoder, so their scale is 1. Of its seven
cross-attention layers, the last 8 x 8 and the first 16 x 16 one of the way up tell places best (docs/phantoms.md)."""

IDENTITY = ModelIdentity(
    name="phantom-ldm",
    version="1",
    label="DEMONSTRATION MODEL, trained on synthetic phantoms: says nothing about real patients. Research use only.",
    demonstration=True,
    licence="Apache-2.0",
)

AUTOENCODER = {
    "in_channels": 1,
    "out_channels": 1,
    "down_block_types": ("DownEncoderBlock2D",) * 3,
    "up_block_types": ("UpDecoderBlock2D",) * 3,
    "block_out_channels": (24, 48, 64),
    "layers_per_block": 1,
    "latent_channels": 4,
    "norm_num_groups": 8,
    "mid_block_add_attention": False,
    "sample_size": 128,
}
"""Fourfold, 128 x 128 x 1 to 32 x 32 x 4: an eightfold one loses the small and soft findings."""

UNET = {
    "sample_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "layers_per_block": 1,
    "block_out_channels": (32, 96, 160),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "cross_attention_dim": 128,
    "attention_head_dim": 1,  # diffusers reads this as the number of heads
    "norm_num_groups": 16,
}

TEXT_ENCODER: dict[str, Any] = {
    "hidden_size": 128,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": RECIPE.max_tokens,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}

TRAINING_TIMESTEPS = 1000

SCHEDULE = {
    "num_train_timesteps": TRAINING_TIMESTEPS,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.0015,
    "beta_end": 0.0205,
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": True,
}
"""The published model's (METHOD 1)."""


@dataclass(frozen=True)
class Settings:
    """How long and how to train.

    Args:
        images: phantoms in the training set.
        autoencoder_steps, autoencoder_batch: length of the first training, and its images a step.
        steps, batch: of the second.
        decay: share of the steps at whose end the learning rate falls to zero.
    """

    images: int = 10_000
    autoencoder_steps: int = 1_000
    autoencoder_batch: int = 8
    steps: int = 2_600
    batch: int = 32
    learning_rate: float = 5e-4
    warm_up: int = 150
    decay: float = 0.25
    ema: float = 0.998
    checkpoint_every: int = 100
    processes: int = 2

    def rate(self, step: int, steps: int) -> float:
        """Factor on the learning rate: linear up, constant, linear down to zero at the end."""
        down = (steps - step) / max(1, self.decay * steps)
        return min(1.0, (step + 1) / self.warm_up, down)


def train_autoencoder(data: TrainingSet, run: Path, settings: Settings, device: torch.device) -> AutoencoderKL:
    """Learn to shrink frames fourfold; resumes from `run`/autoencoder.pt."""
    torch.manual_seed(0)
    model = AutoencoderKL(**AUTOENCODER).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2 * settings.learning_rate, betas=(0.9, 0.99))
    step = load_checkpoint(run / "autoencoder.pt", {"model": model, "optimizer": optimizer})
    rng = np.random.default_rng([1, step])
    log = TrainingLog(run / "autoencoder.log", settings.autoencoder_steps)
    while step < settings.autoencoder_steps:
        set_rate(optimizer, 2 * settings.learning_rate * settings.rate(step, settings.autoencoder_steps))
        frames = as_pixels(data.frames[rng.integers(len(data.frames), size=settings.autoencoder_batch)], device)
        with torch.autocast(device.type, torch.bfloat16):
            posterior = model.encode(frames).latent_dist
            restored = model.decode(posterior.sample()).sample
        loss = reconstruction_loss(restored.float(), frames) + 1e-5 * posterior.kl().mean() / frames[0].numel()
        optimise(model, optimizer, loss)
        step += 1
        log.add(step, loss)
        if step % settings.checkpoint_every == 0 or step == settings.autoencoder_steps:
            save_checkpoint(run / "autoencoder.pt", {"model": model, "optimizer": optimizer}, step)
    return model.eval()


def reconstruction_loss(restored: Tensor, frames: Tensor) -> Tensor:
    """Mean difference of the pixels and, so that edges and thin lines survive, of their gradients."""
    loss = nn.functional.l1_loss(restored, frames)
    for axis in (2, 3):
        loss = loss + nn.functional.l1_loss(restored.diff(dim=axis), frames.diff(dim=axis))
    return loss


@torch.inference_mode()
def encode_all(model: AutoencoderKL, data: TrainingSet, device: torch.device) -> Tensor:
    """The posterior means of all frames: [count, 4, 32, 32], float32, on the host."""
    means = []
    for start in range(0, len(data.frames), 64):
        frames = as_pixels(data.frames[start : start + 64], device)
        with torch.autocast(device.type, torch.bfloat16):
            means.append(model.encode(frames).latent_dist.mean.float().cpu())
    return torch.cat(means)


@torch.inference_mode()
def standardise(model: AutoencoderKL, latents: Tensor) -> Tensor:
    """Give every latent channel mean 0 and deviation 1, inside the model's own 1 x 1 convolutions.

    What the autoencoder restores stays the same; the noise schedule then means the same to every
    channel, and the recipe's latent scale is 1. Returns the latents as the changed model gives them.
    """
    mean, deviation = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
    channels = len(mean)
    quant, post = cast("tuple[Any, Any]", (model.quant_conv, model.post_quant_conv))  # AUTOENCODER has both
    standardised = (latents - mean[:, None, None]) / deviation[:, None, None]
    mean, deviation = (statistic.to(quant.weight.device) for statistic in (mean, deviation))
    quant.weight[:channels] /= deviation[:, None, None, None]
    quant.bias[:channels] = (quant.bias[:channels] - mean) / deviation
    quant.bias[channels:] -= 2 * deviation.log()
    post.bias += post.weight[:, :, 0, 0] @ mean
    post.weight *= deviation[None, :, None, None]
    return standardised


class Denoiser(nn.Module):
    """U-Net and text encoder, trained together."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.unet = UNet2DConditionModel(**UNET)
        # The plain attention: on CPUs its backward pass is the faster one.
        self.unet.set_attn_processor(AttnProcessor())
        self.text_encoder = CLIPTextModel(CLIPTextConfig(vocab_size=vocabulary, **TEXT_ENCODER))

    def forward(self, latents: Tensor, timesteps: Tensor, ids: Tensor, attended: Tensor) -> Tensor:
        """Predict the velocity; `attended` [batch, tokens] is 1 for a caption's own tokens and 0 for its padding."""
        context = self.text_encoder(ids).last_hidden_state
        return self.unet(latents, timesteps, context, encoder_attention_mask=attended).sample


def train_denoiser(data: TrainingSet, latents: Tensor, run: Path, settings: Settings, device: torch.device) -> Denoiser:
    """Learn to remove noise from latents under captions; the averaged weights. Resumes from `run`/denoiser.pt."""
    torch.manual_seed(1)
    tokenizer = CLIPTokenizer.from_pretrained(run / "tokenizer")
    scheduler = DDIMScheduler(**SCHEDULE)
    model = Denoiser(len(tokenizer)).to(device)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings.ema))  # type: ignore[no-untyped-call]
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.99))
    parts = {"model": model, "average": average, "optimizer": optimizer}
    step = load_checkpoint(run / "denoiser.pt", parts)
    rng = np.random.default_rng([2, step])
    generator = torch.Generator().manual_seed(step)
    log = TrainingLog(run / "denoiser.log", settings.steps)
    while step < settings.steps:
        set_rate(optimizer, settings.learning_rate * settings.rate(step, settings.steps))
        chosen = rng.integers(len(latents), size=settings.batch)
        captions = [data.caption(int(index), rng) for index in chosen]
        text = tokenizer(
            captions, padding="max_length", max_length=RECIPE.max_tokens, truncation=True, return_tensors="pt"
        )
        clean = latents[torch.from_numpy(chosen)]
        noise = torch.randn(clean.shape, generator=generator)
        timesteps = sample_timesteps(settings.batch, generator)
        noisy, target = scheduler.add_noise(clean, noise, timesteps), scheduler.get_velocity(clean, noise, timesteps)
        with torch.autocast(device.type, torch.bfloat16):
            predicted = model(*(part.to(device) for part in (noisy, timesteps, text.input_ids, text.attention_mask)))
        loss = nn.functional.mse_loss(predicted.float(), target.to(device))
        optimise(model, optimizer, loss)
        average.update_parameters(model)
        step += 1
        log.add(step, loss)
        if step % settings.checkpoint_every == 0 or step == settings.steps:
            save_checkpoint(run / "denoiser.pt", parts, step)
    averaged = average.module
    assert isinstance(averaged, Denoiser)
    return averaged.eval()


def sample_timesteps(count: int, generator: torch.Generator) -> Tensor:
    """Half of them anywhere, half around the middle, where attention is read."""
    anywhere = torch.rand(count, generator=generator)
    middle = torch.sigmoid(torch.randn(count, generator=generator))
    share = torch.rand(count, generator=generator)
    return (torch.where(share < 0.5, anywhere, middle) * (TRAINING_TIMESTEPS - 1)).round().long()


def export(autoencoder: AutoencoderKL, denoiser: Denoiser, tokenizer_folder: Path, out: Path) -> None:
    """Write a diffusers folder in half precision with its grounding.json."""
    out.mkdir(parents=True, exist_ok=True)
    autoencoder.half().save_pretrained(out / "vae", safe_serialization=True)
    denoiser.unet.half().save_pretrained(out / "unet", safe_serialization=True)
    denoiser.text_encoder.half().save_pretrained(out / "text_encoder", safe_serialization=True)
    DDIMScheduler(**SCHEDULE).save_pretrained(out / "scheduler")
    (out / "tokenizer").mkdir(exist_ok=True)
    for file in tokenizer_folder.iterdir():
        (out / "tokenizer" / file.name).write_bytes(file.read_bytes())
    names = {
        "vae": ["diffusers", "AutoencoderKL"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", "DDIMScheduler"],
    }
    index = {"_class_name": "StableDiffusionPipeline", **names}
    write_json(out / "model_index.json", index)
    write_grounding_file(out / FILE_NAME, IDENTITY, RECIPE)


def as_pixels(frames: np.ndarray, device: torch.device) -> Tensor:
    """uint8 frames [count, size, size] as the autoencoder takes them: [count, 1, size, size] float32, -1 to 1."""
    pixels = torch.from_numpy(frames).to(device, torch.float32)[:, None] / 255
    return pixels * (RECIPE.pixel_high - RECIPE.pixel_low) + RECIPE.pixel_low


def optimise(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step of the optimizer."""
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of all groups."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def main() -> None:
    """The command."""
    defaults = Settings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument("--run", type=Path, default=Path("runs/phantom"), help="folder for checkpoints and frames")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    for name in ("images", "autoencoder_steps", "steps", "batch", "processes"):
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=getattr(defaults, name))
    given = vars(parser.parse_args())
    out, run, device = given.pop("out"), given.pop("run"), torch.device(given.pop("device"))
    settings = Settings(**given)
    run.mkdir(parents=True, exist_ok=True)
    data = load_or_draw(run / "frames.npz", settings.images, RECIPE, settings.processes)
    if not (run / "tokenizer").exists():
        train_tokenizer(all_sentences(), run / "tokenizer", RECIPE.max_tokens)
    autoencoder = train_autoencoder(data, run, settings, device)
    latents = standardise(autoencoder, encode_all(autoencoder, data, device))
    denoiser = train_denoiser(data, latents, run, settings, device)
    export(autoencoder, denoiser, run / "tokenizer", out)
    print(f"Wrote {out}.")


if __name__ == "__main__":
    main()
