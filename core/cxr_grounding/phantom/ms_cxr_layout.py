"""Phantoms in MS-CXR's own layout: its CSV and JSON, and images as MIMIC-CXR-JPG or MIMIC-CXR holds them.

A stand-in for the credentialed data, to try the benchmark on and to test it with. It says nothing about real patients.
"""

from __future__ import annotations

import csv
import enum
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cxr_grounding.disk.staging import staged
from cxr_grounding.errors import OutputError
from cxr_grounding.frame import GREY_LEVELS, apply_intensity
from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.drawing import TRAINING_SEEDS, Phantom, draw_phantom
from cxr_grounding.phantom.phantom_dicom import write_phantom_dicom
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import IntensityChain

STEM = "MS_CXR_Local_Alignment_v1.1.0"
"""Of the annotation files, as in MS-CXR 1.1.0."""

COLUMNS = (
    *("dicom_id", "category_name", "label_text", "path"),
    *("x", "y", "w", "h", "image_width", "image_height", "split"),
)

SPLIT = "test"
"""Of all samples: no phantom of this layout was trained on."""

JPEG_QUALITY = 95
"""Of MIMIC-CXR-JPG (METHOD 2.2)."""

FIRST_SUBJECT, FIRST_STUDY = 10_000_000, 50_000_000
"""Numbers of eight digits, to which the seed is added."""

LAST_SEED = 40_000_000
"""Of a first phantom: the numbers of those that follow, however many, keep their eight digits."""


class ImageFormat(enum.Enum):
    """As which files the images are written."""

    JPG = "jpg"
    """8 bits, histogram-equalised, as in MIMIC-CXR-JPG."""
    DICOM = "dicom"
    """As in MIMIC-CXR; the annotations name the .jpg all the same, as they do there."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Args:
        csv, json: the annotation files.
        images: how many images.
        sentences: how many.
    """

    csv: Path
    json: Path
    images: int
    sentences: int


def write_ms_cxr(
    out: Path,
    count: int,
    seed: int,
    short_side: int,
    images: ImageFormat = ImageFormat.JPG,
    progress: Progress | None = None,
) -> Written:
    """Draw phantoms and write them as MS-CXR; everything appears together or not at all.

    Args:
        out: folder; made where it is missing.
        count: of images.
        seed: of the first phantom; the others follow. One without findings is passed over: MS-CXR has no such image.
        short_side: of an image, in pixels.
        images: their format.
        progress: told after every image.

    Raises:
        OutputError: when the folder cannot be written, or holds such images already.
        ValueError: when the seed was trained on, or is too large for the numbers of eight digits in the paths.
    """
    if not TRAINING_SEEDS <= seed <= LAST_SEED:
        raise ValueError(f"the seed {seed} does not lie in {TRAINING_SEEDS} to {LAST_SEED}")
    if (out / "files").exists():
        raise OutputError(f"{out / 'files'} is there already. Choose another folder, or remove it.")
    rows: list[dict[str, Any]] = []
    with staged(out) as scratch:
        report(progress, "phantoms", 0, count)
        done = 0
        while done < count:
            phantom = draw_phantom(seed, short_side)
            seed += 1
            own = _rows(phantom)
            if not own:
                continue
            _write_image(phantom, scratch / own[0]["path"], images)
            rows += own
            done += 1
            report(progress, "phantoms", done, count)
        _write_csv(scratch / f"{STEM}.csv", rows)
        text = json.dumps(_as_coco(rows), indent=1, ensure_ascii=False) + "\n"
        (scratch / f"{STEM}.json").write_text(text, encoding="utf-8")
    sentences = {(row["dicom_id"], row["label_text"]) for row in rows}
    return Written(out / f"{STEM}.csv", out / f"{STEM}.json", count, len(sentences))


def dicom_id(seed: int) -> str:
    """The name of a phantom's image: five groups of eight hexadecimal digits, as in MIMIC-CXR."""
    digits = hashlib.sha256(f"phantom {seed}".encode()).hexdigest()
    return "-".join(digits[start : start + 8] for start in range(0, 40, 8))


def _rows(phantom: Phantom) -> list[dict[str, Any]]:
    """One row a box, by column."""
    height, width = phantom.values.shape
    name, subject = dicom_id(phantom.seed), f"p{FIRST_SUBJECT + phantom.seed}"
    path = f"files/{subject[:3]}/{subject}/s{FIRST_STUDY + phantom.seed}/{name}.jpg"
    return [
        {
            "dicom_id": name,
            "category_name": one.finding.pathology.value,
            "label_text": one.sentence,
            "path": path,
            "x": int(box.x),
            "y": int(box.y),
            "w": int(box.width),
            "h": int(box.height),
            "image_width": width,
            "image_height": height,
            "split": SPLIT,
        }
        for one in phantom.drawn
        for box in one.boxes
    ]


def _write_image(phantom: Phantom, path: Path, images: ImageFormat) -> None:
    path.parent.mkdir(parents=True)
    if images is ImageFormat.DICOM:
        write_phantom_dicom(phantom, path.with_suffix(".dcm"))
        return
    grey = apply_intensity(phantom.radiograph.pixels, IntensityChain.MIMIC_CXR_JPG)
    levels = np.rint(grey * (GREY_LEVELS - 1)).astype(np.uint8)
    Image.fromarray(levels).save(path, format="JPEG", quality=JPEG_QUALITY)


def _write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _as_coco(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same annotations in the manner of COCO: images, categories, annotations."""
    categories = {pathology.value: number for number, pathology in enumerate(Pathology, 1)}
    images: dict[str, dict[str, Any]] = {}
    annotations = []
    for number, row in enumerate(rows, 1):
        size = {"width": row["image_width"], "height": row["image_height"]}
        image = images.setdefault(
            row["dicom_id"],
            {"id": len(images) + 1, "file_name": f"{row['dicom_id']}.jpg", "path": row["path"], "num_annotations": 0}
            | size,
        )
        image["num_annotations"] += 1
        box = [row[side] for side in "xywh"]
        annotations.append(
            {
                "id": number,
                "image_id": image["id"],
                "category_id": categories[row["category_name"]],
                "bbox": box,
                "label_text": row["label_text"],
                "split": row["split"],
            }
            | size
        )
    return {
        "info": {"description": "Synthetic phantoms in the layout of MS-CXR; there are no patients."},
        "categories": [{"id": number, "name": name} for name, number in categories.items()],
        "images": list(images.values()),
        "annotations": annotations,
    }
