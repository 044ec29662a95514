"""Fetch a published model: what is needed of which repository or place, whether it fits on the disk, its conversion."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.disk.sentences import readable
from cxr_grounding.disk.staging import staged
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.models.files_at_hand import Place, free_bytes, open_place
from cxr_grounding.models.hub import repository as hub
from cxr_grounding.models.hub.hub_errors import cache_folder
from cxr_grounding.models.hub.model_sides import LackingError, Side, find_side, lacking, places_of, without_any
from cxr_grounding.models.hub.repository import HubFile, Listing
from cxr_grounding.models.hub.transfer import Tell
from cxr_grounding.models.layouts import HELD, LAYOUTS
from cxr_grounding.models.order import FetchOffer, FetchOrder, Space
from cxr_grounding.models.provenance import SourceFile
from cxr_grounding.models.registry import check_free, models_home
from cxr_grounding.models.remove import delete_folder
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import ModelIdentity

DOWNLOAD, CHECKING = "download", "checking"
"""Names of the transfer (one unit is one byte) and of the comparison of checksums (one unit is one file) in progress
reports; the conversion's own follow."""

ORIGINALS = ".originals"
"""Folder for what is unpacked of archives; out of sight, as all that is unfinished, and gone in the end."""


@dataclass(frozen=True)
class FetchPlan:
    """What will be fetched, from where, and where to.

    Args:
        order: that it is the plan for.
        sides: of the model, in the layout's order.
    """

    order: FetchOrder
    sides: tuple[Side, ...]

    @property
    def folder(self) -> Path:
        """Where the model will be."""
        return models_home() / self.order.name

    @property
    def remote(self) -> list[tuple[Listing, list[HubFile]]]:
        """What is asked of the hub: repository and files."""
        return [(side.origin, side.files) for side in self.sides if isinstance(side.origin, Listing)]

    @property
    def stamp(self) -> tuple[str, ...]:
        """What is accepted with its terms: where each side comes from, in which state, under which licence."""
        return tuple(f"{side.title}: {side.terms.name}" for side in self.sides)

    @property
    def bytes_in_all(self) -> int:
        """Size of all files; the converted model takes about as much again."""
        return sum(file.bytes for side in self.sides for file in side.files)

    @property
    def bytes_to_download(self) -> int:
        """Size of the files that the cache does not hold yet."""
        return sum(file.bytes for listing, files in self.remote for file in files if not hub.is_cached(listing, file))

    @property
    def bytes_to_unpack(self) -> int:
        """Size of what lies in archives."""
        archives = (side for side in self.sides if isinstance(side.origin, Place) and side.origin.is_archive)
        return sum(file.bytes for side in archives for file in side.files)


def plan_fetch(order: FetchOrder) -> FetchPlan:
    """Find out what has to be fetched; lists repositories and looks into places, downloads nothing.

    Raises:
        ModelError: for a name that is taken, a place or a repository that cannot be looked into, or lacks the wanted
            files; when offline, for files that the cache does not hold.
    """
    check_free(order.name, order.replace)
    places = [open_place(path) for path in places_of(order)]
    if (error := without_any(order, places)) is not None:
        raise error
    sides, errors = [], []
    for name in LAYOUTS[order.model.layout]:
        try:
            sides.append(find_side(order, name, places))
        except LackingError as lack:
            errors.append(lack)
    if errors:
        raise lacking(errors)
    return FetchPlan(order, tuple(sides))


def offer_of(plan: FetchPlan) -> FetchOffer:
    """What a person is shown before anything is fetched."""
    order = plan.order
    warnings = dict.fromkeys(warning for side in plan.sides for warning in side.warnings)
    origins = tuple(
        f"{side.title}: {HELD[order.model.layout][side.name]}, {readable(sum(file.bytes for file in side.files))}"
        for side in plan.sides
    )
    return FetchOffer(
        order=order,
        origins=origins,
        terms=tuple(dict.fromkeys(side.terms for side in plan.sides)),
        folder=str(plan.folder),
        bytes_to_download=plan.bytes_to_download,
        bytes_on_disk=plan.bytes_in_all,
        spaces=tuple(spaces(plan)),
        warnings=(*warnings, *order.model.remarks),
        stamp=plan.stamp,
    )


def spaces(plan: FetchPlan) -> list[Space]:
    """What the disks must have free: for the download, and for the model beside the others; often they are one disk."""
    wanted = [
        (cache_folder(), plan.bytes_to_download, "HF_HOME"),
        (plan.folder, plan.bytes_in_all + plan.bytes_to_unpack, "CXR_GROUNDING_HOME"),
    ]
    found = []
    for folder, _, setting in wanted:
        disk, free = free_bytes(folder)
        same = [size for other, size, _ in wanted if free_bytes(other)[0].stat().st_dev == disk.stat().st_dev]
        found.append(Space(str(folder), setting, sum(same), free))
    return found


def check_space(plan: FetchPlan) -> None:
    """Refuse a fetch that the disk has no room for, before it begins.

    Raises:
        OutputError: with the bytes that are needed and those that are free.
    """
    for space in spaces(plan):
        if space.needed > space.free:
            raise OutputError(
                f"The disk of {space.folder} has too little space: {space.needed} bytes are needed "
                f"({readable(space.needed)}), {space.free} are free ({readable(space.free)}). Free some space, or set "
                f"{space.setting} to a folder on another disk."
            )


def fetch(plan: FetchPlan, progress: Progress | None = None) -> list[str]:
    """Bring all files here, check them, convert them, and put the model in its place, whole or not at all.

    Args:
        plan: what is fetched; its order carries the stamp of what was accepted.
        progress: told how many bytes have come, then after every file that was checked, and by the conversion.

    Returns:
        The conversion's warnings.

    Raises:
        ModelError: when a file cannot be had, is not what is listed, or cannot be converted; or when something else
            was accepted.
        OutputError: when a disk has too little space.
        Cancelled: when `progress` said so.
    """
    if plan.order.accepted != plan.stamp:
        raise ModelError("What was offered has changed since its terms were accepted. Look at them again.")
    check_space(plan)
    return install(plan, download_all(plan, progress), progress)


def download_all(plan: FetchPlan, progress: Progress | None = None) -> dict[str, list[Path]]:
    """Bring all files of the hub into the cache.

    Returns:
        Where each lies, in the order of `files`, by the repository.

    Raises:
        ModelError, OutputError: as `hub.download`.
        Cancelled: when `progress` said so.
    """
    total = sum(file.bytes for _, files in plan.remote for file in files)
    paths: dict[str, list[Path]] = {}
    before = 0
    for listing, files in plan.remote:
        paths[listing.repository] = hub.download(listing, files, _reporting(progress, before, total))
        before += sum(file.bytes for file in files)
    return paths


def _reporting(progress: Progress | None, before: int, total: int) -> Tell:
    """Reports what has come of one repository as part of all."""

    def told(come: int) -> None:
        report(progress, DOWNLOAD, before + come, total)

    return told


def install(plan: FetchPlan, paths: Mapping[str, Sequence[Path]], progress: Progress | None = None) -> list[str]:
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
    by_role: dict[str, Path] = {}
    sources: dict[Path, SourceFile] = {}
    total = sum(len(side.files) for side in plan.sides)
    report(progress, CHECKING, 0, total)
    checked = _Checked(sources, progress, total)
    for side in plan.sides:
        if isinstance(side.origin, Listing):
            here = dict(zip(side.files, paths[side.origin.repository], strict=True))
            for file, path in here.items():
                checked.take(path, hub.checked(side.origin, file, path, side.terms.name))
            by_role |= {role: here[file] for role, file in side.by_role.items()}
    with staged(models_home()) as scratch:
        for side in plan.sides:
            if isinstance(side.origin, Place):
                by_role |= _bring(side, side.origin, scratch / ORIGINALS, checked)
        warnings = _convert(plan, by_role, sources, scratch / plan.order.name, progress)
        shutil.rmtree(scratch / ORIGINALS, ignore_errors=True)
        delete_folder(plan.folder)
    return warnings


@dataclass
class _Checked:
    """The files that were compared with what is known of them."""

    sources: dict[Path, SourceFile]
    progress: Progress | None
    total: int

    def take(self, path: Path, source: SourceFile) -> None:
        self.sources[path] = source
        report(self.progress, CHECKING, len(self.sources), self.total)


def _bring(side: Side, place: Place, unpacked: Path, checked: _Checked) -> dict[str, Path]:
    """The files of one side out of a place; what is unpacked gets the names that this program has for it."""
    found = {}
    roles = {file.name: role for role, file in side.by_role.items()}
    for number, file in enumerate(side.files):
        role = roles.get(file.name, "")
        suffix = Path(file.name).suffix
        target = role if "/" in role else f"{role or f'document-{number}'}{suffix}"
        path = place.bring(file.name, unpacked / side.name / target)
        source = SourceFile.of(path)
        checked.take(path, SourceFile(file.name, source.sha256, source.bytes, licence=side.terms.name))
        if role:
            found[role] = path
    return found


def _convert(
    plan: FetchPlan, files: Mapping[str, Path], sources: Mapping[Path, SourceFile], out: Path, progress: Progress | None
) -> list[str]:
    from cxr_grounding.models.assemble import assemble
    from cxr_grounding.models.monai.convert import convert_monai
    from cxr_grounding.models.monai.originals import Originals

    model, identity = plan.order.model, _identity(plan)
    if model.layout == "bert":
        origins = list(sources.values())
        return assemble(files, out, recipe=model.recipe, identity=identity, sources=origins, progress=progress)
    originals = Originals(
        autoencoder=files["autoencoder"],
        unet=files["unet"],
        text_encoder=files["text_encoder/config.json"].parent,
        tokenizer=files["tokenizer/vocab.json"].parent,
        config=files.get("config"),
        sources=sources,
    )
    return convert_monai(originals, out, identity=identity, progress=progress)


def _identity(plan: FetchPlan) -> ModelIdentity:
    stated = [side.terms.name or "not stated" for side in plan.sides]
    others = zip(plan.sides[1:], stated[1:], strict=True)
    said = [stated[0], *(f"{_WORDS[side.name]}: {licence}" for side, licence in others if licence != stated[0])]
    first = plan.sides[0].origin
    version = first.commit[:12] if isinstance(first, Listing) else ""
    return ModelIdentity(plan.order.name, version, plan.order.model.label, licence="; ".join(said))


_WORDS = {"text": "text encoder", "autoencoder": "autoencoder"}
"""What the sides beside the first are called where their licence differs."""
