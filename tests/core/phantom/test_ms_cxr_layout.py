"""Phantoms in MS-CXR's layout."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cxr_grounding.errors import OutputError
from cxr_grounding.frame import apply_intensity
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.ms_cxr_layout import COLUMNS, ImageFormat, dicom_id, write_ms_cxr
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.recipe import IntensityChain

SEED = 1_000_001
"""The first of them that has findings."""


def test_the_layout_is_that_of_ms_cxr_and_mimic_cxr_jpg(tmp_path: Path) -> None:
    told = []
    written = write_ms_cxr(tmp_path, 3, SEED, 96, progress=lambda *now: told.append(now))
    with written.csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert {row["split"] for row in rows} == {"test"}
    assert rows[0]["path"] == f"files/p11/p11000001/s51000001/{rows[0]['dicom_id']}.jpg"
    assert rows[0]["dicom_id"] == dicom_id(SEED)
    with Image.open(tmp_path / rows[0]["path"]) as image:
        assert (image.format, image.mode) == ("JPEG", "L")
        assert image.size == (int(rows[0]["image_width"]), int(rows[0]["image_height"]))
    document = json.loads(written.json.read_text())
    assert [category["name"] for category in document["categories"]][:2] == ["Atelectasis", "Cardiomegaly"]
    assert len(document["annotations"]) == len(rows)
    assert len(document["images"]) == written.images
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [written.csv.name, written.json.name, "files"]
    assert told[-1] == ("phantoms", 3, 3)


def test_a_phantom_without_findings_is_passed_over(tmp_path: Path) -> None:
    assert draw_phantom(SEED - 1, 96).drawn == ()
    written = write_ms_cxr(tmp_path, 2, SEED - 1, 96)
    assert written.images == 2
    assert {path.stem for path in tmp_path.rglob("*.jpg")} == {dicom_id(SEED), dicom_id(SEED + 1)}


def test_the_jpeg_is_the_equalised_radiograph_but_for_the_compression(tmp_path: Path) -> None:
    write_ms_cxr(tmp_path, 1, SEED, 96)
    (path,) = tmp_path.rglob("*.jpg")
    expected = apply_intensity(draw_phantom(SEED, 96).radiograph.pixels, IntensityChain.MIMIC_CXR_JPG)
    difference = np.abs(read_image(path).pixels / 255 - expected)
    assert difference.mean() < 0.01
    # The model's own chain equalises it once more, which changes next to nothing (docs/evaluation.md).
    again = apply_intensity(read_image(path).pixels, IntensityChain.MIMIC_CXR_JPG)
    assert np.abs(again - expected).mean() < 0.01


def test_the_same_seeds_give_the_same_files(tmp_path: Path) -> None:
    first, second = (write_ms_cxr(tmp_path / name, 2, SEED, 96) for name in "ab")
    files = [sorted(file for file in one.csv.parent.rglob("*") if file.is_file()) for one in (first, second)]
    assert [a.read_bytes() for a in files[0]] == [b.read_bytes() for b in files[1]]


def test_dicom_images_lie_where_mimic_cxr_has_them(tmp_path: Path) -> None:
    write_ms_cxr(tmp_path, 1, SEED, 96, ImageFormat.DICOM)
    (path,) = tmp_path.rglob("*.dcm")
    np.testing.assert_array_equal(read_image(path).pixels, draw_phantom(SEED, 96).radiograph.pixels)


def test_images_that_are_there_are_not_mixed_with_new_ones(tmp_path: Path) -> None:
    written = write_ms_cxr(tmp_path, 1, SEED, 96)
    before = written.csv.read_bytes()
    with pytest.raises(OutputError, match="is there already"):
        write_ms_cxr(tmp_path, 1, SEED + 1, 96)
    assert written.csv.read_bytes() == before


@pytest.mark.parametrize("seed", [0, 999_999, 40_000_001])
def test_seeds_that_were_trained_on_or_do_not_fit_the_paths_are_refused(tmp_path: Path, seed: int) -> None:
    with pytest.raises(ValueError, match="does not lie in 1000000 to 40000000"):
        write_ms_cxr(tmp_path, 2, seed, 96)
