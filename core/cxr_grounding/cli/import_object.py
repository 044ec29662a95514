"""`cxr-ground import`: findings that come back as a DICOM Segmentation or report, from this program or another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cxr_grounding.answers.bundle import describe_formats, write_bundle
from cxr_grounding.cli.console import out, print_json
from cxr_grounding.cli.options import Json, grouped
from cxr_grounding.disk.staging import staged
from cxr_grounding.reading.dicom.objects.read_findings import read_findings
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.reported import ReportedFinding
from cxr_grounding.saving import Saver, Saving


@dataclass(frozen=True)
class Output:
    """What is written, if anything is."""

    folder: Annotated[Path | None, typer.Option("--out", help="Folder to write pictures and volumes to.")] = None
    formats: Annotated[
        str, typer.Option("--format", help=f"What to write, with commas between: {describe_formats()}.")
    ] = "png,nrrd,json"
    as_json: Json = False


@grouped
def import_object(
    finding: Annotated[Path, typer.Argument(metavar="OBJECT", help="DICOM Segmentation, or report by TID 1500.")],
    output: Output,
    image: Annotated[Path, typer.Option("--image", help="The radiograph that it is about, as DICOM.")],
) -> None:
    """Read findings back from a DICOM object: print them, and draw them over their radiograph."""
    radiograph = read_image(image)
    saver = Saver(radiograph, Saving(output.formats))
    found = read_findings(finding, radiograph)
    files = []
    if output.folder is not None:
        with staged(output.folder) as scratch:
            files = write_bundle(saver.results(found, str(image), scratch), saver.formats)
    if output.as_json:
        print_json({"object": str(finding), "image": str(image), "findings": [one.to_dict() for one in found]})
        return
    for one in found:
        _print(one)
    for names in files:
        first = next(iter(names.values()))
        out.print(f"  {output.folder}/{first if isinstance(first, str) else first[0]}", markup=False)


def _print(found: ReportedFinding) -> None:
    out.print(found.phrase.text, style="bold", markup=False)
    if found.verdict is not None:
        out.print(f"  {found.verdict}", markup=False)
    for box in found.boxes:
        across, down = f"{box.x:.0f} to {box.x + box.width:.0f}", f"{box.y:.0f} to {box.y + box.height:.0f}"
        out.print(f"  columns {across}, rows {down}", markup=False)
    out.print(f"  by {found.model.name}: {found.model.label}", markup=False)
