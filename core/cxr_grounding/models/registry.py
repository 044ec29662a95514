"""Models by name: the bundled one, those in the user's own models folder, and those that were added from elsewhere."""

from __future__ import annotations

import dataclasses
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.disk.own_folder import own_folder
from cxr_grounding.disk.portable_names import is_portable
from cxr_grounding.disk.sentences import printable, reason
from cxr_grounding.errors import ModelError, RecipeError
from cxr_grounding.models.catalogue import PUBLISHED_MODELS, PublishedModel, how_to_get
from cxr_grounding.recipe import FILE_NAME, ModelIdentity, Recipe, read_grounding_file

BUNDLED = Path(__file__).parent / "bundled"
"""Models that come with the package."""

BUNDLED_NAME = "phantom-ldm"
"""The model that is used when none is named."""

LONGEST_SHOWN = 200
"""Letters of a name that a sentence says."""

ADDED_SUFFIX = ".path"
"""Of the text files in the models folder that name a folder elsewhere; links proper need rights on Windows."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a model may be called: it becomes the name of a file or a folder, and an argument on the command line."""


@dataclass(frozen=True)
class ModelEntry:
    """One model folder.

    Args:
        name: by which it is asked for: the folder's name, or the one it was added under.
        folder: where it is.
        bundled: whether it came with the package.
        identity, recipe: from its `grounding.json`; None where that cannot be read.
        problem: the sentence that says why it cannot be read, "" otherwise.
        added: whether it lies elsewhere and was added under this name.
    """

    name: str
    folder: Path
    bundled: bool
    identity: ModelIdentity | None
    recipe: Recipe | None
    problem: str = ""
    added: bool = False

    @property
    def bytes_on_disk(self) -> int:
        """Size of all its files."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


def models_home() -> Path:
    """The folder of the user's own models; it need not exist."""
    return own_folder() / "models"


def list_models() -> list[ModelEntry]:
    """All models, the bundled ones first, then by name; one that cannot be read, or has gone away, has a problem."""
    entries = [_entry(folder, bundled=True) for folder in _model_folders(BUNDLED)]
    home = models_home()
    added = [_added_entry(file) for file in home.glob(f"*{ADDED_SUFFIX}") if file.is_file()]
    return entries + sorted([*own_models(), *added], key=lambda entry: entry.name)


def own_models() -> list[ModelEntry]:
    """Those that lie in the models folder: fetched, converted or put there."""
    return [_entry(folder, bundled=False) for folder in _model_folders(models_home())]


def published_elsewhere() -> list[PublishedModel]:
    """The published models that are not here under their own names."""
    here = {entry.name for entry in list_models()}
    return [model for model in PUBLISHED_MODELS.values() if model.name not in here]


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
    with suppress(OSError, ValueError):  # a name that no folder can have: too long, or with a null character
        if Path(asked).is_dir():
            return _entry(Path(asked).resolve(), bundled=False)
    shown = printable(asked if len(asked) <= LONGEST_SHOWN else asked[:LONGEST_SHOWN] + "…")
    raise ModelError(
        f"There is no model {shown!r}: it is neither a folder nor one of {', '.join(by_name) or 'the models here'}. "
        f"`cxr-ground models list` shows what is there. {how_to_get(asked)} gets the published one."
    )


def model_folder(name: str | Path | None = None) -> Path:
    """The folder of the model of that name, as `find_model` finds it, which is there.

    Raises:
        ModelError: when there is no such model, or its folder has gone away.
    """
    entry = find_model(name)
    if not entry.folder.is_dir():
        raise ModelError(entry.problem)
    return entry.folder


def check_free(name: str, replace: bool = False) -> None:
    """Refuse a name that no model can have, or that one has.

    Capitals make no difference, as they make none to the file systems of Windows and macOS.

    Args:
        name: for a model in the models folder.
        replace: whether one of exactly that name may lie there already.

    Raises:
        ModelError: when the name cannot be used.
    """
    if not NAME.fullmatch(name) or not is_portable(name):
        raise ModelError(
            f"{printable(name)!r} cannot be a model's name. Use letters, digits, dots, hyphens and underscores, 64 at "
            "most, with a letter or a digit first and none of the names that Windows keeps, such as con (--name)."
        )
    if replace and name in {entry.name for entry in own_models()}:
        return
    taken = {entry.name.lower(): entry for entry in list_models()}.get(name.lower())
    if taken is not None:
        raise ModelError(
            f"There is a model {taken.name!r} already, in {taken.folder}. Choose another name (--name), or remove "
            f"that one: cxr-ground models remove {taken.name}"
        )
    if (models_home() / name).exists():
        raise ModelError(
            f"{models_home() / name} is there already, and is no model. Move it away, or choose another name (--name)."
        )


def added_file(name: str) -> Path:
    """The text file that stands for an added model."""
    return models_home() / f"{name}{ADDED_SUFFIX}"


def _model_folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    # A leading dot marks what is being made or removed.
    visible = (folder for folder in parent.iterdir() if not folder.name.startswith("."))
    return sorted(folder for folder in visible if (folder / FILE_NAME).is_file())


def _added_entry(file: Path) -> ModelEntry:
    """The model that a text file in the models folder stands for."""
    name = file.name.removesuffix(ADDED_SUFFIX)
    mend = f"Add it again after `cxr-ground models remove {name}`."
    try:
        folder = Path(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as error:
        return ModelEntry(name, file, False, None, None, f"{file} cannot be read ({reason(error)}). {mend}", added=True)
    if not folder.is_absolute():
        return ModelEntry(name, file, False, None, None, f"{file} names no folder. {mend}", added=True)
    if not folder.is_dir():
        problem = (
            f"The folder {folder} of the added model {name!r} is not there. Connect its drive, or move it back. {mend}"
        )
        return ModelEntry(name, folder, False, None, None, problem, added=True)
    return dataclasses.replace(_entry(folder, bundled=False), name=name, added=True)


def _entry(folder: Path, bundled: bool) -> ModelEntry:
    try:
        identity, recipe = read_grounding_file(folder / FILE_NAME)
    except RecipeError as error:
        return ModelEntry(folder.name, folder, bundled, None, None, str(error))
    return ModelEntry(folder.name, folder, bundled, identity, recipe)
