"""What a model's folder says of a network."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any


def filled(defaults: Mapping[str, Any], config: Mapping[str, Any]) -> SimpleNamespace:
    """The entries that have a default, as attributes: as a folder's `config.json` says, else the default."""
    return SimpleNamespace(**{key: config.get(key, default) for key, default in defaults.items()})
