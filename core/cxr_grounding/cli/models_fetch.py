"""`cxr-ground models fetch`: a published model from the hub, ready to be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from cxr_grounding.cli.console import confirmed, err, out, print_json, progress_bar, show_warning
from cxr_grounding.cli.options import Json, Yes, grouped
from cxr_grounding.disk.sentences import readable
from cxr_grounding.errors import Cancelled
from cxr_grounding.models.catalogue import find_published
from cxr_grounding.models.hub import repository as hub
from cxr_grounding.models.hub.fetch import (
    LICENCE_DOCUMENT,
    FetchPlan,
    check_space,
    download_all,
    install,
    plan_fetch,
)
from cxr_grounding.models.hub.hub_errors import cache_folder
from cxr_grounding.models.hub.repository import Listing
from cxr_grounding.models.registry import find_model, own_models

Revision = Annotated[str, typer.Option(help="A branch, a tag or a commit of it.")]


@dataclass(frozen=True)
class Origin:
    """The two repositories that a model comes from; None for the usual one."""

    repository: Annotated[str | None, typer.Option(help="Of autoencoder and U-Net, in place of the usual one.")] = None
    revision: Revision = "main"
    text_encoder_repository: Annotated[
        str | None, typer.Option(help="Of text encoder and tokenizer, in place of the usual one.")
    ] = None
    text_encoder_revision: Revision = "main"


@grouped
def fetch(
    model: Annotated[str, typer.Argument(help="Which: monai-cxr-ldm, the model of the paper.")],
    name: Annotated[str | None, typer.Option(help="What to call it here. Default: as it is published.")] = None,
    *,
    origin: Origin,
    yes: Yes = False,
    force: Annotated[bool, typer.Option("--force", help="Fetch again what is there already.")] = False,
    as_json: Json = False,
) -> None:
    """Download a published model after showing its size and licence, check it, and convert it."""
    find_published(model)
    called = model if name is None else name
    if not force and called in {entry.name for entry in own_models()}:
        err.print(f"{called} is there already; --force fetches it again.", markup=False)
        _print_result(called, [], as_json)
        return
    plan = plan_fetch(model, name=called, replace=force, **vars(origin))
    _show(plan)
    check_space(plan)
    if not confirmed("Do you accept these licences, and fetch the model?", yes):
        raise Cancelled("Nothing was fetched, because the licences were not accepted.")
    paths = download_all(plan)
    with progress_bar() as progress:
        warnings = install(plan, paths, progress)
    for sentence in warnings:
        show_warning(sentence)
    _print_result(called, warnings, as_json)


def _show(plan: FetchPlan) -> None:
    """What will be fetched, from where, under which licence and where to; on stderr, as it is for the reader only."""
    for listing, files in ((plan.model, plan.model_files), (plan.text, plan.text_files)):
        origin = "the cache (HF_HUB_OFFLINE is set)" if listing.offline else listing.page
        err.print(f"{listing.repository} at {listing.commit[:12]}, from {origin}", style="bold", markup=False)
        err.print(f"  licence: {_licence(listing)}", markup=False)
        for file in files:
            cached = ", in the cache" if hub.is_cached(listing, file) else ""
            err.print(f"  {file.name} ({readable(file.bytes)}{cached})", markup=False)
    err.print(
        f"To download: {readable(plan.bytes_to_download)}, kept in {cache_folder()}. "
        f"The model will be {plan.folder} (about {readable(plan.bytes_in_all)}).",
        markup=False,
    )


def _licence(listing: Listing) -> str:
    stated = listing.licence or "none stated on the model card"
    texts = [
        file
        for file in listing.files
        if LICENCE_DOCUMENT.fullmatch(file.name) and not file.name.lower().startswith("r")
    ]
    for file in texts:
        stated += f"; {file.name}: {hub.first_line(listing, file)}"
        if not listing.offline:
            stated += f" ({listing.page}/blob/{listing.commit}/{file.name})"
    return stated


def _print_result(name: str, warnings: list[str], as_json: bool) -> None:
    entry = find_model(name)
    if as_json:
        print_json({"name": name, "folder": str(entry.folder), "warnings": warnings})
        return
    out.print(f"{name} is ready in {entry.folder}.", markup=False)
    out.print(f"Ground with it: cxr-ground ground IMAGE PHRASE --model {name} --out FOLDER", markup=False)
