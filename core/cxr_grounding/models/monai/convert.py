"""MONAI's chest X-ray latent diffusion checkpoints into a model folder. METHOD 1, docs/models.md."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cxr_grounding.disk.json_file import write_json
from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.staging import new_folder
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.models.monai.config import MonaiConfig, config_beside, read_monai_config
from cxr_grounding.models.monai.originals import Originals, require_checkpoints
from cxr_grounding.models.provenance import SourceFile, write_provenance
from cxr_grounding.models.text_files import WANTED, missing_file
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import FILE_NAME, ModelIdentity, Recipe, write_grounding_file

STAGE = "conversion"
"""Name of this work in progress reports; one unit is one part of the model."""

UNITS = 4
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
    originals: Originals,
    out: Path,
    *,
    frame_size: int | None = None,
    identity: ModelIdentity | None = None,
    progress: Progress | None = None,
) -> list[str]:
    """Write a model folder from MONAI checkpoints; it appears whole or not at all.

    Every tensor is used exactly once, and the folder is opened before it appears. It holds what diffusers calls vae/,
    unet/, text_encoder/, tokenizer/ and scheduler/, a `grounding.json` with the published recipe, and a
    `provenance.json`.

    Args:
        originals: what it is made from.
        out: folder to make; must not exist.
        frame_size: side of the image that the model was trained on, in pixels; None for the published one.
        identity: of the model; None for one named like the folder.
        progress: told after every part.

    Returns:
        Sentences on what no file said and was taken as published.

    Raises:
        ModelError: when a file is missing, damaged, more than weights, or not such a model.
        RecipeError: when the published recipe does not fit the model.
        OutputError: when `out` is there already or cannot be written.
    """
    require_checkpoints(originals.autoencoder, originals.unet)
    text_files = _wanted(originals.text_encoder, "text_encoder")
    tokenizer_files = _wanted(originals.tokenizer, "tokenizer")
    config = config_beside(originals.unet) if originals.config is None else read_monai_config(originals.config)
    report(progress, STAGE, 0, UNITS)
    with new_folder(out) as folder:
        unet_config, notes = _convert_networks(originals, config, folder, progress)
        _copy(text_files, folder / "text_encoder")
        _copy(tokenizer_files, folder / "tokenizer")
        _write_whole_tokenizer(folder)
        _write_json(folder / "scheduler" / "scheduler_config.json", _schedule(config))
        recipe = Recipe() if frame_size is None else Recipe(frame_size=frame_size)
        if (layers := layers_read(unet_config)) != recipe.layers:
            recipe = recipe.replace(layers=layers)
            notes.append(
                f"The U-Net is not built like the published one, so the layers at the same places are read: {layers}."
            )
        write_grounding_file(folder / FILE_NAME, identity or ModelIdentity(out.name), recipe)
        report(progress, STAGE, 3, UNITS)
        _check_opens(folder)
        used = [originals.autoencoder, originals.unet, *text_files, *tokenizer_files]
        write_provenance(folder, _sources([*used, *([config.source] if config.source else [])], originals), notes)
    report(progress, STAGE, UNITS, UNITS)
    return notes


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
    originals: Originals, config: MonaiConfig, folder: Path, progress: Progress | None
) -> tuple[dict[str, Any], list[str]]:
    """Write vae/ and unet/, one after the other, so that only one network is in memory.

    Returns:
        The U-Net's configuration, and remarks for the user.
    """
    from cxr_grounding.models.monai.checkpoint import read_checkpoint
    from cxr_grounding.models.monai.convert_autoencoder import convert_autoencoder
    from cxr_grounding.models.monai.convert_unet import convert_unet
    from cxr_grounding.models.monai.weights import Weights

    path = originals.autoencoder
    described, weights = convert_autoencoder(Weights(read_checkpoint(path), str(path), "autoencoder"), config)
    _write_network(folder / "vae", described, weights)
    report(progress, STAGE, 1, UNITS)
    path = originals.unet
    described, weights, remarks = convert_unet(Weights(read_checkpoint(path), str(path), "U-Net"), config)
    _write_network(folder / "unet", described, weights)
    report(progress, STAGE, 2, UNITS)
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
    write_json(path, document)


def _write_whole_tokenizer(folder: Path) -> None:
    """Let the model open without transformers, where its text encoder is one that is known; else opening says so."""
    from cxr_grounding.diffusion.components import class_named_by, read_config
    from cxr_grounding.diffusion.tokenizer_files import FAMILIES

    family = FAMILIES.get(class_named_by(read_config(folder / "text_encoder" / "config.json")))
    if family is not None:
        family.write_whole(folder / "tokenizer")


def _schedule(config: MonaiConfig) -> dict[str, Any]:
    """The noise schedule in diffusers' words: the published one, with what a configuration says instead."""
    said = {name: value for name, value in config.schedule.items() if name in SCHEDULE and not name.startswith("_")}
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


def _sources(used: Sequence[Path], originals: Originals) -> list[SourceFile]:
    """Where every file came from: this machine, unless it is known to be from elsewhere."""
    local = [SourceFile.of(path) for path in used if path not in originals.sources]
    return [*local, *originals.sources.values()]


def _check_opens(folder: Path) -> None:
    """Open what was written, every weight of it, so that a folder which appears is known to work."""
    from cxr_grounding.diffusion.model import LatentDiffusionModel

    LatentDiffusionModel.open(folder, "cpu")
