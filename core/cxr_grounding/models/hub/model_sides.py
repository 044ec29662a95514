"""Where each side of a published model comes from: a repository on the hub, or files that somebody has here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cxr_grounding.errors import GoneError, ModelError
from cxr_grounding.models.catalogue import PublishedModel, Source
from cxr_grounding.models.files_at_hand import Place, check_size, sha1_of
from cxr_grounding.models.hub import repository as hub
from cxr_grounding.models.hub.hub_errors import cache_folder
from cxr_grounding.models.hub.repository import HubFile, Listing
from cxr_grounding.models.layouts import LAYOUTS, Cast, Role, cast_anywhere, cast_of
from cxr_grounding.models.licences import DOCUMENT, Terms, is_licence, stated_in_card, terms_of
from cxr_grounding.models.order import FetchOrder


@dataclass(frozen=True)
class Side:
    """One side of a model, found.

    Args:
        name: as the layout calls it.
        origin: what holds it.
        by_role: the files that play its parts.
        documents: its licence, and its card.
        terms: under which it is used.
        warnings: sentences on it.
    """

    name: str
    origin: Listing | Place
    by_role: Mapping[str, HubFile]
    documents: tuple[HubFile, ...]
    terms: Terms
    warnings: tuple[str, ...] = ()

    @property
    def files(self) -> list[HubFile]:
        """All its files, each once, by name."""
        return sorted({file.name: file for file in (*self.by_role.values(), *self.documents)}.values(), key=_name)

    @property
    def title(self) -> str:
        """Where it comes from, and which state of it."""
        if isinstance(self.origin, Place):
            return str(self.origin.path)
        return f"{self.origin.repository} at {self.origin.commit[:12]}"


def find_side(order: FetchOrder, name: str, places: Collection[Place]) -> Side:
    """Find one side: in the places that were named, or else in its repository, or else in a copy of that.

    Args:
        order: what is asked for.
        name: of the side.
        places: what was named on this machine, looked into.

    Raises:
        ModelError: when nothing has it, or nothing can be reached.
        LackingError: when its repository lacks files.
    """
    roles = LAYOUTS[order.model.layout][name]
    for place in places:
        cast = cast_anywhere(roles, place.files)
        if not cast.missing:
            return _of_place(order.model, name, place, cast)
    named = order.changed.get(name)
    candidates = order.model.sides[name] if named is None else (named,)
    first: GoneError | LackingError | None = None
    for source in candidates:
        try:
            side = _of_hub(order, name, roles, source, is_named=named is not None)
        except (GoneError, LackingError) as error:
            if isinstance(error, LackingError) and not error.offline:
                raise
            first = first or error
            continue
        if first is None:
            return side
        is_known = any(role in order.model.sha256 for role in side.by_role)
        same = "has the same file" if is_known else "is taken, whose content cannot be compared with it"
        note = f"{candidates[0].repository} cannot be had any more; its copy {source.repository} {same}."
        return Side(name, side.origin, side.by_role, side.documents, side.terms, (note, *side.warnings))
    if isinstance(first, LackingError):
        raise first
    raise ModelError(str(first)) from first


def without_any(order: FetchOrder, places: Collection[Place]) -> ModelError | None:
    """The error for places of which none holds a whole side, so that nothing there is what was meant."""
    layout = LAYOUTS[order.model.layout]
    holds = (not cast_anywhere(roles, place.files).missing for roles in layout.values() for place in places)
    if not places or any(holds):
        return None
    place = next(iter(places))
    lacks = {name: cast_anywhere(roles, place.files).missing for name, roles in layout.items()}
    said = "; ".join(f"for the {name} side it lacks {', '.join(missing)}" for name, missing in lacks.items())
    return ModelError(f"{place.path} does not hold the files of {order.model.name}: {said}. Name a folder that does.")


def _of_hub(order: FetchOrder, name: str, roles: Collection[Role], source: Source, is_named: bool) -> Side:
    """One side of a repository; a `GoneError` also where a copy has another file than the published one."""
    listing = hub.list_repository(source.repository, source.revision)
    found = {file.name: file for file in listing.files}
    cast = cast_of(roles, found)
    if cast.missing:
        raise LackingError(listing, cast.missing)
    warnings = []
    for role, path in cast.by_role.items():
        expected, actual = order.model.sha256.get(role), found[path].sha256
        if expected and actual != expected:
            if not is_named:
                raise GoneError(
                    f"{path} of {source.repository} is not the published file: its SHA-256 is {actual or 'not known'}, "
                    f"but {expected} is expected. Name another repository ({_option(name)}) to take what it has."
                )
            warnings.append(_other_file(f"{path} of {source.repository}", actual, expected))
    documents = tuple(file for file in listing.files if DOCUMENT.fullmatch(file.name))
    by_role = {role: found[path] for role, path in cast.by_role.items()}
    return Side(name, listing, by_role, documents, hub.terms(listing), (*warnings, *_unusual(roles, cast)))


def _of_place(model: PublishedModel, name: str, place: Place, cast: Cast) -> Side:
    warnings = []
    for role, path in cast.by_role.items():
        check_size(place, path)
        expected = model.sha256.get(role)
        if expected and (actual := place.sha256(path)) != expected:
            warnings.append(_other_file(f"{path} in {place.path}", actual, expected))
    if not any(role in model.sha256 for role in cast.by_role):
        warnings.append(_unknown_content(model, place))
    tops = {"", *(f"{folder}/" for folder in map(str, PurePosixPath(next(iter(cast.by_role.values()))).parents))}
    names = [path for path in place.files if DOCUMENT.fullmatch(PurePosixPath(path).name) and _top(path) in tops]
    documents = {PurePosixPath(path).name: place.text(path) for path in names}
    of_places = {path: HubFile(path, place.files[path]) for path in (*cast.by_role.values(), *names)}
    by_role = {role: of_places[path] for role, path in cast.by_role.items()}
    stated = next(
        (card for name, text in documents.items() if not is_licence(name) and (card := stated_in_card(text))), ""
    )
    terms = terms_of(str(place.path), stated, documents)
    told = tuple(sentence for sentence in (*warnings, *_unusual(LAYOUTS[model.layout][name], cast)) if sentence)
    return Side(name, place, by_role, tuple(of_places[path] for path in names), terms, told)


def _unknown_content(model: PublishedModel, place: Place) -> str:
    """What is to be said of files of which no checksum is published; "" for the release archive itself."""
    if place.is_archive and model.archive_sha1 and sha1_of(place.path) == model.archive_sha1:
        return ""
    return f"{place.path} is taken as it is: its content is not that of the published release archive, as far as known."


def _other_file(what: str, actual: str, expected: str) -> str:
    return (
        f"{what} is not the file that the model was trained with: its SHA-256 is {actual or 'not known'}, not "
        f"{expected}. Answers will differ from the published ones."
    )


def _unusual(roles: Collection[Role], cast: Cast) -> list[str]:
    """Which file was taken, where a part has another name than the first."""
    stems = {role.name: PurePosixPath(role.choices[0]).stem for role in roles if not role.optional}
    return [
        f"As {name}, the file {path} is taken."
        for name, path in cast.by_role.items()
        if name in stems and PurePosixPath(path).stem != stems[name]
    ]


class LackingError(Exception):
    """A repository, or a cache, lacks files of one side; the sides' errors become one. It never reaches the user.

    Args:
        listing: of it.
        missing: the files.
    """

    def __init__(self, listing: Listing, missing: Collection[str]) -> None:
        super().__init__(listing.repository)
        self.names = [f"{name} of {listing.repository}" for name in missing]
        self.offline = listing.offline


def lacking(errors: Collection[LackingError]) -> ModelError:
    """The error for repositories, or a cache, that lack files."""
    names = ", ".join(name for error in errors for name in error.names)
    if any(error.offline for error in errors):
        return ModelError(
            f"HF_HUB_OFFLINE is set, and the cache {cache_folder()} lacks {names}. Unset it to fetch, or bring the "
            "cache of a machine that has fetched the model."
        )
    return ModelError(
        f"The hub lists no {names}. Name a repository or a revision that has them (--repository, --revision, "
        "--text-encoder-repository, --text-encoder-revision), or the files themselves (--from)."
    )


def _option(side: str) -> str:
    return {"text": "--text-encoder-repository", "autoencoder": "--autoencoder-repository"}.get(side, "--repository")


def _top(path: str) -> str:
    folder = PurePosixPath(path).parent
    return "" if str(folder) == "." else f"{folder}/"


def _name(file: HubFile) -> str:
    return file.name


def places_of(order: FetchOrder) -> list[Path]:
    """The places that an order names."""
    return [Path(place) for place in order.places]
