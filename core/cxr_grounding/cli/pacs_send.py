"""Sending, as `pacs send` and `ground --send` do it: shown and asked first, told afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cxr_grounding.cli.console import confirmed, err, out, progress_bar
from cxr_grounding.disk.dicom_elements import text
from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import ArchiveError, Cancelled
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.transfers import Parcel, Sent, send_all


def send_asked(archive: Archive, parcels: Sequence[Parcel], yes: bool) -> list[Sent]:
    """Show what goes where, ask, and send it.

    Raises:
        Cancelled: when the answer was no, or there was nobody to ask.
        ArchiveError: as `send_all`.
    """
    server = archive.server
    err.print(f"To {server.name} ({server.url}):", style="bold", markup=False)
    for parcel in parcels:
        words = (parcel.kind, printable(parcel.name), text(parcel.dataset, "SeriesDescription"))
        err.print("  " + "  ".join(part for part in words if part), markup=False)
    for study in dict.fromkeys(parcel.address.study for parcel in parcels):
        err.print(f"  into the study {study}", markup=False)
    objects = f"{len(parcels)} object{'s' if len(parcels) > 1 else ''}"
    if not confirmed(f"Send {objects} to {server.name}?", yes):
        raise Cancelled("Nothing was sent.")
    with progress_bar() as progress:
        return send_all(archive, parcels, progress)


def print_sent(outcomes: Sequence[Sent]) -> None:
    """What became of each, for people."""
    for one in outcomes:
        out.print(f"{one.outcome.value}: {one.parcel.kind}  {printable(one.parcel.name)}", markup=False)


def sent_dicts(outcomes: Sequence[Sent]) -> list[dict[str, Any]]:
    """What became of each, for a JSON document."""
    return [
        {
            "name": one.parcel.name,
            "kind": one.parcel.kind,
            "address": str(one.parcel.address),
            "outcome": one.outcome.value,
            "why": one.why,
        }
        for one in outcomes
    ]


def check_all_there(outcomes: Sequence[Sent]) -> None:
    """Refuse to call done what is not.

    Raises:
        ArchiveError: with a line for each object that the archive has not got.
    """
    missing = [one for one in outcomes if not one.is_there]
    if missing:
        lines = "\n".join(f"{one.parcel.kind}  {printable(one.parcel.name)}: {one.delivery.problem}" for one in missing)
        raise ArchiveError(
            f"The archive has {len(outcomes) - len(missing)} of {len(outcomes)} objects. Ask those who keep it about "
            f"the others:\n{lines}"
        )
