"""Fetch a published model: what is needed of which repository, whether it fits on the disk, and its conversion."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cxr_grounding.disk.sentences import readable
from cxr_grounding.disk.staging import staged
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.models.catalogue import find_published
from cxr_grounding.models.hub import repository as hub
from cxr_grounding.models.hub.hub_errors import cache_folder
from cxr_grounding.models.hub.repository import HubFile, Listing
from cxr_grounding.models.registry import check_free, models_home
from cxr_grounding.models.remove import delete_folder
from cxr_grounding.models.text_files import WANTED
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import ModelIdentity

CHECKING = "checking"
"""Name of the comparison of checksums in progress reports; one unit is one file."""


CHECKPOINT_FOLDER = "models"
CHECKPOINT_SUFFIXES = (".pt", ".pth")
"""Of MONAI core and of MONAI GenerativeModels; the first is taken where both are there."""

AUTOENCODER, UNET = "autoencoder", "diffusion_model"
"""Names of the checkpoints, without suffix."""

CONFIGS = ("configs/inference.json", "models/arch.json", "models/inference.json", "arch.json")
"""Where a bundle says what the weights alone do not; the first that is there is given to the conversion."""

TEXT_ENCODER_FILES = tuple(f"text_encoder/{name}" for name in WANTED["text_encoder"])
TOKENIZER_FILES = ("tokenizer/vocab.json", "tokenizer/merges.txt")
"""Without these the text side does not work; the tokenizer's other files (`WANTED`) are taken as they are there."""

LICENCE_DOCUMENT = re.compile(r"README\.md|LICEN[CS]E(\.\w+)?", re.IGNORECASE)
"""Files at a repository's top that say under which licence it is; they are kept in the cache with the rest."""


@dataclass(frozen=True)
class FetchPlan:
    """What will be fetched, from where, and where to.

    Args:
        name: of the model, once it is here.
        label: the sentence that goes with its results.
        model: the repository of autoencoder and U-Net.
        text: the repository of text encoder and tokenizer.
        autoencoder, unet: the two checkpoints.
        config: what says more about them, if anything does.
        model_files, text_files: all files of the two repositories that are fetched.
    """

    name: str
    label: str
    model: Listing
    text: Listing
    autoencoder: HubFile
    unet: HubFile
    config: HubFile | None
    model_files: tuple[HubFile, ...]
    text_files: tuple[HubFile, ...]

    @property
    def folder(self) -> Path:
        """Where the model will be."""
        return models_home() / self.name

    @property
    def files(self) -> list[tuple[Listing, HubFile]]:
        """All files, each with its repository."""
        return [(self.model, file) for file in self.model_files] + [(self.text, file) for file in self.text_files]

    @property
    def bytes_in_all(self) -> int:
        """Size of all files; the converted model takes about as much again."""
        return sum(file.bytes for _, file in self.files)

    @property
    def bytes_to_download(self) -> int:
        """Size of the files that the cache does not hold yet."""
        return sum(file.bytes for listing, file in self.files if not hub.is_cached(listing, file))


def plan_fetch(
    model: str,
    *,
    name: str | None = None,
    repository: str | None = None,
    revision: str = "main",
    text_encoder_repository: str | None = None,
    text_encoder_revision: str = "main",
    replace: bool = False,
) -> FetchPlan:
    """Find out what has to be fetched; lists the repositories, downloads nothing.

    Args:
        model: one of `PUBLISHED_MODELS`.
        name: for the model here, in place of that one.
        repository, revision: of autoencoder and U-Net, in place of the published ones.
        text_encoder_repository, text_encoder_revision: of text encoder and tokenizer, likewise.
        replace: whether a model of the same name in the models folder may be there already.

    Raises:
        ModelError: for an unknown model, a name that is taken, a repository that cannot be listed, or one without
            the wanted files; when offline, for files that the cache does not hold.
    """
    published = find_published(model)
    name = model if name is None else name
    check_free(name, replace)
    listing = hub.list_repository(repository or published.repository, revision)
    text = hub.list_repository(text_encoder_repository or published.text_encoder_repository, text_encoder_revision)
    autoencoder, unet = _checkpoint(listing, AUTOENCODER), _checkpoint(listing, UNET)
    missing = [
        *(f"{CHECKPOINT_FOLDER}/{stem}.pt" for stem, found in ((AUTOENCODER, autoencoder), (UNET, unet)) if not found),
        *(file for file in (*TEXT_ENCODER_FILES, *TOKENIZER_FILES) if not text.find(file)),
    ]
    if autoencoder is None or unet is None or missing:
        raise ModelError(_missing_files(missing, listing, text))
    config = next((found for found in map(listing.find, CONFIGS) if found), None)
    beside = [file for file in listing.files if _is_beside(file) or LICENCE_DOCUMENT.fullmatch(file.name)]
    wanted = {file.name: file for file in (*([config] if config else []), autoencoder, unet, *beside)}
    models = sorted(wanted.values(), key=lambda file: file.name)
    texts = [file for file in text.files if _is_of_text_side(file) or LICENCE_DOCUMENT.fullmatch(file.name)]
    return FetchPlan(name, published.label, listing, text, autoencoder, unet, config, tuple(models), tuple(texts))


def check_space(plan: FetchPlan) -> None:
    """Refuse a fetch that the disk has no room for, before it begins.

    The download needs its size in the cache, the converted model about the size of all files beside the other models;
    often both are on one disk.

    Raises:
        OutputError: with the bytes that are needed and those that are free.
    """
    wanted = [
        (cache_folder(), plan.bytes_to_download, "HF_HOME"),
        (plan.folder, plan.bytes_in_all, "CXR_GROUNDING_HOME"),
    ]
    for folder, _, setting in wanted:
        disk = _nearest(folder)
        needed = sum(size for other, size, _ in wanted if _nearest(other).stat().st_dev == disk.stat().st_dev)
        free = shutil.disk_usage(disk).free
        if needed > free:
            raise OutputError(
                f"The disk of {folder} has too little space: {needed} bytes are needed ({readable(needed)}), {free} "
                f"are free ({readable(free)}). Free some space, or set {setting} to a folder on another disk."
            )


def download_all(plan: FetchPlan) -> list[Path]:
    """Bring all files into the cache.

    Returns:
        Where each lies, in the order of `plan.files`.

    Raises:
        ModelError, OutputError: as `hub.download`.
    """
    return [*hub.download(plan.model, plan.model_files), *hub.download(plan.text, plan.text_files)]


def install(plan: FetchPlan, paths: Sequence[Path], progress: Progress | None = None) -> list[str]:
    """Check the downloaded files, convert them, and put the model in its place, whole or not at all.

    A former model of that name stays until the new one is whole.

    Args:
        plan: what was fetched.
        paths: where its files are, as `download_all` gave them.
        progress: told after every file that was checked, and by the conversion.

    Returns:
        The conversion's warnings.

    Raises:
        ModelError: when a file is not what the repository lists, or cannot be converted.
        OutputError: when the disk is full.
    """
    from cxr_grounding.models.monai.convert import convert_monai
    from cxr_grounding.models.monai.originals import Originals

    sources, path_of = {}, {}
    report(progress, CHECKING, 0, len(paths))
    for (listing, file), path in zip(plan.files, paths, strict=True):
        sources[path] = hub.checked(listing, file, path)
        path_of[listing.repository, file.name] = path
        report(progress, CHECKING, len(sources), len(paths))
    model, text = plan.model.repository, plan.text.repository
    originals = Originals(
        autoencoder=path_of[model, plan.autoencoder.name],
        unet=path_of[model, plan.unet.name],
        text_encoder=path_of[text, TEXT_ENCODER_FILES[0]].parent,
        tokenizer=path_of[text, TOKENIZER_FILES[0]].parent,
        config=path_of[model, plan.config.name] if plan.config else None,
        sources=sources,
    )
    with staged(models_home()) as scratch:
        warnings = convert_monai(originals, scratch / plan.name, identity=_identity(plan), progress=progress)
        delete_folder(plan.folder)
    return warnings


def _identity(plan: FetchPlan) -> ModelIdentity:
    stated = [listing.licence or "not stated" for listing in (plan.model, plan.text)]
    licence = stated[0] if stated[0] == stated[1] else f"{stated[0]}; text encoder: {stated[1]}"
    return ModelIdentity(plan.name, plan.model.commit[:12], plan.label, licence=licence)


def _checkpoint(listing: Listing, stem: str) -> HubFile | None:
    names = (f"{CHECKPOINT_FOLDER}/{stem}{suffix}" for suffix in CHECKPOINT_SUFFIXES)
    return next((found for found in map(listing.find, names) if found), None)


def _is_beside(file: HubFile) -> bool:
    """Whether it is a small JSON file beside the checkpoints."""
    path = PurePosixPath(file.name)
    return str(path.parent) == CHECKPOINT_FOLDER and path.suffix == ".json"


def _is_of_text_side(file: HubFile) -> bool:
    part, _, name = file.name.partition("/")
    return name in WANTED.get(part, ())


def _missing_files(missing: list[str], model: Listing, text: Listing) -> str:
    """The sentence for repositories, or a cache, that lack files."""
    names = ", ".join(
        f"{name} of {(model if name.startswith(CHECKPOINT_FOLDER + '/') else text).repository}" for name in missing
    )
    if model.offline:
        return (
            f"HF_HUB_OFFLINE is set, and the cache {cache_folder()} lacks {names}. Unset it to fetch, or bring the "
            "cache of a machine that has fetched the model."
        )
    return (
        f"The hub lists no {names}. Name a repository or a revision that has them (--repository, --revision, "
        "--text-encoder-repository, --text-encoder-revision)."
    )


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next(candidate for candidate in (folder, *folder.absolute().parents) if candidate.is_dir())
