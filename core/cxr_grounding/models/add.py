"""Add a model folder that lies elsewhere, without copying it, and give a plain diffusers folder its recipe."""

from __future__ import annotations

from pathlib import Path

from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.models.registry import BUNDLED, ModelEntry, added_file, check_free, find_model, models_home
from cxr_grounding.recipe import FILE_NAME, read_grounding_file

RECIPES = Path(__file__).parent / "recipes"
"""Ready-made `grounding.json` documents for models that are published as plain diffusers folders."""

PARTS = (
    "vae/config.json",
    "unet/config.json",
    "text_encoder/config.json",
    "tokenizer",
    "scheduler/scheduler_config.json",
)
"""What every model folder has, beside its weights and its recipe."""


def add_model(folder: Path, *, name: str | None = None, recipe: str | None = None) -> ModelEntry:
    """Make a folder known under a name; it is opened once, so that what is listed is known to work.

    Args:
        folder: a diffusers folder.
        name: for the model; None for the folder's own name.
        recipe: for a folder that has no `grounding.json`: a file, or the name of a ready-made one.

    Returns:
        The model as it is listed from now on.

    Raises:
        ModelError: when the folder is no model, or the name is taken.
        RecipeError: when the recipe cannot be used with the model.
        OutputError: when the recipe or the registration cannot be written.
    """
    from cxr_grounding.diffusion.model import LatentDiffusionModel

    folder = folder.resolve()
    name = name if name is not None else folder.name
    _check_folder(folder, name)
    given = _recipe_file(recipe) if recipe is not None else None
    _check_recipe(folder, given)
    written = folder / FILE_NAME if given is not None else None
    try:
        if given is not None:
            _copy_recipe(given, folder)
        LatentDiffusionModel.open(folder, "cpu")
        _register(name, folder)
    except BaseException:  # Ctrl+C too: a folder that was not added is left as it was
        if written is not None:
            written.unlink(missing_ok=True)
        raise
    return find_model(name)


def named_recipes() -> list[str]:
    """The ready-made recipes."""
    return sorted(file.stem for file in RECIPES.glob("*.json"))


def _check_folder(folder: Path, name: str) -> None:
    if not folder.is_dir():
        raise ModelError(f"There is no folder {folder}. Check its name.")
    if folder.parent in (models_home().resolve(), BUNDLED):
        raise ModelError(f"{folder} is listed already, as all models in {folder.parent} are.")
    missing = [part for part in PARTS if not (folder / part).exists()]
    if missing:
        raise ModelError(
            f"{folder} is no model in diffusers' format: it has no {', no '.join(missing)}. Name the folder that "
            "holds them, or make one with `cxr-ground models convert`."
        )
    check_free(name)


def _check_recipe(folder: Path, given: Path | None) -> None:
    own = folder / FILE_NAME
    if given is None and not own.is_file():
        raise ModelError(
            f"{folder} has no {FILE_NAME}, so it is not known how to use the model. Give one with --recipe: a file, or "
            f"one of {', '.join(named_recipes()) or 'your own making'}; docs/models.md says what stands in it."
        )
    if given is not None and own.exists():
        raise ModelError(f"{own} is there already and is kept. Leave --recipe out, or move that file away first.")
    if given is not None:
        read_grounding_file(given)


def _recipe_file(recipe: str) -> Path:
    """The file that `--recipe` means; a path wins over a name."""
    path = Path(recipe)
    if path.is_file():
        return path
    if recipe in named_recipes():
        return RECIPES / f"{recipe}.json"
    raise ModelError(
        f"There is no recipe {recipe!r}: it is neither a file nor one of {', '.join(named_recipes()) or 'those here'}. "
        "Check its name."
    )


def _copy_recipe(recipe: Path, folder: Path) -> None:
    text = recipe.read_text(encoding="utf-8")
    with written_whole(folder / FILE_NAME, ".json") as temporary:
        temporary.write_text(text, encoding="utf-8")


def _register(name: str, folder: Path) -> None:
    file = added_file(name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{file.parent} cannot be made ({reason(error)}). Set CXR_GROUNDING_HOME to another folder."
        ) from error
    with written_whole(file, file.suffix) as temporary:
        temporary.write_text(f"{folder}\n", encoding="utf-8")
