"""Write maps as NRRD or NIfTI volumes that overlay the radiograph in Slicer and other ITK programs."""

from __future__ import annotations

import enum
import gzip
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from cxr_grounding.answers.result import Files, Result
from cxr_grounding.disk.itk_names import folder_for_itk, itk_takes
from cxr_grounding.disk.sentences import printable
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import OutputError
from cxr_grounding.grounding import Grounding
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reported import ReportedFinding

ENDINGS = (".nrrd", ".nii", ".nii.gz")
"""Names of volume files that can be written; the ending chooses the format."""

ORTHOGONAL_WITHIN = 1e-2
"""Largest cosine between the axes of a radiograph's place that still counts as a right angle."""


NO_KEYS: Mapping[str, str] = {}


class MapLabel(enum.IntEnum):
    """The values of a label map."""

    BACKGROUND = 0
    """Seen by the model, outside the region."""
    REGION = 1
    """Where the phrase points."""
    NOT_SEEN = 2
    """Outside of the square that the model saw."""


def label_map(region: NDArray[np.bool_], seen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The label map [rows, columns], uint8 of `MapLabel`, of two masks [rows, columns].

    Args:
        region: where the phrase points; must lie inside `seen`.
        seen: what the model saw.
    """
    if region.shape != seen.shape or (region & ~seen).any():
        raise ValueError(f"the region {region.shape} must lie inside of what was seen {seen.shape}")
    labels = np.where(region, MapLabel.REGION, MapLabel.BACKGROUND)
    return np.where(seen, labels, MapLabel.NOT_SEEN).astype(np.uint8)


def header_keys(answer: Grounding | ReportedFinding) -> dict[str, str]:
    """What an answer's volumes say of themselves: the phrase, the model's label, and where there are such, the verdict,
    the place, and what was asked there in the phrase's stead.

    The names are those of the attributes that the Slicer module gives its label maps; Slicer shows an NRRD file's keys
    as attributes of the volume.
    """
    said = {"Phrase": answer.phrase.text, "Label": answer.model.label}
    if answer.verdict is not None:
        said["Verdict"] = answer.verdict.kind.value
    if isinstance(answer, Grounding) and answer.place is not None:
        said["Place"] = answer.place.words
    if answer.asked:
        said["Asked"] = answer.asked
    return {f"CXRGrounding.{name}": printable(text) for name, text in said.items()}


def write_heatmap(
    path: Path | str, radiograph: Radiograph, heatmap: NDArray[np.float32], keys: Mapping[str, str] = NO_KEYS
) -> None:
    """Write a heatmap as a volume of one slice.

    Args:
        path: ends in .nrrd, .nii or .nii.gz; an earlier file is replaced; nothing half-written is left.
        radiograph: that it belongs to; its affine places the volume.
        heatmap: [rows, columns] on the radiograph's grid, float32, NaN where the model did not look. The file holds
            the NaN; but ITK, and so Slicer, reads NaN in NIfTI (not in NRRD) as 0. The label map tells them apart.
        keys: said in the header of an NRRD file; NIfTI has no place for them.

    Raises:
        OutputError: when it cannot be written.
    """
    _write(Path(path), radiograph, np.asarray(heatmap, dtype=np.float32), keys)


def write_label_map(
    path: Path | str, radiograph: Radiograph, labels: NDArray[np.uint8], keys: Mapping[str, str] = NO_KEYS
) -> None:
    """Write a label map [rows, columns] (uint8, values of `MapLabel`) as a volume; otherwise as `write_heatmap`.

    Raises:
        OutputError: when it cannot be written.
    """
    unknown = set(np.unique(labels).tolist()) - {int(label) for label in MapLabel}
    if unknown:
        raise ValueError(f"the label map holds {sorted(unknown)}, which mean nothing")
    _write(Path(path), radiograph, np.asarray(labels, dtype=np.uint8), keys)


def write_nrrd(result: Result) -> Files:
    """An answer's heatmap and label map as NRRD."""
    return _write_both(result, ".nrrd")


def write_nifti(result: Result) -> Files:
    """An answer's heatmap and label map as NIfTI, compressed."""
    return _write_both(result, ".nii.gz")


def _write_both(result: Result, ending: str) -> Files:
    answer, heatmap, labels = result.answer, result.path(f".heatmap{ending}"), result.path(f".label{ending}")
    keys = header_keys(answer) if ending == ".nrrd" else NO_KEYS
    write_heatmap(heatmap, result.radiograph, answer.heatmap, keys)
    write_label_map(labels, result.radiograph, label_map(answer.region, np.isfinite(answer.heatmap)), keys)
    return {"heatmap": [heatmap.name], "label_map": [labels.name]}


def _write(path: Path, radiograph: Radiograph, values: NDArray, keys: Mapping[str, str]) -> None:
    if values.shape != radiograph.shape:
        raise ValueError(f"the map is {values.shape}, but the radiograph is {radiograph.shape}")
    ending = next((ending for ending in reversed(ENDINGS) if path.name.lower().endswith(ending)), None)
    if ending is None:
        raise OutputError(f"{path} must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}. Choose such a name.")
    # A third axis of one slice, also in NIfTI: programs place volumes in space, and flat images nowhere.
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(values)[np.newaxis])
    _place(image, radiograph.affine)
    for name, text in keys.items():
        image.SetMetaData(name, text)
    # ITK writes NIfTI to a full disk without a word.
    with (
        written_whole(path, ending, check=lambda written: _check_values(written, ending, values)) as temporary,
        _name_for_itk(temporary, ending) as name,
    ):
        SimpleITK.WriteImage(image, name, useCompression=True)


@contextmanager
def _name_for_itk(path: Path, ending: str) -> Iterator[str]:
    """A name under which ITK writes what becomes `path`: that one, or where it does not take it, one of our own."""
    if itk_takes(path):
        yield str(path)
        return
    with folder_for_itk() as folder:
        own = folder / f"volume{ending}"
        yield str(own)
        shutil.copyfile(own, path)


def _check_values(path: Path, ending: str, values: NDArray) -> None:
    """Refuse a volume that does not end in all of its values, as they are.

    Raises:
        OSError: when it does not.
    """
    content = path.read_bytes()
    try:
        if ending == ".nii.gz":
            content = gzip.decompress(content)
        elif ending == ".nrrd":
            content = gzip.decompress(content.partition(b"\n\n")[2])  # the header ends with an empty line
    except (EOFError, zlib.error) as error:
        raise OSError("the disk took only a part of it") from error
    if not content.endswith(np.ascontiguousarray(values).tobytes()):
        raise OSError("the disk took only a part of it")


def _place(image: SimpleITK.Image, affine: NDArray[np.float64]) -> None:
    """Set spacing, directions and origin from a 4 x 4 matrix (column, row, slice, 1) to LPS in mm."""
    axes = affine[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    if not (spacing > 0).all():
        raise OutputError("The radiograph's place in space has an axis without length, so nothing can overlay it.")
    directions = axes / spacing
    if np.abs(directions.T @ directions - np.eye(3)).max() > ORTHOGONAL_WITHIN:
        raise OutputError(
            "The radiograph's place in space is sheared, which NRRD and NIfTI volumes of ITK cannot say. Save the "
            "radiograph with axes at right angles."
        )
    # The nearest orthonormal axes: ITK refuses, or silently drops, cosines with rounding errors.
    left, _, right = np.linalg.svd(directions)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((left @ right).ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
