"""What a published model's repositories hold, under the names that are in circulation: which file plays which part."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from cxr_grounding.models.text_files import WANTED

WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
LARGEST_WEIGHTS, LARGEST_OTHER = 8 * 2**30, 2**26
"""Bytes that a file of weights, or any other, may have."""


@dataclass(frozen=True)
class Role:
    """A part that a file plays.

    Args:
        name: of the part.
        choices: paths that are taken, the first that is there; from the top of the repository.
        optional: whether it may be missing.
    """

    name: str
    choices: tuple[str, ...]
    optional: bool = False


def _checkpoint(*stems: str) -> tuple[str, ...]:
    """MONAI core's suffix first, then GenerativeModels'; at the top where somebody keeps the two files alone."""
    suffixes = (".pt", ".pth", ".safetensors")
    return tuple(f"{folder}{stem}{suffix}" for folder in ("models/", "") for stem in stems for suffix in suffixes)


def _either(stem: str) -> tuple[str, ...]:
    """As safetensors, or else as the pickle that diffusers wrote before."""
    return (f"{stem}.safetensors", f"{stem}.bin")


LAYOUTS: Mapping[str, Mapping[str, tuple[Role, ...]]] = {
    "monai": {
        "model": (
            Role("autoencoder", _checkpoint("autoencoder")),
            # Repositories of one family call it by different names.
            Role("unet", _checkpoint("diffusion_model", "model", "unet")),
            # Where a bundle says what the weights alone do not.
            Role("config", ("configs/inference.json", "models/arch.json", "models/inference.json", "arch.json"), True),
        ),
        "text": (
            *(Role(f"text_encoder/{name}", (f"text_encoder/{name}",)) for name in WANTED["text_encoder"]),
            *(
                Role(f"tokenizer/{name}", (f"tokenizer/{name}",), name not in ("vocab.json", "merges.txt"))
                for name in WANTED["tokenizer"]
            ),
        ),
    },
    "bert": {
        "model": (
            Role("unet config", ("unet_ema/config.json",)),
            Role("unet weights", _either("unet_ema/diffusion_pytorch_model")),
        ),
        "autoencoder": (
            Role("vae config", ("vae/config.json",)),
            Role("vae weights", _either("vae/diffusion_pytorch_model")),
            Role("scheduler config", ("scheduler/scheduler_config.json",)),
        ),
        "text": (
            Role("text config", ("config.json",)),
            Role("text weights", ("model.safetensors", "pytorch_model.bin")),
            Role("vocabulary", ("vocab.txt",)),
            Role("tokenizer config", ("tokenizer_config.json",), True),
        ),
    },
}
"""By the name of the layout and of the side."""


HELD = {
    "monai": {"model": "autoencoder and U-Net", "text": "text encoder and tokenizer"},
    "bert": {"model": "U-Net", "autoencoder": "autoencoder and schedule", "text": "text encoder and tokenizer"},
}
"""What each side holds, in words."""


@dataclass(frozen=True)
class Cast:
    """Which files play the parts.

    Args:
        by_role: the path that plays each part.
        missing: the first choice of each part that nothing plays, and may not be missing.
    """

    by_role: Mapping[str, str]
    missing: tuple[str, ...]


def cast_of(roles: Collection[Role], names: Collection[str], top: str = "") -> Cast:
    """Find the files that play the parts.

    Args:
        roles: the parts.
        names: paths with forward slashes.
        top: the folder in which they are looked for, with a slash at its end; "" for the top.
    """
    by_role, missing = {}, []
    for role in roles:
        found = next((top + choice for choice in role.choices if top + choice in names), None)
        if found is not None:
            by_role[role.name] = found
        elif not role.optional:
            missing.append(role.choices[0])
    return Cast(by_role, tuple(missing))


def cast_anywhere(roles: Collection[Role], names: Collection[str]) -> Cast:
    """The same, whichever folder the files lie in together; of several, the one that is nearest to the top."""
    tops = {"", *(f"{parent}/" for name in names for parent in PurePosixPath(name).parents if parent.name)}
    casts = [cast_of(roles, names, top) for top in sorted(tops, key=lambda top: (top.count("/"), top))]
    return min(casts, key=lambda cast: len(cast.missing))


def largest_bytes(name: str) -> int:
    """How large a file of that name may be."""
    return LARGEST_WEIGHTS if name.endswith(WEIGHTS) else LARGEST_OTHER
