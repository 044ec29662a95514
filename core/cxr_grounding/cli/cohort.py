"""`cxr-ground cohort`: a manifest of images on this machine's processors and GPUs, or on a cluster."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cxr_grounding.answers.bundle import DICOM_FORMATS, choose_formats
from cxr_grounding.ask import Ask
from cxr_grounding.cli.cluster_options import Where, check_cluster_installed
from cxr_grounding.cli.console import SOME_FAILED, err, out, print_json, show_warning
from cxr_grounding.cli.options import Json, ServerName, grouped
from cxr_grounding.cli.plain_progress import duration, told_of_images
from cxr_grounding.disk.sentences import readable
from cxr_grounding.models.registry import find_model

if TYPE_CHECKING:
    from cxr_grounding.cohort.manifest import Entry
    from cxr_grounding.cohort.part_grounder import Plan
    from cxr_grounding.cohort.run_cohort import CohortEnd


@dataclass(frozen=True)
class What:
    """What is done with each image."""

    out: Annotated[str, typer.Option("--out", help="Folder for the results, or s3://BUCKET/FOLDER.")]
    formats: Annotated[
        str, typer.Option("--format", help=f"Files to write beside the rows, such as {','.join(DICOM_FORMATS)}.")
    ] = ""
    every: Annotated[bool, typer.Option("--all", help="Ground every sentence of a report, whatever it says.")] = False
    force: Annotated[bool, typer.Option("--force", help="Ground also what is no radiograph.")] = False
    tries: Annotated[
        int, typer.Option(min=1, help="How often an image may end its worker before it counts as failed.")
    ] = 3
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try images again that failed.")] = False
    server: ServerName = None


@grouped
def cohort(
    manifest: Annotated[
        Path, typer.Argument(help="CSV or Parquet with a row an image: image, phrases (with | between) or report, id.")
    ],
    ask: Ask,
    what: What,
    where: Where,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what it would take, from a few of the images.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Ground the phrases of a manifest's images: Parquet parts, gone on with after a stop."""
    check_cluster_installed()
    from cxr_grounding.cohort.manifest import read_manifest
    from cxr_grounding.cohort.part_grounder import Plan
    from cxr_grounding.cohort.run_cohort import run_cohort
    from cxr_grounding.cohort.stream import ground_parts

    if what.formats:
        choose_formats(what.formats)
    entries = read_manifest(manifest)
    plan = Plan(
        out=what.out if "://" in what.out else str(Path(what.out).absolute()),
        ask=_from_anywhere(ask),
        every=what.every,
        force=what.force,
        objects=what.formats,
        server=what.server,
        tries=what.tries,
        retry_failed=what.retry_failed,
    )
    if dry_run:
        _tell_estimate(entries, plan, where, as_json)
        return

    with told_of_images(len(entries)) as told:

        def ground(parts: Sequence[int]) -> Iterator[Any]:
            return ground_parts(parts, plan, where.resources)

        end = run_cohort(entries, plan, ground, told=lambda done, failed, _of: told.images(done, failed))
    _tell_end(end, what.out, as_json)
    if end.counts.get("failed"):
        raise typer.Exit(SOME_FAILED)


def _from_anywhere(ask: Ask) -> Ask:
    """The same for workers that run in another folder: a model that is given by its folder is so by its whole path."""
    if ask.model is None:
        return ask
    folder = find_model(ask.model).folder
    return dataclasses.replace(ask, model=folder) if Path(ask.model).resolve() == folder.resolve() else ask


def _tell_estimate(entries: list[Entry], plan: Plan, where: Where, as_json: bool) -> None:
    from cxr_grounding.cohort.estimate import estimate_cohort
    from cxr_grounding.cohort.ray_session import ray_running

    estimate = estimate_cohort(entries, plan.ask, every=plan.every)
    with ray_running(where.address) as ray:
        workers = where.resources.settled(ray.cluster_resources()).workers or 1
    hours = estimate.hours(workers)
    if as_json:
        print_json(asdict(estimate) | {"workers": workers, "hours": hours})
        return
    out.print(f"{estimate.images} images, {estimate.phrases} phrases", markup=False)
    out.print(
        f"{estimate.forwards} images through the U-Net, {readable(estimate.result_bytes)} of results", markup=False
    )
    out.print(
        f"{duration(hours * 3600)} with {workers} worker{'s' if workers > 1 else ''} "
        f"({estimate.seconds_an_image:.2f} s an image, measured on {estimate.looked_at} of them, {estimate.device})",
        markup=False,
    )


def _tell_end(end: CohortEnd, folder: str, as_json: bool) -> None:
    if as_json:
        print_json(
            {"out": folder, "images": end.images, "earlier": end.earlier, **end.counts}
            | {"precisions": dict(end.precisions)}
        )
        return
    parts = [f"{end.counts.get(kind, 0)} {kind}" for kind in ("done", "nothing to ground", "failed")]
    out.print(f"{end.images} images: {', '.join(parts)}; {end.counts.get('rows', 0)} rows", markup=False)
    if end.earlier:
        out.print(f"  {end.earlier} were there already", markup=False)
    out.print(f"  {folder.rstrip('/')}/results", markup=False)
    if end.counts.get("failed"):
        err.print("Failed images are rows with the reason; --retry-failed tries them again.", markup=False)
    if len(end.precisions) > 1:
        told = " and ".join(f"{images} images in {name}" for name, images in sorted(end.precisions.items()))
        show_warning(
            f"{told} precision, as the devices were that --precision auto met. Each row names its own; where they are "
            "to be compared, begin anew with --precision single."
        )
