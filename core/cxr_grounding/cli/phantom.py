"""`cxr-ground phantom`: write synthetic radiographs to try the program on."""

from __future__ import annotations

import enum
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cxr_grounding.cli.console import out, print_json, progress_bar
from cxr_grounding.cli.options import Json
from cxr_grounding.disk.json_file import write_json
from cxr_grounding.disk.staging import staged
from cxr_grounding.phantom.drawing import TRAINING_SEEDS, Phantom, draw_phantom
from cxr_grounding.phantom.ms_cxr_layout import LAST_SEED, ImageFormat, write_ms_cxr
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom


class Layout(enum.Enum):
    """How the files lie in the folder."""

    FILES = "files"
    """A DICOM file, a report and the truth of each phantom, side by side."""
    MS_CXR = "ms-cxr"
    """As MS-CXR and MIMIC-CXR are published."""


def phantom(
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")],
    count: Annotated[int, typer.Option(min=1, help="How many.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the first; the others follow.")] = 2_000_000,
    size: Annotated[int, typer.Option(min=64, max=4096, help="Pixels along the shorter side.")] = 1024,
    layout: Annotated[
        Layout, typer.Option(help="files: one beside the other; ms-cxr: a benchmark in MS-CXR's own layout.")
    ] = Layout.FILES,
    images: Annotated[ImageFormat, typer.Option(help="Of the layout ms-cxr.")] = ImageFormat.JPG,
    as_json: Json = False,
) -> None:
    """Draw synthetic chest radiographs: a DICOM file, a report and the truth of each; or a benchmark of them."""
    if layout is Layout.MS_CXR:
        _write_benchmark(folder, count, seed, size, images, as_json)
        return
    documents = []
    with staged(folder) as scratch, progress_bar() as progress:
        for number in range(count):
            drawn = draw_phantom(seed + number, size)
            documents.append(_write(drawn, scratch))
            progress("phantoms", number + 1, count)
    if as_json:
        print_json(documents)
        return
    for document in documents:
        out.print(f"{folder / document['image']}: {' '.join(document['report'])}", markup=False)


def _write_benchmark(folder: Path, count: int, seed: int, size: int, images: ImageFormat, as_json: bool) -> None:
    if not TRAINING_SEEDS <= seed <= LAST_SEED:
        raise typer.BadParameter(
            f"a benchmark's first seed lies in {TRAINING_SEEDS} to {LAST_SEED}; those below were trained on.",
            param_hint="--seed",
        )
    with progress_bar() as progress:
        written = write_ms_cxr(folder, count, seed, size, images, progress)
    if as_json:
        files = {"csv": str(written.csv), "json": str(written.json)}
        print_json(files | {"images": written.images, "sentences": written.sentences})
        return
    out.print(f"{written.csv}: {written.sentences} sentences on {written.images} images", markup=False)
    out.print(f"Next: cxr-ground evaluate ms-cxr --annotations {written.csv} --images {folder}", markup=False)


def _write(drawn: Phantom, folder: Path) -> dict[str, Any]:
    stem = f"phantom-{drawn.seed}"
    write_phantom_dicom(drawn, folder / f"{stem}.dcm")
    (folder / f"{stem}.txt").write_text("".join(_as_sentence(s) + "\n" for s in drawn.report), encoding="utf-8")
    document = {
        "image": f"{stem}.dcm",
        "seed": drawn.seed,
        "report": list(drawn.report),
        "findings": [
            {
                "pathology": one.finding.pathology.value,
                "side": one.finding.side,
                "zone": one.finding.zone,
                "severity": one.finding.severity,
                "sentence": one.sentence,
                "boxes_pixels": [asdict(box) for box in one.boxes],
            }
            for one in drawn.drawn
        ],
    }
    write_json(folder / f"{stem}.json", document)
    return document


def _as_sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."
