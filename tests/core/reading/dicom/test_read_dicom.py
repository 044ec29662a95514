"""Grey values: what a DICOM file's numbers mean, whatever they are stored as."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cxr_grounding.errors import RadiographError
from cxr_grounding.frame import apply_intensity
from cxr_grounding.reading.dicom.read_dicom import read_dicom
from cxr_grounding.recipe import IntensityChain

Dicom = Callable[..., Path]


def itk_pixels(path: Path) -> NDArray:
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))[0]


def lut(first: int, entries: NDArray, bits: int, **elements: str) -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "US" if first >= 0 else "SS", [entries.size, first, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return Sequence([item])


def test_a_chest_radiograph_shows_bone_bright(chest: Path) -> None:
    radiograph = read_dicom(chest)
    assert radiograph.shape == (1955, 1841)
    assert radiograph.pixels[:, 880:960].mean() > radiograph.pixels[:, 400:600].mean(), "the spine is denser than lung"


def test_a_chest_radiograph_carries_what_is_known_of_it(chest: Path) -> None:
    radiograph = read_dicom(chest)
    assert radiograph.spacing is None, "its spacing is 0, which says nothing"
    assert radiograph.orientation.known
    assert radiograph.orientation.is_standard
    assert (radiograph.view, radiograph.body_part) == ("PA", "CHEST")
    assert radiograph.identifiers.PatientID == "9RG1"
    assert radiograph.identifiers.SOPInstanceUID == "1.3.6.1.4.1.5962.1.1.9.1.1.20040826185059.5457"
    assert radiograph.identifiers.Modality == "CR"
    assert radiograph.source == chest
    assert radiograph.warnings == ()


def test_an_extremity_is_read_with_a_doubt(lower_leg: Path) -> None:
    radiograph = read_dicom(lower_leg)
    assert len(radiograph.doubts) == 1
    assert "EXTREMITY" in radiograph.doubts[0]
    assert radiograph.orientation.is_mirrored


def test_monochrome1_is_turned_over(dicom: Dicom, ramp: NDArray) -> None:
    plain = read_dicom(dicom(ramp, bits=12)).pixels
    turned = read_dicom(dicom(ramp, bits=12, PhotometricInterpretation="MONOCHROME1")).pixels
    np.testing.assert_array_equal(plain, ramp)
    np.testing.assert_array_equal(turned, 4095 - ramp.astype(int))


def test_monochrome1_with_the_inverse_shape_is_turned_over_once(dicom: Dicom, ramp: NDArray) -> None:
    elements = {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}
    radiograph = read_dicom(dicom(ramp, kind="DX", bits=12, **elements))
    np.testing.assert_array_equal(radiograph.pixels, 4095 - ramp.astype(int))
    assert radiograph.warnings == ()


def test_monochrome2_with_the_inverse_shape_is_left_and_warned_of(dicom: Dicom, ramp: NDArray) -> None:
    radiograph = read_dicom(dicom(ramp, bits=12, PresentationLUTShape="INVERSE"))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert "INVERSE" in radiograph.warnings[0]


def test_slope_and_intercept_are_applied(dicom: Dicom, ramp: NDArray) -> None:
    pixels = read_dicom(dicom(ramp, bits=12, RescaleSlope="2.5", RescaleIntercept="-10.25")).pixels
    np.testing.assert_allclose(pixels, ramp * 2.5 - 10.25)


def test_a_negative_slope_turns_the_image_over(dicom: Dicom, ramp: NDArray) -> None:
    pixels = read_dicom(dicom(ramp, bits=12, RescaleSlope="-1", RescaleIntercept="4095")).pixels
    np.testing.assert_array_equal(pixels, 4095 - ramp.astype(int))


def test_a_negative_slope_and_monochrome1_cancel_each_other(dicom: Dicom, ramp: NDArray) -> None:
    elements = {"RescaleSlope": "-1", "RescaleIntercept": "4095", "PhotometricInterpretation": "MONOCHROME1"}
    np.testing.assert_array_equal(read_dicom(dicom(ramp, bits=12, **elements)).pixels, ramp)


@pytest.mark.parametrize("slope", [b"00", b"  ", b"x1"])
def test_a_slope_that_says_nothing_counts_as_one(dicom: Dicom, ramp: NDArray, slope: bytes) -> None:
    path = dicom(ramp, bits=12, RescaleSlope="25", RescaleIntercept="0")
    content = path.read_bytes()
    assert content.count(b"DS\x02\x0025") == 1
    path.write_bytes(content.replace(b"DS\x02\x0025", b"DS\x02\x00" + slope))
    np.testing.assert_array_equal(read_dicom(path).pixels, ramp)


def test_a_modality_table_is_applied(dicom: Dicom, ramp: NDArray) -> None:
    table = np.sqrt(np.arange(4096) * 4096.0)
    path = dicom(ramp, bits=12, ModalityLUTSequence=lut(0, table, 16, ModalityLUTType="US"))
    np.testing.assert_array_equal(read_dicom(path).pixels, np.floor(table)[ramp])


def test_a_modality_table_that_starts_below_zero_is_applied(real_file: Callable[[str], Path]) -> None:
    radiograph = read_dicom(real_file("mlut_18.dcm"))
    assert (radiograph.pixels.min(), radiograph.pixels.max()) == (0, 65535)


@pytest.mark.parametrize("entries", [0, 10])
def test_a_malformed_table_is_left_out(dicom: Dicom, ramp: NDArray, entries: int) -> None:
    sequence = lut(0, np.arange(4096), 12)
    sequence[0].LUTData = b"\0" * entries
    np.testing.assert_array_equal(read_dicom(dicom(ramp, bits=12, ModalityLUTSequence=sequence)).pixels, ramp)


@pytest.mark.parametrize(
    ("elements", "value", "shade"),
    [
        ({"WindowCenter": "2000", "WindowWidth": "1001"}, 1999.5, 0.5),
        ({"WindowCenter": "2000", "WindowWidth": "1000", "VOILUTFunction": "LINEAR_EXACT"}, 1750, 0.25),
        ({"WindowCenter": "2000", "WindowWidth": "1000", "VOILUTFunction": "SIGMOID"}, 2250, 1 / (1 + np.exp(-1))),
        ({"VOILUTSequence": lut(0, np.arange(4096) ** 2 // 4096, 12)}, 2048, 1024 / 4095),
    ],
    ids=["linear", "linear exact", "sigmoid", "table"],
)
def test_the_voi_lut_is_for_showing_and_leaves_the_pixels(
    dicom: Dicom, ramp: NDArray, elements: dict, value: float, shade: float
) -> None:
    radiograph = read_dicom(dicom(ramp, bits=12, **elements))
    np.testing.assert_array_equal(radiograph.pixels, ramp)
    assert radiograph.display is not None
    assert radiograph.display.shade(np.array(value)) == pytest.approx(shade, abs=2e-3)


def test_the_display_of_monochrome1_follows_the_turned_pixels(dicom: Dicom, ramp: NDArray) -> None:
    elements = {"WindowCenter": "1000", "WindowWidth": "401", "PhotometricInterpretation": "MONOCHROME1"}
    display = read_dicom(dicom(ramp, bits=12, **elements)).display
    assert display is not None
    stored_at_center = 999.5
    assert display.shade(np.array(4095 - stored_at_center)) == pytest.approx(0.5)
    assert display.shade(np.array([4095.0, 0.0])).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(("meaning", "turned"), [("MONOCHROME2", True), ("MONOCHROME1", False)])
def test_a_falling_voi_table_turns_the_image_over(dicom: Dicom, ramp: NDArray, meaning: str, turned: bool) -> None:
    falling = lut(0, np.arange(4096)[::-1], 12)
    radiograph = read_dicom(dicom(ramp, bits=12, VOILUTSequence=falling, PhotometricInterpretation=meaning))
    np.testing.assert_array_equal(radiograph.pixels, 4095 - ramp.astype(int) if turned else ramp)
    assert radiograph.display is not None
    assert radiograph.display.shade(np.array([0, 4095])).tolist() == [0, 1]


def test_a_rising_voi_lut_would_not_change_what_the_model_sees(dicom: Dicom, ramp: NDArray) -> None:
    bent = lut(0, np.round(4095 * (np.arange(4096) / 4095) ** 0.6), 12)
    radiograph = read_dicom(dicom(ramp, bits=12, VOILUTSequence=bent))
    assert radiograph.display is not None
    without = apply_intensity(radiograph.pixels, IntensityChain.MIMIC_CXR_JPG)
    applied = apply_intensity(radiograph.display.shade(radiograph.pixels), IntensityChain.MIMIC_CXR_JPG)
    assert np.abs(without - applied).max() < 4 / 255


@pytest.mark.parametrize("elements", [{"WindowCenter": "5"}, {"WindowCenter": "5", "WindowWidth": "0"}])
def test_a_window_that_says_nothing_is_no_display(dicom: Dicom, ramp: NDArray, elements: dict) -> None:
    assert read_dicom(dicom(ramp, bits=12, **elements)).display is None


@pytest.mark.parametrize("bits", range(8, 17))
def test_every_depth_is_read(dicom: Dicom, bits: int) -> None:
    stored = np.linspace(0, 2**bits - 1, 80 * 72).astype("u1" if bits == 8 else "<u2").reshape(80, 72)
    np.testing.assert_array_equal(read_dicom(dicom(stored, bits=bits)).pixels, stored)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("meaning", ["MONOCHROME2", "MONOCHROME1"])
def test_signed_values_are_read(dicom: Dicom, bits: int, meaning: str) -> None:
    half = 2 ** (bits - 1)
    stored = np.linspace(-half, half - 1, 80 * 72).astype("i1" if bits == 8 else "<i2").reshape(80, 72)
    pixels = read_dicom(dicom(stored, bits=bits, PhotometricInterpretation=meaning)).pixels
    np.testing.assert_array_equal(pixels, stored if meaning == "MONOCHROME2" else -1 - stored.astype(int))


@pytest.mark.parametrize("kind", ["CR", "DX", "SC"])
@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"PhotometricInterpretation": "MONOCHROME1"},
        {"RescaleSlope": "-2", "RescaleIntercept": "100"},
        {"RescaleSlope": "-0.5", "RescaleIntercept": "7", "PhotometricInterpretation": "MONOCHROME1"},
        {"RescaleSlope": "0", "RescaleIntercept": "0"},
        {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"},
    ],
)
def test_the_values_are_those_of_itk_and_so_of_slicer(dicom: Dicom, ramp: NDArray, kind: str, elements: dict) -> None:
    path = dicom(ramp, kind=kind, bits=12, **elements)
    np.testing.assert_allclose(read_dicom(path).pixels, itk_pixels(path))


@pytest.mark.parametrize("name", ["RG1_UNCR.dcm", "RG1_J2KR.dcm", "RG1_J2KI.dcm", "RG3_UNCR.dcm", "RG3_J2KR.dcm"])
def test_real_files_have_the_values_of_itk(real_file: Callable[[str], Path], name: str) -> None:
    path = real_file(name)
    np.testing.assert_array_equal(read_dicom(path).pixels, itk_pixels(path))


def grey_in_colour(ramp: NDArray) -> NDArray[np.uint8]:
    return np.repeat((ramp >> 4).astype(np.uint8)[..., None], 3, axis=-1)


def test_a_colour_capture_that_is_grey_is_read(dicom: Dicom, ramp: NDArray) -> None:
    radiograph = read_dicom(dicom(grey_in_colour(ramp), kind="SC"))
    np.testing.assert_array_equal(radiograph.pixels, ramp >> 4)
    assert radiograph.warnings == ()


def test_a_colour_capture_with_a_small_mark_is_read_with_a_warning(dicom: Dicom, ramp: NDArray) -> None:
    marked = grey_in_colour(ramp)
    marked[:5, :5] = (255, 0, 0)
    assert "coloured" in read_dicom(dicom(marked, kind="SC")).warnings[0]


def test_a_coloured_capture_is_refused(dicom: Dicom, ramp: NDArray) -> None:
    coloured = grey_in_colour(ramp)
    coloured[..., 2] = 255 - coloured[..., 2]
    with pytest.raises(RadiographError, match="colour image"):
        read_dicom(dicom(coloured, kind="SC"))


def test_a_palette_of_greys_is_read(dicom: Dicom, ramp: NDArray) -> None:
    palette = (np.arange(256, dtype="<u2") * 257).tobytes()
    elements = {f"{colour}PaletteColorLookupTableData": palette for colour in ("Red", "Green", "Blue")}
    elements |= {f"{colour}PaletteColorLookupTableDescriptor": [256, 0, 16] for colour in ("Red", "Green", "Blue")}
    indices = (ramp >> 4).astype(np.uint8)
    radiograph = read_dicom(dicom(indices, kind="SC", PhotometricInterpretation="PALETTE COLOR", **elements))
    np.testing.assert_array_equal(radiograph.pixels, indices.astype(int) * 257)
