"""`cxr-ground models fetch`: a published model from the hub, or from files at hand, ready to be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cxr_grounding.cli.console import confirmed, err, out, print_json, progress_bar, show_warning
from cxr_grounding.cli.options import Json, Yes, grouped
from cxr_grounding.disk.sentences import readable
from cxr_grounding.errors import Cancelled, ModelError
from cxr_grounding.models.catalogue import PublishedModel, Source, find_published
from cxr_grounding.models.files_at_hand import sha1_of
from cxr_grounding.models.hub import repository as hub
from cxr_grounding.models.hub.fetch import FetchPlan, check_space, offer_of, plan_fetch
from cxr_grounding.models.hub.fetch import fetch as fetch_planned
from cxr_grounding.models.hub.hub_errors import cache_folder
from cxr_grounding.models.hub.repository import Listing
from cxr_grounding.models.hub.transfer import fetch_archive
from cxr_grounding.models.licences import Terms, is_licence
from cxr_grounding.models.order import FetchOrder
from cxr_grounding.models.registry import find_model, own_models
from cxr_grounding.progress import report

PINNED = "A branch, a tag or a commit of it. Default: the commit that is known to work."


@dataclass(frozen=True)
class Origin:
    """Where a model comes from, in place of the usual repositories and commits."""

    repository: Annotated[str | None, typer.Option(help="Of autoencoder and U-Net, in place of the usual one.")] = None
    revision: Annotated[str | None, typer.Option(help=PINNED)] = None
    text_encoder_repository: Annotated[
        str | None, typer.Option(help="Of text encoder and tokenizer, in place of the usual one.")
    ] = None
    text_encoder_revision: Annotated[str | None, typer.Option(help=PINNED)] = None
    autoencoder_repository: Annotated[
        str | None, typer.Option(help="Of the autoencoder, where that has one of its own, in place of the usual one.")
    ] = None
    autoencoder_revision: Annotated[str | None, typer.Option(help=PINNED)] = None
    places: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            help="A folder, a zip archive, or an archive's address (https://...), in place of a hub; may be given "
            "twice. What it does not hold comes from the hub.",
        ),
    ] = None

    def changes(self, model: PublishedModel) -> dict[str, Source]:
        """The repositories that are named, by what they hold."""
        given = {
            "model": (self.repository, self.revision),
            "text": (self.text_encoder_repository, self.text_encoder_revision),
            "autoencoder": (self.autoencoder_repository, self.autoencoder_revision),
        }
        found = {}
        for side, (repository, revision) in given.items():
            if side not in model.sides or (repository is None and revision is None):
                continue
            usual = model.sides[side][0]
            found[side] = Source(repository or usual.repository, revision or ("main" if repository else usual.revision))
        return found


@grouped
def fetch(
    model: Annotated[str, typer.Argument(help="Which: monai-cxr-ldm, the model of the paper, or cxr-bert-ldm.")],
    name: Annotated[str | None, typer.Option(help="What to call it here. Default: as it is published.")] = None,
    *,
    origin: Origin,
    yes: Yes = False,
    force: Annotated[bool, typer.Option("--force", help="Fetch again what is there already.")] = False,
    as_json: Json = False,
) -> None:
    """Download a published model after showing its size and licence, check it, and convert it."""
    published = find_published(model)
    called = model if name is None else name
    if not force and called in {entry.name for entry in own_models()}:
        err.print(f"{called} is there already; --force fetches it again.", markup=False)
        _print_result(called, [], as_json)
        return
    places, downloaded = _bring_archives(published, origin.places or (), yes)
    plan = plan_fetch(FetchOrder(published, called, origin.changes(published), places, force))
    offer = offer_of(plan)
    _show(plan)
    for sentence in offer.warnings:
        show_warning(sentence)
    check_space(plan)
    if not confirmed("Do you accept these licences, and fetch the model?", yes):
        raise Cancelled("Nothing was fetched, because the licences were not accepted.")
    with progress_bar(of_bytes=True) as progress:
        warnings = fetch_planned(FetchPlan(offer.accepted(), plan.sides), progress)
    for archive in downloaded:
        archive.unlink(missing_ok=True)
    for sentence in warnings:
        show_warning(sentence)
    _print_result(called, warnings, as_json)


def _bring_archives(model: PublishedModel, places: Sequence[str], yes: bool) -> tuple[tuple[str, ...], list[Path]]:
    """The places as paths, and those of them that were downloaded for it."""
    paths, downloaded = [], []
    for place in places:
        if "://" not in place:
            paths.append(place)
            continue
        if not place.startswith(("https://", "http://")):
            raise ModelError(f"{place} is no address that can be fetched from. Give one that begins with https://.")
        if not confirmed(f"Download {place}?", yes):
            raise Cancelled("Nothing was fetched.")
        with progress_bar(of_bytes=True) as progress:
            archive = fetch_archive(place, lambda come: report(progress, "download", come, 0))
        if place == model.archive and sha1_of(archive) != model.archive_sha1:
            archive.unlink(missing_ok=True)
            raise ModelError(
                f"What {place} gave is not the published archive: its SHA-1 is not {model.archive_sha1}. It was "
                "removed; call the same command again."
            )
        downloaded.append(archive)
        paths.append(str(archive))
    return tuple(paths), downloaded


def _show(plan: FetchPlan) -> None:
    """What will be fetched, from where, under which licence and where to; on stderr, as it is for the reader only."""
    for side in plan.sides:
        listing = side.origin if isinstance(side.origin, Listing) else None
        where = "this machine"
        if listing is not None:
            where = "the cache (HF_HUB_OFFLINE is set)" if listing.offline else listing.page
        err.print(f"{side.title}, from {where}", style="bold", markup=False)
        err.print(f"  licence: {licence_text(side.terms)}", markup=False)
        for file in side.files:
            cached = ", in the cache" if listing is not None and hub.is_cached(listing, file) else ""
            err.print(f"  {file.name} ({readable(file.bytes)}{cached})", markup=False)
    err.print(
        f"To download: {readable(plan.bytes_to_download)}, kept in {cache_folder()}. "
        f"The model will be {plan.folder} (about {readable(plan.bytes_in_all)}).",
        markup=False,
    )


def licence_text(terms: Terms) -> str:
    """One line on the terms of a repository or a place."""
    if not terms.name:
        said = "none stated on the model card" if terms.document and not is_licence(terms.document) else "unknown"
    elif terms.said_by == terms.document:
        said = f"{terms.name}, as {terms.document} reads; no model card states one"
    else:
        said = terms.name
    if terms.document and is_licence(terms.document):
        said += f"; {terms.document}: {terms.first_line}" + (f" ({terms.page})" if terms.page else "")
    return said


def _print_result(name: str, warnings: list[str], as_json: bool) -> None:
    entry = find_model(name)
    if as_json:
        print_json({"name": name, "folder": str(entry.folder), "warnings": warnings})
        return
    out.print(f"{name} is ready in {entry.folder}.", markup=False)
    out.print(f"Ground with it: cxr-ground ground IMAGE PHRASE --model {name} --out FOLDER", markup=False)
