"""Models by name: the bundled one, and folders under the user's own models folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.errors import ModelError, RecipeError
from cxr_grounding.recipe import FILE_NAME, ModelIdentity, Recipe, read_grounding_file

BUNDLED = Path(__file__).parent / "bundled"
"""Models that come with the package."""

BUNDLED_NAME = "phantom-ldm"
"""The model that is used when none is named."""

HOME_VARIABLE = "CXR_GROUNDING_HOME"
"""Environment variable that names another place for the user's models and settings."""


@dataclass(frozen=True)
class ModelEntry:
    """One model folder.

    Args:
        name: by which it is asked for: the folder's name.
        folder: where it is.
        bundled: whether it came with the package.
        identity, recipe: from its `grounding.json`; None where that cannot be read.
        problem: the sentence that says why it cannot be read, "" otherwise.
    """

    name: str
    folder: Path
    bundled: bool
    identity: ModelIdentity | None
    recipe: Recipe | None
    problem: str = ""

    @property
    def bytes_on_disk(self) -> int:
        """Size of all its files."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


def models_home() -> Path:
    """The folder of the user's own models; it need not exist."""
    given = os.environ.get(HOME_VARIABLE)
    base = Path(given) if given else Path.home() / ".cxr_grounding"
    return base / "models"


def list_models() -> list[ModelEntry]:
    """All models, the bundled ones first, then by name."""
    entries = [_entry(folder, bundled=True) for folder in _model_folders(BUNDLED)]
    return entries + [_entry(folder, bundled=False) for folder in _model_folders(models_home())]


def find_model(name: str | Path | None = None) -> ModelEntry:
    """The model of that name, or in that folder; the bundled one for None.

    A folder wins over a name only when it is written as a path (with a separator) or no model has the name.

    Raises:
        ModelError: when there is no such model; the message names those there are.
    """
    asked = str(name) if name is not None else BUNDLED_NAME
    by_name = {entry.name: entry for entry in reversed(list_models())}
    if asked in by_name:
        return by_name[asked]
    if Path(asked).is_dir():
        return _entry(Path(asked).resolve(), bundled=False)
    raise ModelError(
        f"There is no model {asked!r}: it is neither a folder nor one of {', '.join(by_name) or 'the models here'}. "
        "`cxr-ground models list` shows what is there."
    )


def _model_folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(folder for folder in parent.iterdir() if (folder / FILE_NAME).is_file())


def _entry(folder: Path, bundled: bool) -> ModelEntry:
    try:
        identity, recipe = read_grounding_file(folder / FILE_NAME)
    except RecipeError as error:
        return ModelEntry(folder.name, folder, bundled, None, None, str(error))
    return ModelEntry(folder.name, folder, bundled, identity, recipe)
