"""MONAI's chest X-ray latent diffusion checkpoints into a model folder. METHOD 1, docs/models.md."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.staging import new_folder
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.models.hub.text_source import WANTED, missing_file
from cxr_grounding.models.monai.config import MonaiConfig, config_beside, read_config
from cxr_grounding.models.provenance import SourceFile, write_provenance
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import FILE_NAME, ModelIdentity, Recipe, write_grounding_file

STAGE = "conversion"
"""Name of this work in progress reports; one unit is one part of the model."""

PARTS = 4
"""Autoencoder, U-Net, text side, and the proof that the folder opens."""

SCHEDULE: dict[str, Any] = {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.0015,
    "beta_end": 0.0205,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "clip_sample": False,
    "set_alpha_to_one": True,
}
"""The published noise schedule (METHOD 1), which no checkpoint holds; a configuration may say otherwise."""


def convert_monai(
    *,
    autoencoder: Path,
    unet: Path,
    text_encoder: Path,
    tokenizer: Path,
    out: Path,
    config: Path | None = None,
    frame_size: int | None = None,
    identity: ModelIdentity | None = None,
    sources: Mapping[Path, SourceFile] | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Write a model folder from MONAI checkpoints; it appears whole or not at all.

    Every tensor is used exactly once, and the folder is opened before it appears. It holds what diffusers calls vae/,
    unet/, text_encoder/, tokenizer/ and scheduler/, a `grounding.json` with the published recipe, and a
    `provenance.json`.

    Args:
        autoencoder, unet: `.pt`, `.pth` or `.safetensors`, in the layout of MONAI GenerativeModels 0.2 or of MONAI core
            1.4 and later.
        text_encoder: folder with `config.json` and `model.safetensors`.
        tokenizer: folder of that text encoder's tokenizer.
        out: folder to make; must not exist.
        config: `arch.json` or a bundle's configuration; None for one found beside the U-Net, if any.
        frame_size: side of the image that the model was trained on, in pixels; None for the published one.
        identity: of the model; None for one named like the folder.
        sources: of the files that came from elsewhere, and of what else belongs to them, such as a licence; by path.
        progress: told after every part.

    Returns:
        Sentences on what no file said and was taken as published.

    Raises:
        ModelError: when a file is missing, damaged, more than weights, or not such a model.
        RecipeError: when the published recipe does not fit the model.
        OutputError: when `out` is there already or cannot be written.
    """
    require_checkpoints(autoencoder, unet)
    text_files, tokenizer_files = _wanted(text_encoder, "text_encoder"), _wanted(tokenizer, "tokenizer")
    known = config_beside(unet) if config is None else read_config(config)
    report(progress, STAGE, 0, PARTS)
    with new_folder(out) as folder:
        unet_config, notes = _convert_networks(autoencoder, unet, known, folder, progress)
        _copy(text_files, folder / "text_encoder")
        _copy(tokenizer_files, folder / "tokenizer")
        _write_json(folder / "scheduler" / "scheduler_config.json", _schedule(known))
        recipe = Recipe() if frame_size is None else Recipe(frame_size=frame_size)
        if (layers := layers_read(unet_config)) != recipe.layers:
            recipe = recipe.replace(layers=layers)
            notes.append(
                f"The U-Net is not built like the published one, so the layers at the same places are read: {layers}."
            )
        write_grounding_file(folder / FILE_NAME, identity or ModelIdentity(out.name), recipe)
        report(progress, STAGE, 3, PARTS)
        _prove(folder)
        used = [autoencoder, unet, *text_files, *tokenizer_files, *([known.source] if known.source else [])]
        write_provenance(folder, _origins(used, sources or {}), notes)
    report(progress, STAGE, PARTS, PARTS)
    return notes


def require_checkpoints(*paths: Path) -> None:
    """Refuse a misspelt name at once, before a slow import or a download.

    Raises:
        ModelError: for the first file that is not there.
    """
    for path in paths:
        if not path.is_file():
            raise ModelError(f"There is no checkpoint {path}. Check its name and folder.")


def layers_read(unet: dict[str, Any]) -> tuple[int, ...]:
    """The cross-attention layers at the places of the published ones, 3, 4, 6 and 7 of 11 (METHOD 4).

    These are the last layer on the way down, the middle one, and the first level with attention on the way up without
    its first layer. Counted from 0 in network order.

    Args:
        unet: diffusers' configuration.
    """
    attention = [kind.startswith("CrossAttn") for kind in unet["down_block_types"]]
    layers = [n if on else 0 for on, n in zip(attention, unet["layers_per_block"], strict=True)]
    depth = unet["transformer_layers_per_block"]
    down = depth * sum(layers)
    first_up = depth * (next(n for n in reversed(layers) if n) + 1) if down else 0
    first = down + depth
    return tuple(n for n in (down - 1, first - 1, *range(first + depth, first + first_up)) if n >= 0)


def _convert_networks(
    autoencoder: Path, unet: Path, known: MonaiConfig, folder: Path, progress: Progress | None
) -> tuple[dict[str, Any], list[str]]:
    """Write vae/ and unet/, one after the other, so that only one network is in memory.

    Returns:
        The U-Net's configuration, and remarks for the user.
    """
    from cxr_grounding.models.monai.autoencoder import convert_autoencoder
    from cxr_grounding.models.monai.checkpoint import read_checkpoint
    from cxr_grounding.models.monai.unet import convert_unet
    from cxr_grounding.models.monai.weights import Weights

    described, weights = convert_autoencoder(
        Weights(read_checkpoint(autoencoder), str(autoencoder), "autoencoder"), known
    )
    _write_network(folder / "vae", described, weights)
    report(progress, STAGE, 1, PARTS)
    described, weights, remarks = convert_unet(Weights(read_checkpoint(unet), str(unet), "U-Net"), known)
    _write_network(folder / "unet", described, weights)
    report(progress, STAGE, 2, PARTS)
    return described, remarks


def _write_network(folder: Path, config: dict[str, Any], weights: dict[str, Any]) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    _write_json(folder / "config.json", config)
    try:
        save_file(weights, folder / "diffusion_pytorch_model.safetensors", metadata={"format": "pt"})
    except SafetensorError as error:  # its own name for what the system says, a full disk above all
        raise OutputError(
            f"The converted weights cannot be written ({reason(error)}). Check the free space of the folder."
        ) from error


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _schedule(known: MonaiConfig) -> dict[str, Any]:
    """The noise schedule in diffusers' words: the published one, with what a configuration says instead."""
    said = {name: value for name, value in known.schedule.items() if name in SCHEDULE and not name.startswith("_")}
    if isinstance(said.get("beta_schedule"), str):
        said["beta_schedule"] = said["beta_schedule"].removesuffix("_beta")  # MONAI's "scaled_linear_beta"
    return SCHEDULE | said | {"clip_sample": False}


def _wanted(folder: Path, part: str) -> list[Path]:
    """The files of one part of the text side."""
    found = {name: folder / name for name in WANTED[part] if (folder / name).is_file()}
    if (missing := missing_file(part, found)) is not None:
        needed = " and ".join(WANTED[part]) if part == "text_encoder" else "vocab.json and merges.txt, or vocab.txt"
        raise ModelError(f"{folder} has no {missing}. Give the folder that holds {needed}.")
    return list(found.values())


def _copy(files: Sequence[Path], folder: Path) -> None:
    folder.mkdir()
    for file in files:
        shutil.copyfile(file, folder / file.name)


def _origins(used: Sequence[Path], told: Mapping[Path, SourceFile]) -> list[SourceFile]:
    """Where every file came from: this machine, unless told."""
    return [*(SourceFile.of(path) for path in used if path not in told), *told.values()]


def _prove(folder: Path) -> None:
    """Open what was written, every weight of it, so that a folder which appears is known to work."""
    from cxr_grounding.diffusion.model import LatentDiffusionModel

    LatentDiffusionModel.open(folder, "cpu")
