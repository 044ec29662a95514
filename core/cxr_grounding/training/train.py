"""Train the bundled demonstration model on phantoms: one command, checkpointed, resumable, CPU or GPU.

    python -m cxr_grounding.training.train --out FOLDER

Run again after an interruption, it goes on from the last checkpoint. The model learns nothing but
to take noise out of latents, with a caption at its side; where the findings lie is never shown to it.
It goes through two courses: one of the phantoms' own sentences, one of captions as reports have them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import CLIPTokenizer

from cxr_grounding.disk.json_file import write_json
from cxr_grounding.phantom.findings import Finding
from cxr_grounding.recipe import FILE_NAME, IntensityChain, ModelIdentity, Places, Recipe, write_grounding_file
from cxr_grounding.training.captions import all_captions, mixed_caption, own_caption
from cxr_grounding.training.networks import AUTOENCODER, MAX_TOKENS, Denoiser, open_trained
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
    max_tokens=MAX_TOKENS,
    attend_padding=False,
    evidence=True,
    refine=True,
    places=Places.AUTO,
)
"""Of the bundled model. Its latents are standardised inside the autoencoder, so their scale is 1. Of its seven
cross-attention layers, the last 8 x 8 and the first 16 x 16 one of the way up tell places best (docs/phantoms.md)."""

IDENTITY = ModelIdentity(
    name="phantom-ldm",
    version="2",
    label="DEMONSTRATION MODEL, trained on synthetic phantoms: says nothing about real patients. Research use only.",
    demonstration=True,
    licence="Apache-2.0",
)

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
class Course:
    """A part of the training of U-Net and text encoder.

    Args:
        name: of its checkpoint and its log.
        caption: makes a caption for what is in a frame.
        steps, batch: how long, and how many latents a step.
        learning_rate: at its highest.
    """

    name: str
    caption: Callable[[Sequence[Finding], np.random.Generator], str]
    steps: int
    batch: int
    learning_rate: float


@dataclass(frozen=True)
class Settings:
    """How long and how to train.

    Args:
        images: phantoms in the training set.
        autoencoder_steps, autoencoder_batch: length of the first training, and its images a step.
        steps, batch: of the course with the phantoms' own sentences, and its latents a step.
        report_steps, report_batch: of the one with captions as reports have them.
        decay: share of the steps at whose end the learning rate falls to zero.
    """

    images: int = 10_000
    autoencoder_steps: int = 1_000
    autoencoder_batch: int = 8
    autoencoder_rate: float = 1e-3
    steps: int = 2_600
    batch: int = 32
    report_steps: int = 3_400
    report_batch: int = 24
    warm_up: int = 150
    decay: float = 0.25
    ema: float = 0.998
    checkpoint_every: int = 100
    processes: int = 2

    @property
    def courses(self) -> tuple[Course, Course]:
        """In their order."""
        return (
            Course("denoiser", own_caption, self.steps, self.batch, 5e-4),
            Course("reports", mixed_caption, self.report_steps, self.report_batch, 3e-4),
        )

    def rate(self, step: int, steps: int) -> float:
        """Factor on the learning rate: linear up, constant, linear down to zero at the end."""
        down = (steps - step) / max(1, self.decay * steps)
        return min(1.0, (step + 1) / self.warm_up, down)


def train_autoencoder(data: TrainingSet, run: Path, settings: Settings, device: torch.device) -> AutoencoderKL:
    """Learn to shrink frames fourfold; resumes from `run`/autoencoder.pt."""
    torch.manual_seed(0)
    model = AutoencoderKL(**AUTOENCODER).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.autoencoder_rate, betas=(0.9, 0.99))
    step = load_checkpoint(run / "autoencoder.pt", {"model": model, "optimizer": optimizer})
    rng = np.random.default_rng([1, step])
    log = TrainingLog(run / "autoencoder.log", settings.autoencoder_steps)
    while step < settings.autoencoder_steps:
        set_rate(optimizer, settings.autoencoder_rate * settings.rate(step, settings.autoencoder_steps))
        frames = as_pixels(data.frames[rng.integers(len(data.frames), size=settings.autoencoder_batch)], device)
        with autocast(device):
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
        with autocast(device):
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


def train_denoiser(
    denoiser: Denoiser, course: Course, data: TrainingSet, latents: Tensor, run: Path, settings: Settings
) -> Denoiser:
    """Go through a course, from the weights that are given; the averaged ones. Resumes from its checkpoint in `run`."""
    torch.manual_seed(1)
    device = next(denoiser.parameters()).device
    tokenizer = CLIPTokenizer.from_pretrained(run / "tokenizer")
    scheduler = DDIMScheduler(**SCHEDULE)
    average = AveragedModel(denoiser, multi_avg_fn=get_ema_multi_avg_fn(settings.ema))  # type: ignore[no-untyped-call]
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=course.learning_rate, betas=(0.9, 0.99))
    parts = {"model": denoiser, "average": average, "optimizer": optimizer}
    path = run / f"{course.name}.pt"
    step = load_checkpoint(path, parts)
    rng = np.random.default_rng([2, step])
    generator = torch.Generator().manual_seed(step)
    log = TrainingLog(path.with_suffix(".log"), course.steps)
    while step < course.steps:
        set_rate(optimizer, course.learning_rate * settings.rate(step, course.steps))
        chosen = rng.integers(len(latents), size=course.batch)
        captions = [course.caption(data.findings[index], rng) for index in chosen]
        text = tokenizer(captions, padding=True, max_length=RECIPE.max_tokens, truncation=True, return_tensors="pt")
        clean = latents[torch.from_numpy(chosen)]
        noise = torch.randn(clean.shape, generator=generator)
        timesteps = sample_timesteps(course.batch, generator)
        noisy, target = scheduler.add_noise(clean, noise, timesteps), scheduler.get_velocity(clean, noise, timesteps)
        with autocast(device):
            predicted = denoiser(*(part.to(device) for part in (noisy, timesteps, text.input_ids, text.attention_mask)))
        loss = nn.functional.mse_loss(predicted.float(), target.to(device))
        optimise(denoiser, optimizer, loss)
        average.update_parameters(denoiser)
        step += 1
        log.add(step, loss)
        if step % settings.checkpoint_every == 0 or step == course.steps:
            save_checkpoint(path, parts, step)
    averaged = average.module
    assert isinstance(averaged, Denoiser)
    return averaged


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


def autocast(device: torch.device) -> torch.autocast:
    """Half the precision where that is faster: on GPUs, and on CPUs that compute in bfloat16 themselves."""
    is_fast = device.type != "cpu" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=is_fast)


def main() -> None:
    """The command."""
    defaults = Settings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    parser.add_argument("--run", type=Path, default=Path("runs/phantom"), help="folder for checkpoints and frames")
    parser.add_argument("--from", type=Path, dest="trained", help="a finished model to train on; only the last course")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    sizes = "images autoencoder_steps autoencoder_batch steps batch report_steps report_batch processes"
    for name in sizes.split():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=getattr(defaults, name))
    given = vars(parser.parse_args())
    out, run, device = given.pop("out"), given.pop("run"), torch.device(given.pop("device"))
    trained = given.pop("trained")
    settings = Settings(**given)
    run.mkdir(parents=True, exist_ok=True)
    data = load_or_draw(run / "frames.npz", settings.images, RECIPE, settings.processes)
    if not (run / "tokenizer").exists():
        train_tokenizer(all_captions(), run / "tokenizer", RECIPE.max_tokens)
    own, reports = settings.courses
    if trained is None:
        autoencoder = train_autoencoder(data, run, settings, device)
        latents = standardise(autoencoder, encode_all(autoencoder, data, device))
        torch.manual_seed(1)
        denoiser = Denoiser(len(CLIPTokenizer.from_pretrained(run / "tokenizer"))).to(device)
        denoiser = train_denoiser(denoiser, own, data, latents, run, settings)
    else:
        torch.manual_seed(1)
        autoencoder, denoiser = open_trained(trained, run / "tokenizer")
        autoencoder.to(device)  # type: ignore[arg-type]
        denoiser.to(device)
        latents = encode_all(autoencoder, data, device)
    denoiser = train_denoiser(denoiser, reports, data, latents, run, settings).eval()
    export(autoencoder, denoiser, run / "tokenizer", out)
    print(f"Wrote {out}.")


if __name__ == "__main__":
    main()
