"""What `cxr-ground ground` is told beside image and question: where answers go, and where they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxr_grounding.answers.bundle import DEFAULT_FORMATS, DICOM_FORMATS, describe_formats
from cxr_grounding.answers.dicom.export import SegmentationKind
from cxr_grounding.answers.doubted import Doubted
from cxr_grounding.cli.console import check_can_ask
from cxr_grounding.cli.options import Json, ServerName, Yes
from cxr_grounding.errors import ArchiveError
from cxr_grounding.sources.address import SCHEME, is_address

if TYPE_CHECKING:
    from cxr_grounding.saving import Saving


@dataclass(frozen=True)
class Output:
    """What is written, where."""

    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")]
    formats: Annotated[
        str, typer.Option("--format", help=f"What to write, with commas between: {describe_formats()}.")
    ] = DEFAULT_FORMATS
    doubted: Annotated[Doubted, typer.Option(help="How the picture shows heat that the verdict does not believe.")] = (
        Doubted.PALE
    )
    segmentation: Annotated[
        SegmentationKind, typer.Option(help="What a DICOM Segmentation holds: regions, heat, or one label a pixel.")
    ] = SegmentationKind.BINARY
    stable_uids: Annotated[
        bool, typer.Option("--stable-uids", help="Derive the UIDs of DICOM objects from their content.")
    ] = False
    deidentify: Annotated[
        bool, typer.Option("--de-identify", help="Take the patient's identity out of all that is written.")
    ] = False
    arrays: Annotated[Path | None, typer.Option(help="Also keep the arrays on the model frame, as .npz.")] = None
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Write also where results of another image are, and remove those; of several images, begin anew.",
        ),
    ] = False
    as_json: Json = False

    @property
    def saving(self) -> Saving:
        """How answers are saved."""
        from cxr_grounding.saving import Saving  # only now, since it brings what writes DICOM objects with it

        return Saving(self.formats, self.doubted, self.segmentation, self.stable_uids, self.deidentify)


@dataclass(frozen=True)
class Return:
    """Where a radiograph comes from that is no file here, and what goes back there."""

    server: ServerName = None
    send: Annotated[
        bool,
        typer.Option("--send", help=f"Send {', '.join(DICOM_FORMATS)} to the study that the radiograph came from."),
    ] = False
    yes: Yes = False

    def formats(self, asked: str) -> str:
        """The formats to write: those that were asked for, and those that are sent."""
        return ",".join([asked, *DICOM_FORMATS]) if self.send else asked

    def check(self, image: Path, *, deidentified: bool) -> None:
        """Refuse what could not be sent in the end, before anything is done.

        Raises:
            ArchiveError: when answers are to go back where the radiograph did not come from, or without the identity
                that they are filed by.
            Cancelled: when there is nobody to ask.
        """
        if not self.send:
            return
        if not is_address(image.as_posix()):
            raise ArchiveError(
                f"--send is for a radiograph out of an archive ({SCHEME}STUDY/SERIES/INSTANCE). For a file, write "
                "--format seg,sr,sc, and send that: cxr-ground pacs send FILE ..."
            )
        if deidentified:
            raise ArchiveError(
                "De-identified answers (--de-identify) belong to no study of the archive. Leave that out, or --send."
            )
        check_can_ask("Send the answers?", self.yes)
