"""What is said about DICOM objects that are made and sent, from plain values: no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

if TYPE_CHECKING:
    from cxr_grounding import DicomObject, Server

KINDS = (
    ("seg", _("Segmentation (SEG): a segment for each phrase")),
    ("sr", _("Report (SR): boxes, verdicts and phrases")),
    ("sc", _("Pictures (SC): what the view shows, with its text burned in")),
)
"""Of objects, in their order, and what is beside the box of each."""


def progressText(stage: str, done: int, total: int) -> str:
    """How far the making of objects is, or their sending."""
    names = {
        "starting": _("Starting"),
        "exporting": _("Making the DICOM objects"),
    }
    said = names.get(stage, stage)
    return _("{stage}, {done} of {total}").format(stage=said, done=done, total=total) if total > 1 else said


def writtenText(objects: Sequence[DicomObject], folder: Path) -> str:
    """After an export into a folder."""
    files = "\n".join(f"{one.kind}  {one.file.name}" for one in objects)
    return _("Written to {folder}:").format(folder=folder) + "\n" + files


def importedText(objects: Sequence[DicomObject]) -> str:
    """After an export into Slicer's DICOM database."""
    kinds = ", ".join(one.kind for one in objects)
    return _("In Slicer's DICOM database now: {kinds}. The DICOM module shows them, and sends them from there.").format(
        kinds=kinds
    )


def archiveText(server: Server) -> str:
    """One line of the list of archives."""
    return f"{server.name} ({server.url})"


def noArchiveText() -> str:
    """Where no archive is set up; the core's own sentence, with an example, is for terminals."""
    return _(
        "No archive is set up. Write its address down in the file archives.toml in the folder .cxr_grounding of your "
        "home folder, as docs/archive.md shows, and open this again."
    )


def reviewText(objects: Sequence[DicomObject], server: Server) -> str:
    """What is about to be sent, and where to: the question that the user answers by sending."""
    studies = ", ".join(dict.fromkeys(one.address.study for one in objects))
    return _(
        "To {name} ({url}), into the study {study}. These leave this computer. Send them only with the consent of "
        "those who keep the archive."
    ).format(name=server.name, url=server.url, study=studies)


def sendText(count: int) -> str:
    """Of the button that sends; with nothing left to send it is grey."""
    if count == 0:
        return _("Send")
    return _("Send 1 object") if count == 1 else _("Send {count} objects").format(count=count)


def sentText(name: str, there: int, total: int) -> str:
    """When all were tried."""
    if there == total:
        return _("{name} has all {total} objects now.").format(name=name, total=total)
    return _("{name} has {there} of {total} objects. Ask those who keep it about the others.").format(
        name=name, there=there, total=total
    )


def stoppedText(there: int, total: int) -> str:
    """After sending was stopped."""
    return _(
        "Stopped: {there} of {total} objects were sent, and stay there. The one under way may have come; sending again "
        "leaves out what is there."
    ).format(there=there, total=total)
