"""Spacing, orientation, view, and the place in space that Slicer gives the same file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cxr_grounding.radiograph import Radiograph, Spacing, SpacingSource
from cxr_grounding.reading.dicom.read_dicom import read_dicom

Dicom = Callable[..., Path]

PIXEL = {"PixelSpacing": [0.2, 0.3]}
IMAGER = {"ImagerPixelSpacing": [0.4, 0.5]}
SCANNED = {"NominalScannedPixelSpacing": [0.6, 0.7]}


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (PIXEL, Spacing(0.2, 0.3, SpacingSource.PIXEL_SPACING)),
        (IMAGER, Spacing(0.4, 0.5, SpacingSource.IMAGER_PIXEL_SPACING)),
        (SCANNED, Spacing(0.6, 0.7, SpacingSource.NOMINAL_SCANNED_PIXEL_SPACING)),
        (PIXEL | IMAGER, Spacing(0.2, 0.3, SpacingSource.PIXEL_SPACING)),
        (IMAGER | SCANNED, Spacing(0.4, 0.5, SpacingSource.IMAGER_PIXEL_SPACING)),
        (IMAGER | {"PixelSpacing": [0.4, 0.5]}, Spacing(0.4, 0.5, SpacingSource.IMAGER_PIXEL_SPACING)),
        (IMAGER | {"PixelSpacing": [0, 0]}, Spacing(0.4, 0.5, SpacingSource.IMAGER_PIXEL_SPACING)),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelSpacing": [0.2, 0]}, None),
        ({"PixelSpacing": [-0.2, 0.2]}, None),
        ({"PixelSpacing": [0.2]}, None),
        ({"PixelSpacing": ["1e308", "1e308"]}, None),
        ({"PixelSpacing": None}, None),
        ({}, None),
    ],
    ids=str,
)
def test_the_spacing_says_where_it_comes_from(
    dataset: Callable[..., Dataset], saved: Callable[[Dataset], Path], ramp: NDArray, elements: dict, expected: Spacing
) -> None:
    made = dataset(ramp)
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    assert read_dicom(saved(made)).spacing == expected


def test_a_spacing_that_is_no_number_is_unknown(dicom: Dicom, ramp: NDArray) -> None:
    path = dicom(ramp, PixelSpacing=[0.125, 0.125])
    path.write_bytes(path.read_bytes().replace(b"0.125\\0.125", b"0,125\\0,125"))
    assert read_dicom(path).spacing is None


@pytest.mark.parametrize(
    ("value", "row", "column"),
    [
        (["L", "F"], "L", "F"),
        (["R", "F"], "R", "F"),
        (["R", "H"], "R", "H"),
        (["F", "L"], "F", "L"),
        (["LA", "FR"], "L", "F"),
        (["L ", " F"], "L", "F"),
    ],
)
def test_the_orientation_is_read(dicom: Dicom, ramp: NDArray, value: list[str], row: str, column: str) -> None:
    orientation = read_dicom(dicom(ramp, PatientOrientation=value)).orientation
    assert (orientation.row, orientation.column, orientation.known) == (row, column, True)


@pytest.mark.parametrize("value", [["L", "L"], ["L", "R"], ["X", "F"], ["L"], ["LE", "CD"], ["L", "F", "F"], ["L", ""]])
def test_an_odd_orientation_is_unknown_and_warned_of(dicom: Dicom, ramp: NDArray, value: list[str]) -> None:
    radiograph = read_dicom(dicom(ramp, PatientOrientation=value))
    assert not radiograph.orientation.known
    assert radiograph.orientation.is_standard
    assert "PatientOrientation" in radiograph.warnings[0]


def test_the_warning_of_an_orientation_is_one_short_line(dicom: Dicom, ramp: NDArray) -> None:
    (warning,) = read_dicom(dicom(ramp, PatientOrientation=["A" * 300] * 50)).warnings
    assert warning.isprintable()
    assert len(warning) < 500


@pytest.mark.parametrize("elements", [{}, {"PatientOrientation": ""}, {"PatientOrientation": ["", ""]}])
def test_no_orientation_is_unknown_without_a_warning(dicom: Dicom, ramp: NDArray, elements: dict) -> None:
    radiograph = read_dicom(dicom(ramp, **elements))
    assert not radiograph.orientation.known
    assert radiograph.warnings == ()


def test_an_animals_orientation_is_not_taken_for_a_persons(dicom: Dicom, ramp: NDArray) -> None:
    elements = {"PatientOrientation": ["R", "F"], "AnatomicalOrientationType": "QUADRUPED"}
    assert not read_dicom(dicom(ramp, **elements)).orientation.known


def test_a_frontal_plane_in_space_gives_the_orientation(dicom: Dicom, ramp: NDArray) -> None:
    orientation = read_dicom(dicom(ramp, ImageOrientationPatient=[-1, 0, 0, 0, 0, -1])).orientation
    assert (orientation.row, orientation.column, orientation.known) == ("R", "F", True)


def test_a_plane_across_the_body_says_nothing(dicom: Dicom, ramp: NDArray) -> None:
    assert not read_dicom(dicom(ramp, ImageOrientationPatient=[-1, 0, 0, 0, -1, 0])).orientation.known


@pytest.mark.parametrize(
    "elements",
    [
        *({"ViewPosition": view} for view in ("LL", "LATERAL", "LAT", "LLAT", "L LAT", "LEFT LATERAL", "LATERAL VIEW")),
        *({"ViewPosition": view} for view in ("XTABLE LATERAL", "xtablelateral", "PA_LAT", "R-LAT.", "PERFIL")),
        {"PatientOrientation": ["A", "F"]},
    ],
    ids=str,
)
def test_a_lateral_view_is_warned_of(dicom: Dicom, ramp: NDArray, elements: dict) -> None:
    radiograph = read_dicom(dicom(ramp, **elements))
    assert radiograph.is_lateral
    assert "from the side" in radiograph.doubts[0]


@pytest.mark.parametrize(
    "view", ["PA", "AP", "LLD", "RLD", "LEFT LATERAL DECUBITUS", "LAT DECUB", "LLO", "AP LORDOTIC"]
)
def test_a_view_from_the_front_is_not_warned_of_though_the_patient_lies(dicom: Dicom, ramp: NDArray, view: str) -> None:
    assert read_dicom(dicom(ramp, ViewPosition=view)).doubts == ()


def coded(meaning: str) -> Sequence:
    item = Dataset()
    item.CodeMeaning = meaning
    return Sequence([item])


def test_view_and_body_part_are_read_from_their_codes(dicom: Dicom, ramp: NDArray) -> None:
    elements = {"ViewCodeSequence": coded("left lateral"), "AnatomicRegionSequence": coded("Chest")}
    radiograph = read_dicom(dicom(ramp, kind="DX", **elements))
    assert (radiograph.view, radiograph.body_part) == ("LL", "CHEST")
    assert radiograph.is_lateral


@pytest.mark.parametrize("part", ["HAND", "ABDOMEN", "SKULL"])
def test_another_body_part_is_warned_of(dicom: Dicom, ramp: NDArray, part: str) -> None:
    assert part in read_dicom(dicom(ramp, BodyPartExamined=part)).doubts[0]


@pytest.mark.parametrize(
    "part",
    [
        "",
        "CHEST",
        "PORT CHEST",
        "THORAX",
        "RIBS",
        "TORAX",
        "TORACE AP",
        "POUMONS",
        "BRUSTKORB",
        "KLATKA PIERSIOWA",
        "LUNGEN",
    ],
)
def test_a_chest_is_not_warned_of(dicom: Dicom, ramp: NDArray, part: str) -> None:
    assert read_dicom(dicom(ramp, BodyPartExamined=part)).doubts == ()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_a_chest_with_accents_is_not_warned_of_whatever_its_bytes(dicom: Dicom, ramp: NDArray, encoding: str) -> None:
    path = dicom(ramp, BodyPartExamined="T__RAX")
    path.write_bytes(path.read_bytes().replace(b"T__RAX", "T\u00d3RAX".encode(encoding).ljust(6)))
    radiograph = read_dicom(path)
    assert (radiograph.body_part, radiograph.doubts) == ("T\u00d3RAX", ())


@pytest.mark.parametrize("part", ["COLUMNA TORACICA", "BROSTRYGG", "\u624b"])
def test_what_only_sounds_like_a_chest_is_warned_of(ramp: NDArray, part: str) -> None:
    assert part in Radiograph(ramp, body_part=part).doubts[0]


@pytest.mark.parametrize(
    "part",
    [
        "\u80f8\u90e8",
        "\u0413\u0420\u0423\u0414\u041d\u0410\u042f",
        "\ud749\ubd80",
        "P\u0141UCA",
        "G\u00d6\u011e\u00dcS",
    ],
)
def test_a_chest_in_other_scripts_is_not_warned_of(ramp: NDArray, part: str) -> None:
    assert Radiograph(ramp, body_part=part).doubts == ()


def itk_affine(path: Path) -> NDArray:
    image = SimpleITK.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return affine


PLACED = {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1], "ImagePositionPatient": [1, 2, 3], "SpacingBetweenSlices": 7}


@pytest.mark.parametrize("kind", ["CR", "DX", "SC", "MG", "CT", "MR", "US"])
@pytest.mark.parametrize(
    "elements",
    [
        {},
        PIXEL,
        IMAGER,
        SCANNED,
        PIXEL | IMAGER | SCANNED,
        IMAGER | SCANNED,
        {"ImagerPixelSpacing": [0, 0]},
        PLACED | PIXEL | IMAGER,
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0], "ImagePositionPatient": [1, 2, 3]},
        {"ImageOrientationPatient": [-1, 0, 0, 0, 1, 0]},
        {"SliceThickness": 5, "SpacingBetweenSlices": -3},
    ],
    ids=str,
)
def test_the_place_in_space_is_the_one_of_itk_and_so_of_slicer(
    dicom: Dicom, ramp: NDArray, kind: str, elements: dict
) -> None:
    path = dicom(ramp, kind=kind, **elements)
    np.testing.assert_allclose(read_dicom(path, force=True).affine, itk_affine(path), atol=1e-12)


@pytest.mark.parametrize(
    "elements",
    [
        {"ImagePositionPatient": [1, "1e308", 1]},
        {"ImagePositionPatient": ["-1e6", 0, 0]},
        {"SpacingBetweenSlices": 1e308},
    ],
    ids=str,
)
def test_a_place_beyond_a_kilometre_is_none(dicom: Dicom, ramp: NDArray, elements: dict) -> None:
    np.testing.assert_array_equal(read_dicom(dicom(ramp, **elements)).affine, read_dicom(dicom(ramp)).affine)


@pytest.mark.parametrize("name", ["RG1_UNCR.dcm", "RG3_UNCR.dcm"])
def test_real_files_lie_where_itk_puts_them(real_file: Callable[[str], Path], name: str) -> None:
    np.testing.assert_allclose(read_dicom(real_file(name)).affine, itk_affine(real_file(name)))
