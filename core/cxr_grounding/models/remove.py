"""Remove a model: forget one that was added, delete one that was fetched or converted here."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.models.registry import ModelEntry, added_file, list_models


def find_removable(name: str) -> ModelEntry:
    """The model of that name, which may be removed.

    Raises:
        ModelError: when there is none, or it is the bundled one.
    """
    by_name = {entry.name: entry for entry in reversed(list_models())}
    removable = ", ".join(sorted(entry.name for entry in by_name.values() if not entry.bundled))
    there_are = f"Those that can be removed: {removable or 'none'}."
    if name not in by_name:
        raise ModelError(f"There is no model named {name!r}. {there_are}")
    if by_name[name].bundled:
        raise ModelError(f"{name!r} comes with the program and cannot be removed. {there_are}")
    return by_name[name]


def remove_model(entry: ModelEntry) -> None:
    """Forget an added model, whose files stay; delete any other.

    Raises:
        OutputError: when that is not permitted.
    """
    if not entry.added:
        delete_folder(entry.folder)
        return
    try:
        added_file(entry.name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{added_file(entry.name)} cannot be removed ({reason(error)}). Check its folder.") from error


def delete_folder(folder: Path) -> None:
    """Delete a model folder, if it is there, so that it is never seen in part.

    Raises:
        OutputError: when that is not permitted; the folder is then still whole, or no longer listed.
    """
    # Out of sight first, in one step: names with a leading dot are not listed.
    aside = folder.with_name(f".removed-{secrets.token_hex(6)}")
    try:
        if folder.is_symlink():
            folder.unlink()
        elif folder.exists():
            folder.replace(aside)
            shutil.rmtree(aside)
    except OSError as error:
        left = aside if aside.exists() else folder
        raise OutputError(
            f"{left} cannot be removed ({reason(error)}). Close what uses it, and remove it by hand."
        ) from error
