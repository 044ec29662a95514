"""Maps as volumes that overlay their radiograph."""

from __future__ import annotations

import dataclasses
import gzip
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray

from cxr_grounding.answers.result import Result
from cxr_grounding.answers.volume import MapLabel, label_map, write_heatmap, write_label_map, write_nrrd
from cxr_grounding.disk import itk_names
from cxr_grounding.errors import OutputError
from cxr_grounding.placing import Placing
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.dicom.read_dicom import read_dicom
from cxr_grounding.verdict import Verdict, VerdictKind
from full_disk import disk_that_takes

FORMATS = ["nrrd", "nii", "nii.gz"]


@pytest.fixture
def heatmap(ramp: NDArray) -> NDArray[np.float32]:
    heat = (ramp / ramp.max()).astype(np.float32)
    heat[:4], heat[-4:] = np.nan, np.nan
    return heat


def placed(ramp: NDArray, direction: NDArray | None = None) -> Radiograph:
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if direction is None else direction) * (0.3, 0.2, 1.0)
    affine[:3, 3] = (10, -20, 30)
    return Radiograph(ramp, affine=affine)


def affine_of(image: SimpleITK.Image) -> NDArray:
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return affine


@pytest.mark.parametrize("ending", FORMATS)
def test_a_heatmap_comes_back_as_it_was(tmp_path: Path, ramp: NDArray, heatmap: NDArray, ending: str) -> None:
    path = tmp_path / f"heat.{ending}"
    write_heatmap(path, placed(ramp), heatmap)
    image = SimpleITK.ReadImage(str(path))
    assert image.GetSize() == (72, 80, 1)
    assert image.GetPixelID() == SimpleITK.sitkFloat32
    # ITK reads NaN in NIfTI as 0.
    as_read = heatmap if ending == "nrrd" else np.nan_to_num(heatmap)
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image)[0], as_read)
    np.testing.assert_allclose(affine_of(image), placed(ramp).affine, atol=1e-6)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_nifti_holds_what_was_not_seen(tmp_path: Path, ramp: NDArray, heatmap: NDArray, ending: str) -> None:
    path = tmp_path / f"heat.{ending}"
    write_heatmap(path, placed(ramp), heatmap)
    content = gzip.decompress(path.read_bytes()) if ending == "nii.gz" else path.read_bytes()
    np.testing.assert_array_equal(np.frombuffer(content[-heatmap.nbytes :], "<f4").reshape(heatmap.shape), heatmap)


@pytest.mark.parametrize("ending", FORMATS)
def test_a_label_map_comes_back_as_it_was(tmp_path: Path, ramp: NDArray, heatmap: NDArray, ending: str) -> None:
    labels = label_map(heatmap > 0.5, ~np.isnan(heatmap))
    write_label_map(tmp_path / f"label.{ending}", placed(ramp), labels)
    image = SimpleITK.ReadImage(str(tmp_path / f"label.{ending}"))
    assert image.GetPixelID() == SimpleITK.sitkUInt8
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image)[0], labels)


def test_a_label_map_tells_not_seen_from_background(heatmap: NDArray) -> None:
    labels = label_map(heatmap > 0.5, ~np.isnan(heatmap))
    assert set(np.unique(labels)) == {0, 1, 2}
    assert (labels[:4] == MapLabel.NOT_SEEN).all()
    assert (labels[4:-4][heatmap[4:-4] > 0.5] == MapLabel.REGION).all()
    assert (labels[4:-4][heatmap[4:-4] <= 0.5] == MapLabel.BACKGROUND).all()


def test_a_region_where_the_model_did_not_look_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="must lie inside"):
        label_map(np.ones((4, 4), bool), np.zeros((4, 4), bool))


def test_labels_without_meaning_are_a_mistake(tmp_path: Path, ramp: NDArray) -> None:
    with pytest.raises(ValueError, match="mean nothing"):
        write_label_map(tmp_path / "label.nrrd", placed(ramp), np.full(ramp.shape, 7, np.uint8))


def test_a_map_on_another_grid_is_a_mistake(tmp_path: Path, ramp: NDArray, heatmap: NDArray) -> None:
    with pytest.raises(ValueError, match="but the radiograph is"):
        write_heatmap(tmp_path / "heat.nrrd", placed(ramp), heatmap.T)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("kind", ["CR", "SC"])
@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"PixelSpacing": [0.2, 0.3], "ImagerPixelSpacing": [0.4, 0.5]},
        {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1], "ImagePositionPatient": [1, 2, 3], "SpacingBetweenSlices": 7},
        {"ImageOrientationPatient": [0.6, 0.8, 0, -0.8, 0.6, 0], "ImagePositionPatient": [1, 2, 3]},
        {"ImageOrientationPatient": [1, 0.0004, 0, 0, 1, 0]},
    ],
    ids=str,
)
def test_a_volume_lies_where_itk_puts_the_dicom_file(
    tmp_path: Path, dicom: Callable[..., Path], ramp: NDArray, ending: str, kind: str, elements: dict
) -> None:
    source = dicom(ramp, kind=kind, **elements)
    write_heatmap(tmp_path / f"heat.{ending}", read_dicom(source), np.zeros(ramp.shape, np.float32))
    expected, found = SimpleITK.ReadImage(str(source)), SimpleITK.ReadImage(str(tmp_path / f"heat.{ending}"))
    for corner in ((0, 0, 0), (71, 0, 0), (0, 79, 0), (71, 79, 0)):
        np.testing.assert_allclose(
            found.TransformIndexToPhysicalPoint(corner), expected.TransformIndexToPhysicalPoint(corner), atol=0.05
        )


def test_a_left_handed_place_is_kept(tmp_path: Path, ramp: NDArray, heatmap: NDArray) -> None:
    radiograph = placed(ramp, np.diag([1.0, 1.0, -1.0]))
    for ending in FORMATS:
        write_heatmap(tmp_path / f"heat.{ending}", radiograph, heatmap)
        image = SimpleITK.ReadImage(str(tmp_path / f"heat.{ending}"))
        np.testing.assert_allclose(affine_of(image), radiograph.affine, atol=1e-6)


@pytest.mark.parametrize(
    ("direction", "message"),
    [([[1, 0.3, 0], [0, 1, 0], [0, 0, 1]], "sheared"), ([[1, 0, 0], [0, 0, 0], [0, 0, 1]], "without length")],
)
def test_a_place_that_volumes_cannot_have_is_told(
    tmp_path: Path, ramp: NDArray, heatmap: NDArray, direction: list, message: str
) -> None:
    with pytest.raises(OutputError, match=message):
        write_heatmap(tmp_path / "heat.nrrd", placed(ramp, np.array(direction, dtype=float)), heatmap)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="file names are characters there, not bytes")
@pytest.mark.parametrize("ending", FORMATS)
def test_a_folder_whose_name_is_no_utf8_takes_volumes(
    tmp_path: Path, ramp: NDArray, heatmap: NDArray, ending: str
) -> None:
    odd = tmp_path / os.fsdecode(b"fa\xe7ade")
    odd.mkdir()
    write_heatmap(odd / f"heat.{ending}", placed(ramp), heatmap)
    assert [file.name for file in odd.iterdir()] == [f"heat.{ending}"]
    read = SimpleITK.ReadImage(str((odd / f"heat.{ending}").rename(tmp_path / f"heat.{ending}")))
    np.testing.assert_array_equal(*map(np.nan_to_num, (SimpleITK.GetArrayFromImage(read)[0], heatmap)))


@pytest.mark.parametrize("ending", FORMATS)
def test_on_windows_a_path_with_other_letters_takes_volumes(
    tmp_path: Path, ramp: NDArray, heatmap: NDArray, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(itk_names, "PLATFORM", "win32")
    seen: list[str] = []
    write = SimpleITK.WriteImage
    monkeypatch.setattr(SimpleITK, "WriteImage", lambda *args, **named: (seen.append(args[1]), write(*args, **named)))
    path = tmp_path / f"R\u00f6ntgen.{ending}"
    write_heatmap(path, placed(ramp), heatmap)
    assert [name.isascii() for name in seen] == [True]
    read = SimpleITK.ReadImage(str(path))
    np.testing.assert_array_equal(*map(np.nan_to_num, (SimpleITK.GetArrayFromImage(read)[0], heatmap)))


def test_another_ending_is_told(tmp_path: Path, ramp: NDArray, heatmap: NDArray) -> None:
    with pytest.raises(OutputError, match=r"must end in \.nrrd"):
        write_heatmap(tmp_path / "heat.txt", placed(ramp), heatmap)


def test_a_missing_folder_is_told(tmp_path: Path, ramp: NDArray, heatmap: NDArray) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_heatmap(tmp_path / "nowhere" / "heat.nrrd", placed(ramp), heatmap)


def test_an_earlier_file_is_replaced(tmp_path: Path, ramp: NDArray, heatmap: NDArray) -> None:
    for heat in (heatmap, heatmap / 2):
        write_heatmap(tmp_path / "heat.nrrd", placed(ramp), heat)
    found = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / "heat.nrrd")))
    np.testing.assert_array_equal(found[0], heatmap / 2)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("most_bytes", [0, 300, 4096])
def test_on_a_full_disk_the_earlier_volume_stays(
    tmp_path: Path, ramp: NDArray, heatmap: NDArray, ending: str, most_bytes: int
) -> None:
    path = tmp_path / f"heat.{ending}"
    write_heatmap(path, placed(ramp), heatmap)
    earlier = path.read_bytes()
    noise = np.random.default_rng(0).random(ramp.shape, np.float32)
    with disk_that_takes(most_bytes), pytest.raises(OutputError, match="could not be written"):
        write_heatmap(path, placed(ramp), noise)
    assert path.read_bytes() == earlier
    assert list(tmp_path.iterdir()) == [path]


def test_nrrd_files_say_phrase_verdict_and_label(result: Result, tmp_path: Path) -> None:
    phrase = dataclasses.replace(result.answer.phrase, text="Erguß\n\n:=links")
    answer = dataclasses.replace(result.answer, phrase=phrase, verdict=Verdict(VerdictKind.DENIED, ("Because.",)))
    written = write_nrrd(dataclasses.replace(result, answer=answer))
    for names in (written["heatmap"], written["label_map"]):
        image = SimpleITK.ReadImage(str(tmp_path / names[0]))
        said = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys() if key.startswith("CXRGrounding.")}
        assert said == {
            "CXRGrounding.Phrase": "Erguß :=links",
            "CXRGrounding.Verdict": "the sentence denies it",
            "CXRGrounding.Label": "Random weights.",
        }
    unjudged = write_nrrd(dataclasses.replace(result, answer=dataclasses.replace(answer, verdict=None)))
    image = SimpleITK.ReadImage(str(tmp_path / unjudged["heatmap"][0]))
    assert "CXRGrounding.Verdict" not in image.GetMetaDataKeys()


def test_nrrd_files_say_where_a_phrase_is_best_explained_and_what_was_asked_there(
    result: Result, placing: Placing, tmp_path: Path
) -> None:
    answer = dataclasses.replace(result.answer, place=placing)
    written = write_nrrd(dataclasses.replace(result, answer=answer))
    for names in (written["heatmap"], written["label_map"]):
        image = SimpleITK.ReadImage(str(tmp_path / names[0]))
        said = {name: image.GetMetaData(f"CXRGrounding.{name}") for name in ("Phrase", "Place", "Asked")}
        assert said == {"Phrase": "left effusion", "Place": "large, left", "Asked": "Large left pleural effusion"}
