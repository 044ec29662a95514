"""Read the tensors of somebody else's checkpoint, and nothing but tensors."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from cxr_grounding.errors import ModelError
from cxr_grounding.models.monai.originals import require_checkpoints

OLDEST_TORCH = "2.10"
"""First release whose restricted unpickler is safe to feed with files from anywhere; older ones had a memory fault."""

WRAPPERS = ("state_dict", "model_state_dict", "model")
"""Under which name training programs put the weights when they save more than those."""

PARALLEL = "module."
"""What torch's data-parallel training puts before every name."""


def read_checkpoint(path: Path) -> dict[str, torch.Tensor]:
    """The weights in a `.pt`, `.pth` or `.safetensors` file, by name, on the CPU.

    Pickles are read with torch's `weights_only=True`, which builds tensors and plain containers and runs nothing.

    Raises:
        ModelError: when the file is missing, damaged, needs more than that, or holds no weights; or when the installed
            torch is too old to read pickles safely.
    """
    require_checkpoints(path)
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickle(path)
    for name in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(name), Mapping):
            content = content[name]
            break
    if not isinstance(content, Mapping) or not content:
        raise ModelError(f"{path} holds no weights by name, but a {type(content).__name__}. Give a state dict.")
    strange = [name for name, value in content.items() if not isinstance(value, torch.Tensor)]
    if strange:
        raise ModelError(
            f"{path} holds {strange[0]!r}, which is no weight ({len(strange)} such entries). Save the network's state "
            "dict alone."
        )
    if all(name.startswith(PARALLEL) for name in content):
        return {name.removeprefix(PARALLEL): value for name, value in content.items()}
    return dict(content)


def _read_safetensors(path: Path) -> Any:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} is damaged or is no safetensors file ({error}). Fetch it again.") from error


def _read_pickle(path: Path) -> Any:
    if torch.__version__ < OLDEST_TORCH:
        raise ModelError(
            f"PyTorch {torch.__version__} cannot read {path.name} safely. Install PyTorch {OLDEST_TORCH} or newer."
        )
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path} holds more than weights, or is no checkpoint at all; it is refused, since opening it could run "
            "any program. Save the network's state dict alone, or as safetensors."
        ) from error
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        first = str(error).strip().splitlines()[:1]
        raise ModelError(
            f"{path} is damaged or is no checkpoint ({first[0] if first else type(error).__name__}). Fetch it again."
        ) from error
