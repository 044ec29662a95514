"""The radiograph, whichever file or scene it came from: valid once it is built."""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError

SMALLEST_SIDE = 64
"""Fewest rows or columns of a radiograph that is worth grounding, in pixels."""

LARGEST_PIXELS = 2**26
"""Most pixels of an image that is read (8192 x 8192); the largest digitised films have half of it."""

LARGEST_SPACING_MM = 1e6
"""Above any spacing; lengths and areas of what is larger are no numbers that a document can hold."""

_CHEST_WORDS = (
    "CHEST CXR THORAX LUNG RIB HEART MEDIASTINUM PULMON "
    "TORAX PECHO PULMAO TORACE POLMON POITRINE POUMON CAGE BRUSTKORB BORSTKAS LONGEN "
    "KLATKA PLUCA HRUDNIK PLICE MELLKAS BROSTKORG BRYSTKASSE RINTAKEHA KEUHKO GOGUS AKCIGER TORAKS NGUC "
    "\u0413\u0420\u0423\u0414\u041d \u041e\u0413\u041a \u041b\u0415\u0413\u041a "
    "\u0398\u03a9\u03a1\u0391\u039a \u80f8 \u80ba \ud749\ubd80"
)
CHEST = tuple(_CHEST_WORDS.split())
"""Parts of BodyPartExamined (0018,0015) under which chest radiographs are filed, without accents. DICOM PS3.16 annex L
has CHEST, but sites write their own language: Spanish, Portuguese, Italian, French, German, Dutch, Polish, Czech,
Hungarian, Swedish, Danish, Finnish, Turkish, Vietnamese, Russian, Greek, Chinese and Japanese, Korean."""

_LATERAL_WORDS = "LL RL LAT LLAT RLAT LATL LATR PERFIL PROFIL PROFILE SEITLICH"
LATERAL_VIEWS = frozenset(_LATERAL_WORDS.split())
"""Words of ViewPosition (0018,5101) that name a view from the side (DICOM PS3.3 C.8.1.2, C.8.4.5), as does any that
begins or ends with LATERAL. LLD and RLD name one from the front, of a patient who lies on one side (decubitus)."""

OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}
"""Of each direction in the patient: left, right, front (anterior), back (posterior), head and feet."""


class SpacingSource(enum.Enum):
    """Where a spacing was read; the DICOM keywords mean different planes (DICOM PS3.3 10.7.1.3)."""

    PIXEL_SPACING = "PixelSpacing"
    """In the patient, or calibrated against something of known size."""
    IMAGER_PIXEL_SPACING = "ImagerPixelSpacing"
    """At the detector's face: lengths in the patient are smaller by the magnification."""
    NOMINAL_SCANNED_PIXEL_SPACING = "NominalScannedPixelSpacing"
    """On the scanned film."""
    IMAGE_HEADER = "image header"
    """From the header of a NIfTI, NRRD or MetaImage file, whose plane is not stated."""


@dataclass(frozen=True)
class Spacing:
    """Distance between the centres of neighbouring pixels.

    Args:
        row_mm: from one row to the next, in mm, above 0 (first value of the DICOM attribute) and below
            `LARGEST_SPACING_MM`.
        column_mm: from one column to the next, in mm, likewise.
        source: where the numbers were read.
    """

    row_mm: float
    column_mm: float
    source: SpacingSource

    def __post_init__(self) -> None:
        for name, value in (("row", self.row_mm), ("column", self.column_mm)):
            if not 0 < value < LARGEST_SPACING_MM:
                raise RadiographError(
                    f"The {name} spacing is {value:g} mm, but a spacing is above 0 and far below a kilometre. "
                    "Leave the spacing out when it is not known."
                )


@dataclass(frozen=True)
class Orientation:
    """How the stored image lies, as PatientOrientation (0020,0020) says it.

    Args:
        row: direction of increasing column, one of L R A P H F (first value of the attribute).
        column: direction of increasing row, likewise (second value).
        known: False where the file does not say; the standard frontal view is then assumed.

    The standard view, the one that models are trained on, has the patient's left side at the right
    of the image and the feet at the bottom: row L, column F (DICOM PS3.3 C.7.6.1.1.1).
    """

    row: str = "L"
    column: str = "F"
    known: bool = False

    def __post_init__(self) -> None:
        if not {self.row, self.column} <= OPPOSITE.keys() or self.column in (self.row, OPPOSITE[self.row]):
            raise RadiographError(
                f"The orientation {self.row}\\{self.column} is not one of two different directions "
                "out of L, R, A, P, H, F. Correct PatientOrientation (0020,0020), or remove it."
            )

    @property
    def across(self) -> tuple[str, str]:
        """The letters at the stored image's left and right edge: toward which side of the patient each lies."""
        return OPPOSITE[self.row], self.row

    @property
    def down(self) -> tuple[str, str]:
        """Likewise at its top and bottom edge."""
        return OPPOSITE[self.column], self.column

    @property
    def is_transposed(self) -> bool:
        """Whether the rows of the stored image run along the patient."""
        return self.row in "HF"

    @property
    def is_mirrored(self) -> bool:
        """Whether the patient's left side lies at the image's left (after undoing a transposition)."""
        return "R" in (self.row, self.column)

    @property
    def is_upside_down(self) -> bool:
        """Whether the head lies at the image's bottom (after undoing a transposition)."""
        return "H" in (self.row, self.column)

    @property
    def is_standard(self) -> bool:
        """Whether the stored image already is in the standard view."""
        return not (self.is_transposed or self.is_mirrored or self.is_upside_down)

    def to_standard(self, array: NDArray) -> NDArray:
        """A view of `array` [rows, columns], of any dtype, turned into the standard view."""
        if self.is_transposed:
            array = array.T
        if self.is_mirrored:
            array = array[:, ::-1]
        if self.is_upside_down:
            array = array[::-1, :]
        return array

    def from_standard(self, array: NDArray) -> NDArray:
        """The inverse of `to_standard`: a view of `array` on the stored image's grid."""
        if self.is_upside_down:
            array = array[::-1, :]
        if self.is_mirrored:
            array = array[:, ::-1]
        if self.is_transposed:
            array = array.T
        return array


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels: `x` columns from the left edge, `y` rows from the top edge.

    It covers the pixels `x <= column < x + width`, `y <= row < y + height` (the convention of MS-CXR).
    """

    x: float
    y: float
    width: float
    height: float

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """The pixels of a grid [rows, columns] whose centres lie inside, as bool."""
        rows, columns = (np.arange(n) + 0.5 for n in shape)
        inside_rows = (rows > self.y) & (rows < self.y + self.height)
        inside_columns = (columns > self.x) & (columns < self.x + self.width)
        return inside_rows[:, None] & inside_columns[None, :]


@dataclass(frozen=True)
class Identifiers:
    """What is needed to say which image a result belongs to; DICOM keywords, "" where unknown."""

    PatientID: str = ""
    StudyInstanceUID: str = ""
    SeriesInstanceUID: str = ""
    SOPInstanceUID: str = ""
    SOPClassUID: str = ""
    Modality: str = ""


@dataclass(frozen=True, eq=False)
class DisplayCurve:
    """How a file asks for its grey values to be shown: its VOI LUT or window, as a line through points.

    It is for people's eyes only. The models were trained on pixels without it (METHOD 2.2), so `Radiograph.pixels`
    do not carry it.

    Args:
        values: [n] float64, pixel values in ascending order, n at least 2.
        shades: [n] float64, brightness of each, 0 black to 1 white.
    """

    values: NDArray[np.float64]
    shades: NDArray[np.float64]

    def __post_init__(self) -> None:
        values, shades = np.array(self.values, dtype=np.float64), np.array(self.shades, dtype=np.float64)
        if values.ndim != 1 or values.shape != shades.shape or values.size < 2:
            raise ValueError(f"the curve has values {values.shape} and shades {shades.shape}; expected two equal lists")
        if not (np.isfinite(values).all() and (np.diff(values) > 0).all()):
            raise ValueError("the curve's values must be finite and ascend")
        if not ((shades >= 0) & (shades <= 1)).all():
            raise ValueError("the curve's shades must lie in 0 to 1")
        for name, array in (("values", values), ("shades", shades)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def shade(self, pixels: NDArray) -> NDArray[np.float32]:
        """The brightness of pixels of any shape, float32 in [0, 1]; beyond the ends, that of the ends."""
        return np.interp(pixels, self.values, self.shades).astype(np.float32)


def names_lateral(view: str) -> bool:
    """Whether a ViewPosition (0018,5101) names a view from the side."""
    words = re.findall(r"\w+", view.replace("_", " ").upper())
    says_so = any(word in LATERAL_VIEWS or word.startswith("LATERAL") or word.endswith("LATERAL") for word in words)
    return says_so and not any(word.startswith("DECUB") for word in words)


def _without_accents(text: str) -> str:
    """In upper case, each letter without what stands above or below it; composed, as Korean is."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text.upper()) if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare).replace("\u0141", "L")


def default_affine(spacing: Spacing | None = None) -> NDArray[np.float64]:
    """The placement that ITK, and so Slicer, gives an image without an orientation in space.

    Returns the 4 x 4 matrix from (column, row, slice, 1) to DICOM patient coordinates (LPS) in mm:
    columns toward the patient's left, rows toward the back, 1 mm pixels where `spacing` is None.
    """
    if spacing is None:
        return np.eye(4)
    return np.diag([spacing.column_mm, spacing.row_mm, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One projection radiograph.

    Args:
        pixels: [rows, columns] as stored, float32, any range, finite, dense tissue bright; at least
            `SMALLEST_SIDE` a side and not constant. Other dtypes are converted; the array is copied
            and made read-only.
        spacing: for lengths and areas; None where the file does not say.
        orientation: how the stored image lies.
        affine: 4 x 4, (column, row, slice, 1) to LPS in mm: where volumes made from this radiograph
            are placed, so that they overlay it in ITK programs. It is not a source of sizes:
            see `spacing`.
        view: ViewPosition (0018,5101), upper case, "" where unknown.
        body_part: BodyPartExamined (0018,0015), upper case, "" where unknown.
        identifiers: which image this is.
        source: the file that it was read from.
        warnings: sentences for the user about doubts that arose while reading.
        display: how the file asks to be shown; None where it does not say.

    Raises:
        RadiographError: when the pixels cannot be grounded.
    """

    pixels: NDArray[np.float32]
    spacing: Spacing | None = None
    orientation: Orientation = Orientation()
    affine: NDArray[np.float64] = field(default_factory=default_affine)
    view: str = ""
    body_part: str = ""
    identifiers: Identifiers = Identifiers()
    source: Path | None = None
    warnings: tuple[str, ...] = ()
    display: DisplayCurve | None = None

    def __post_init__(self) -> None:
        given = np.asarray(self.pixels)
        if given.ndim != 2:
            raise RadiographError(
                f"The image has {given.ndim} axes {given.shape}, but a radiograph has two, rows and columns. "
                "Choose a single grey image."
            )
        if given.dtype.kind not in "buif":
            raise RadiographError(f"The image holds values of type {given.dtype}, but numbers are needed.")
        if min(given.shape) < SMALLEST_SIDE:
            raise RadiographError(
                f"The image is {given.shape[1]} x {given.shape[0]} pixels, but at least {SMALLEST_SIDE} a side "
                "are needed to ground a phrase. Use the full-size image instead of a thumbnail."
            )
        if not np.isfinite(given).all():
            raise RadiographError(
                "The image holds pixels that are NaN or infinite, so it cannot be grounded. Replace them, for "
                "example by the lowest value, and try again."
            )
        pixels = given.astype(np.float32)
        if not np.isfinite(pixels).all():
            raise RadiographError("The image holds values beyond the range of 32-bit floats. Rescale it and try again.")
        if pixels.min() == pixels.max():
            raise RadiographError(
                f"Every pixel of the image has the value {pixels.flat[0]:g}, so there is nothing to see. "
                "Check that the right file was chosen."
            )
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise RadiographError(f"The placement of the image must be a finite 4 x 4 matrix, not {affine.tolist()}.")
        pixels.setflags(write=False)
        affine.setflags(write=False)
        object.__setattr__(self, "pixels", pixels)
        object.__setattr__(self, "affine", affine)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self.pixels.shape
        return rows, columns

    @property
    def is_lateral(self) -> bool:
        """Whether the file says that this is a view from the side."""
        return names_lateral(self.view) or not {self.orientation.row, self.orientation.column}.isdisjoint("AP")

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences on why this may not be a frontal chest radiograph, which is what the models were trained on."""
        found = []
        if self.is_lateral:
            found.append(
                "This is a view from the side, but the models were trained on frontal views. Do not rely on the result."
            )
        if self.body_part and not any(name in _without_accents(self.body_part) for name in CHEST):
            found.append(
                f"The file says that this shows the body part {self.body_part}, not the chest. "
                "Do not rely on the result."
            )
        return tuple(found)
