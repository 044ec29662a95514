"""What a configuration beside MONAI checkpoints says of them: the few things that weights alone cannot tell.

Two kinds of file are understood: `{"unet": {...}, "autoencoder": {...}}` with the arguments of the two networks, and
the configuration of a MONAI bundle (`inference.json`, `train.json`), in which each part names its class as `_target_`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxr_grounding.disk.json_file import JsonError, read_json
from cxr_grounding.errors import ModelError

BESIDE = ("arch.json", "inference.json", "configs/inference.json", "../configs/inference.json")
"""Where a configuration is looked for, from the U-Net's folder."""

NETWORKS = {"DiffusionModelUNet": "unet", "AutoencoderKL": "autoencoder"}
"""MONAI's classes, and by which name they stand in a file of the first kind."""

SPELLINGS = {"num_channels": "channels", "schedule": "beta_schedule"}
"""Arguments that were renamed between MONAI GenerativeModels and MONAI core, or are called otherwise in diffusers."""

NORM_GROUPS = 32
"""Of every group norm, where no configuration says otherwise: MONAI's default, and the published model's (METHOD 1)."""

NORM_EPS = 1e-6
"""MONAI's default, and the published model's (METHOD 1); diffusers has it fixed in blocks of both networks."""


@dataclass(frozen=True)
class MonaiConfig:
    """What is known beside the weights.

    Args:
        unet, autoencoder: arguments of the networks; empty where nothing is said.
        schedule: arguments of the noise schedule.
        source: the file; None without one.
    """

    unet: Mapping[str, Any] = field(default_factory=dict)
    autoencoder: Mapping[str, Any] = field(default_factory=dict)
    schedule: Mapping[str, Any] = field(default_factory=dict)
    source: Path | None = None

    def require_agreement(self, part: str, name: str, found: Any) -> None:
        """Refuse a configuration that contradicts the weights.

        Args:
            part: "unet" or "autoencoder".
            name: of the argument, as MONAI core spells it.
            found: what the weights show.

        Raises:
            ModelError: when the configuration says something else.
        """
        said = getattr(self, part).get(name)
        every_level = [said] * len(found) if isinstance(found, list) and isinstance(said, int) else said
        if said is not None and every_level != found:
            raise ModelError(
                f"{self.source} says {name} = {said} for the {part}, but the weights have {found}. "
                "Give the configuration that belongs to these weights."
            )


def config_beside(unet: Path) -> MonaiConfig:
    """What the first file beside a U-Net's checkpoint says that speaks of the networks; nothing without one.

    Raises:
        ModelError: when such a file is not JSON.
    """
    found = (_parsed(path) for name in BESIDE if (path := unet.parent / name).is_file())
    return next((config for config in found if config.unet or config.autoencoder), MonaiConfig())


def read_monai_config(path: Path) -> MonaiConfig:
    """Read a configuration.

    Raises:
        ModelError: when the file is missing, is not JSON, or speaks of neither network.
    """
    config = _parsed(path)
    if not config.unet and not config.autoencoder:
        raise ModelError(
            f'{path} describes neither a U-Net nor an autoencoder: expected are the entries "unet" and "autoencoder", '
            "or the configuration of a MONAI bundle."
        )
    return config


def norm_groups(config: MonaiConfig, part: str, channels: list[int]) -> int:
    """How many groups the norms of a network have, which its weights do not show.

    Args:
        config: beside the weights.
        part: "unet" or "autoencoder".
        channels: of the network's levels.

    Raises:
        ModelError: when they do not divide the channels, or the norms have another epsilon than can be converted.
    """
    said = getattr(config, part)
    eps = said.get("norm_eps", NORM_EPS)
    if eps != NORM_EPS:
        raise ModelError(f"{config.source} says norm_eps = {eps} for the {part}; only {NORM_EPS} can be converted.")
    groups = said.get("norm_num_groups", NORM_GROUPS)
    if type(groups) is not int or groups < 1 or any(width % groups for width in channels):
        raise ModelError(
            f"The {part} has the channels {channels}, which {groups} norm groups do not divide. Give its configuration "
            "with --config, which says how many there are."
        )
    return groups


def _parsed(path: Path) -> MonaiConfig:
    try:
        document = read_json(path)
    except FileNotFoundError:
        raise ModelError(f"There is no configuration {path}. Check its name and folder.") from None
    except JsonError as error:
        raise ModelError(f"{path} cannot be read as JSON ({error}). Give the model's configuration.") from error
    parts: dict[str, dict[str, Any]] = {"unet": {}, "autoencoder": {}, "schedule": {}}
    for name, section in _sections(document):
        target = str(section.get("_target_", "")).rsplit(".", 1)[-1]
        part = NETWORKS.get(target, name if name in NETWORKS.values() else "")
        if not part and "beta_start" in section:
            part = "schedule"
        if part and not parts[part]:
            parts[part] = {SPELLINGS.get(key, key): value for key, value in section.items() if _is_plain(value)}
    return MonaiConfig(parts["unet"], parts["autoencoder"], parts["schedule"], path)


def _sections(document: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All objects in a JSON document with their names, from the outside in."""
    if isinstance(document, dict):
        yield name, document
        for key, value in document.items():
            yield from _sections(value, key)
    elif isinstance(document, list):
        for value in document:
            yield from _sections(value)


def _is_plain(value: Any) -> bool:
    """Whether a value stands for itself: a bundle writes references as "@name", expressions as "$code"."""
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return not isinstance(value, dict) and not (isinstance(value, str) and value.startswith(("@", "$", "%")))
