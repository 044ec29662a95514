"""`cxr-ground ground`: where do these phrases point on this radiograph?"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from cxr_grounding.answers.picture import write_overlay
from cxr_grounding.answers.volume import label_map, write_heatmap, write_label_map
from cxr_grounding.ask import Ask
from cxr_grounding.cli.console import out, print_json, print_preset, progress_bar, show_warning
from cxr_grounding.cli.options import Json, grouped
from cxr_grounding.disk.staging import staged
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import OutputError, PhraseError
from cxr_grounding.models.registry import find_model
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.report import split_report

if TYPE_CHECKING:
    from cxr_grounding.grounding import Grounding

LONGEST_STEM = 48
"""Letters of a phrase that go into a file name."""

VOLUME_SUFFIXES = (".nrrd", ".nii.gz")


@grouped(research=True)
def ground(
    image: Annotated[Path, typer.Argument(help="Radiograph: DICOM, NIfTI, NRRD, MetaImage, PNG, JPEG, TIFF or .npy.")],
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")],
    ask: Ask,
    phrases: Annotated[list[str] | None, typer.Argument(help="What to look for, each in quotes.")] = None,
    report: Annotated[Path | None, typer.Option(help="Text file whose sentences are grounded one by one.")] = None,
    arrays: Annotated[Path | None, typer.Option(help="Also keep the arrays on the model frame, as .npz.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Ground also what is no radiograph, such as a CT slice.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show where phrases point on a radiograph: heatmap, label map, picture and JSON for each."""
    asked = [*(phrases or []), *(_sentences(report) if report else [])]
    if not asked:
        raise PhraseError("There is no phrase to ground. Give one in quotes after the image, or a text with --report.")
    radiograph = read_image(image, force=force)
    find_model(ask.model)  # before anything is written
    keep = _checked_arrays(arrays)
    with staged(folder) as scratch:
        from cxr_grounding.grounder import Grounder

        with progress_bar() as progress:
            engine = Grounder.open(ask, keep_arrays=keep is not None)
            engine.set_radiograph(radiograph, progress=progress)
            answers = engine.ground(asked, progress=progress)
        documents = [_write(answer, radiograph, image, number, scratch) for number, answer in enumerate(answers, 1)]
        if keep is not None:
            _write_arrays(keep, answers)
    if as_json:
        print_json({"image": str(image), "out": str(folder), "results": documents})
        return
    _print_answers(answers, documents, folder)


def _sentences(report: Path) -> list[str]:
    try:
        text = report.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PhraseError(f"The report {report} cannot be read ({error}). Give a text file in UTF-8.") from error
    sentences = split_report(text)
    if not sentences:
        raise PhraseError(f"The report {report} holds no sentence. Give a text file with the report's findings.")
    return sentences


def _write(answer: Grounding, radiograph: Radiograph, image: Path, number: int, folder: Path) -> dict[str, Any]:
    """Write one answer's files; returns its JSON document."""
    stem = f"{number:02d}-{_slug(answer.phrase.text)}"
    files = {
        "overlay": f"{stem}.png",
        "heatmap": [f"{stem}.heatmap{suffix}" for suffix in VOLUME_SUFFIXES],
        "label_map": [f"{stem}.label{suffix}" for suffix in VOLUME_SUFFIXES],
        "json": f"{stem}.json",
    }
    labels = label_map(answer.region, np.isfinite(answer.heatmap))
    for name in files["heatmap"]:
        write_heatmap(folder / name, radiograph, answer.heatmap)
    for name in files["label_map"]:
        write_label_map(folder / name, radiograph, labels)
    write_overlay(
        folder / str(files["overlay"]),
        radiograph,
        heatmap=answer.heatmap,
        phrase=answer.phrase.text,
        label=f"{answer.model.name}: {answer.model.label}",
        boxes=answer.boxes,
        seen=answer.seen,
    )
    document = answer.to_dict() | {"source": str(image), "files": files}
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    (folder / str(files["json"])).write_text(text, encoding="utf-8")
    return document


def _slug(phrase: str) -> str:
    """A phrase as part of a file name: plain lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", phrase).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_STEM].strip("-") or "phrase"


def _checked_arrays(path: Path | None) -> Path | None:
    """The path for the arrays, refused before any work where it cannot be written."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise OutputError(
            f"{path} cannot be written: it is a folder, or lies in none. Name a file in a folder that exists."
        )
    return path


def _write_arrays(path: Path, answers: list[Grounding]) -> None:
    """Write `frame_image` [size, size], and `heatmap_raw` and `heatmap_frame`, [size, size] or, for several phrases,
    [phrases, size, size]."""
    kept = [answer.arrays for answer in answers if answer.arrays is not None]
    raw, final = np.stack([one.heatmap_raw for one in kept]), np.stack([one.heatmap_frame for one in kept])
    if len(kept) == 1:
        raw, final = raw[0], final[0]
    with written_whole(path, ".npz") as temporary:
        np.savez_compressed(temporary, frame_image=kept[0].frame_image, heatmap_raw=raw, heatmap_frame=final)


def _print_answers(answers: list[Grounding], documents: list[dict[str, Any]], folder: Path) -> None:
    for sentence in dict.fromkeys(warning for answer in answers for warning in answer.warnings):
        show_warning(sentence)
    for answer, document in zip(answers, documents, strict=True):
        out.print(answer.phrase.text, style="bold", markup=False)
        out.print(f"  {_where(answer)}", markup=False)
        out.print(f"  {folder / document['files']['overlay']}", markup=False)
    out.print(f"Model {answers[0].model.name}: {answers[0].model.label}", markup=False)
    print_preset(answers[0].recipe.preset)


def _where(answer: Grounding) -> str:
    if not answer.regions:
        return "points nowhere"
    box, parts = answer.boxes[0], len(answer.boxes)
    text = f"strongest in columns {box.x:.0f} to {box.x + box.width:.0f}, rows {box.y:.0f} to {box.y + box.height:.0f}"
    if parts > 1:
        text += f", and {parts - 1} more place{'s' if parts > 2 else ''}"
    if answer.area_mm2 is not None and answer.spacing is not None:
        text += f"; {answer.area_mm2 / 100:.0f} cm2 in all (by {answer.spacing.source.value})"
    return text
