"""`cxr-ground pacs`: what a hospital's archive has, one study out of it, and results into it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cxr_grounding.cli.console import check_can_ask, err, out, print_json, progress_bar, show_warning
from cxr_grounding.cli.options import Json, ServerName, Yes
from cxr_grounding.cli.pacs_send import check_all_there, print_sent, send_asked, sent_dicts
from cxr_grounding.errors import ArchiveError
from cxr_grounding.sources.address import read_address
from cxr_grounding.sources.credentials import KEY_PASSWORD, PASSWORD, TOKEN, known_secret
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.listing import MOST_STUDIES, ListedObject, ListedStudy
from cxr_grounding.sources.query import StudyQuery, find_studies, shown_day
from cxr_grounding.sources.servers import Login, Server, find_server, read_servers, servers_file
from cxr_grounding.sources.transfers import fetch_all, parcels_of

app = typer.Typer(help="Get radiographs from an archive (DICOMweb), and send results to it.", no_args_is_help=True)


@app.command("servers")
def servers(as_json: Json = False) -> None:
    """List the archives that are set up, and whether their secrets are known; nothing is asked of them."""
    known = read_servers()
    if as_json:
        print_json([_server_dict(server) for server in known])
        return
    for server in known:
        out.print(server.name, style="bold", markup=False, end="")
        out.print(f"  {server.url}", markup=False)
        for what, is_known in _secrets(server).items():
            where = "known" if is_known else f"not known: set {server.variable(what)}, or keep it in the keyring"
            out.print(f"  {what} {where}", markup=False)
    if not known:
        out.print("No archive is set up.")
    err.print(f"They are written down in {servers_file()}.", markup=False)


@app.command("find")
def find(
    patient: Annotated[
        str | None, typer.Option(help="A patient's ID, or else name, as FAMILY^GIVEN; * stands for any letters.")
    ] = None,
    date: Annotated[str | None, typer.Option(help="A day, as 2026-11-27, or days, as 2026-11-01..2026-11-27.")] = None,
    accession: Annotated[str | None, typer.Option(help="An accession number.")] = None,
    study: Annotated[str | None, typer.Option(help="A study's address: lists what there is of it.")] = None,
    server: ServerName = None,
    as_json: Json = False,
) -> None:
    """Find studies by patient, date or accession number, or what there is of one study."""
    query = StudyQuery(patient or "", date or "", accession or "")
    if study is None and not query:
        raise ArchiveError("Say what to look for: --patient, --date, --accession or --study.")
    if study is not None and query:
        raise ArchiveError("--study names one study; leave --patient, --date and --accession out.")
    archive = Archive(find_server(server))
    if study is not None:
        _print_objects(archive.list_objects(read_address(study)), as_json)
        return
    studies = find_studies(archive, query)
    shown = studies[:MOST_STUDIES]
    if as_json:
        print_json([_study_dict(one) for one in shown])
    else:
        _print_studies(shown)
    if len(studies) > len(shown):
        show_warning(f"There are more than {MOST_STUDIES} such studies. Ask for less, by a date for example.")


@app.command("get")
def get(
    address: Annotated[str, typer.Argument(help="A study, STUDY/SERIES or STUDY/SERIES/INSTANCE, as find prints it.")],
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")],
    server: ServerName = None,
    as_json: Json = False,
) -> None:
    """Fetch objects from the archive, a file each; what lies in the folder already is not fetched again."""
    asked = read_address(address)
    archive = Archive(find_server(server))
    listed = archive.list_objects(asked)
    if not listed:
        raise ArchiveError(f"{archive.server.name} has nothing at {asked}. Check the UIDs.")
    with progress_bar() as progress:
        fetched = fetch_all(archive, [one.address for one in listed], folder, progress)
    if as_json:
        print_json({"out": str(folder), "fetched": fetched.new, "files": [str(file) for file in fetched.files]})
        return
    there = len(fetched.files) - fetched.new
    out.print(f"{fetched.new} fetched{f', {there} there already' if there else ''}: {folder}", markup=False)


@app.command("send")
def send(
    paths: Annotated[list[Path], typer.Argument(help="DICOM files, or folders with some.")],
    server: ServerName = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Send DICOM objects to the archive after showing them, and look whether they are there."""
    check_can_ask("Send these objects?", yes)
    archive = Archive(find_server(server))
    sent = send_asked(archive, parcels_of(paths), yes)
    if as_json:
        print_json({"server": archive.server.name, "sent": sent_dicts(sent)})
    else:
        print_sent(sent)
    check_all_there(sent)


def _print_studies(studies: list[ListedStudy]) -> None:
    for study in studies:
        patient = " · ".join(part for part in (study.patient_name, study.patient_id) if part)
        words = (shown_day(study.date), patient, study.accession, "+".join(study.modalities), study.description)
        out.print("  ".join(part for part in words if part), markup=False)
        out.print(f"  {study.address}", markup=False)
    if not studies:
        out.print("There is no such study.")


def _print_objects(objects: list[ListedObject], as_json: bool) -> None:
    if as_json:
        print_json([_object_dict(one) for one in objects])
        return
    for one in objects:
        out.print("  ".join(part for part in (one.modality, one.view, one.description) if part), markup=False)
        out.print(f"  {one.address}", markup=False)
    if not objects:
        out.print("There is no such study.")


def _study_dict(study: ListedStudy) -> dict[str, Any]:
    return {
        "address": str(study.address),
        "date": study.date,
        "patient_name": study.patient_name,
        "patient_id": study.patient_id,
        "accession": study.accession,
        "modalities": list(study.modalities),
        "description": study.description,
    }


def _object_dict(one: ListedObject) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "sop_class": one.sop_class,
        "modality": one.modality,
        "view": one.view,
        "description": one.description,
    }


def _secrets(server: Server) -> dict[str, bool]:
    """The secrets that an archive may need, and whether they are known."""
    wanted = {Login.BASIC: [PASSWORD], Login.TOKEN: [TOKEN], Login.NONE: []}[server.login]
    wanted += [KEY_PASSWORD] if server.certificate is not None else []
    return {what: bool(known_secret(server, what)) for what in wanted}


def _server_dict(server: Server) -> dict[str, Any]:
    return {
        "name": server.name,
        "url": server.url,
        "login": server.login.value,
        "user": server.user,
        "secrets": _secrets(server),
    }
