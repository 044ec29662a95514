"""Read a NIfTI, NRRD or MetaImage file that holds a single slice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK
from numpy.typing import NDArray

from cxr_grounding.disk.itk_names import folder_for_itk, itk_takes
from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import RadiographError
from cxr_grounding.quiet import silent_libraries
from cxr_grounding.radiograph import Orientation, Radiograph, Spacing, SpacingSource
from cxr_grounding.reading.grey import grey_from_colour
from cxr_grounding.reading.guard import check_pixel_count, untrusted_file
from cxr_grounding.reading.nifti_header import check_nifti
from cxr_grounding.reading.orientation import check_place, placed_orientation
from cxr_grounding.reading.volume_header import check_meta, check_nrrd

NIFTI, NRRD, META = "NiftiImageIO", "NrrdImageIO", "MetaImageIO"
"""ITK's names of its readers; the content of the file decides, not its extension."""

_NIFTI_ENDINGS = (".nii", ".nii.gz")
_MOST_AXES = 4
_COMPONENTS = (1, 3, 4)

TURNED = "The header places the image turned over (its rows or columns run against the usual direction)"

WITHOUT_PLACE = (
    "The NIfTI header does not say how the image lies (qform_code and sform_code are 0). By NIfTI's rule its rows run "
    "from the bottom up, so it was grounded turned upside down. Check on the picture which side is up, and left and "
    "right."
)


def read_volume(path: Path | str, reader: str) -> Radiograph:
    """Read a volume file of one slice; axes of length 1 are dropped.

    Bright is taken as dense. Where the header places the slice in a frontal or lateral plane, the orientation is
    taken from it; a plane across the body says nothing, since that is what programs give an image without place.
    The rows of a NIfTI file without place run upward (nifti1.h, method 1), which ITK and Slicer do not follow.
    The spacing is the header's, unless it is exactly 1 x 1 mm, which is what programs write when they do not know it.

    Args:
        path: of the file; a detached header's data file lies beside it.
        reader: `NIFTI`, `NRRD` or `META`.

    Returns:
        The radiograph; its columns are the first of the axes longer than 1 in the order of the file, its rows the
        second.

    Raises:
        RadiographError: when the file is missing, damaged, has several slices, or is a colour picture.
    """
    with untrusted_file(path) as file, silent_libraries():
        runs_upward, data = False, None
        if reader == NIFTI:
            if not file.name.lower().endswith(_NIFTI_ENDINGS):
                raise RadiographError(
                    f"{printable(str(file))} is a NIfTI file by its content. Rename it to end in .nii or .nii.gz."
                )
            runs_upward = not check_nifti(file)
        else:
            data = (check_nrrd if reader == NRRD else check_meta)(file)
        source = SimpleITK.ImageFileReader()
        source.SetImageIO(reader)
        with _name_for_itk(file, data) as name:
            source.SetFileName(name)
            source.ReadImageInformation()
            axes = _image_axes(source, file)
            image = source.Execute()
        array, warnings = _slice(image, axes, file)
        radiograph = _radiograph(image, axes, array, warnings, file)
        if runs_upward:
            upward = Orientation(column="H")
            return replace(radiograph, orientation=upward, warnings=(*warnings, WITHOUT_PLACE))
        return radiograph


@contextmanager
def _name_for_itk(path: Path, data: Path | None) -> Iterator[str]:
    """A name under which ITK reads a file: its own, or where it does not take that, one of our own, of a copy.

    Args:
        path: of the file.
        data: that a detached header's pixels are in; it says so by name.
    """
    if itk_takes(path) and (data is None or itk_takes(data)):
        yield str(path)
        return
    if data is not None and not itk_takes(data.name):
        raise RadiographError(
            f"{printable(str(path))} says that its pixels are in a file whose name has other letters than plain "
            "English ones, which cannot be opened here. Save the image as one file."
        )
    with folder_for_itk() as folder:
        # By the ending ITK tells whether NIfTI is gzipped; of the others it looks at the content.
        own = folder / ("volume.nii.gz" if path.name.lower().endswith(".gz") else "volume.nii")
        shutil.copyfile(path, own)
        if data is not None:
            shutil.copyfile(data, folder / data.name)
        yield str(own)


def _image_axes(source: SimpleITK.ImageFileReader, path: Path) -> tuple[int, int]:
    """The two axes, in the order of the file, that span the slice; checked before anything is allocated."""
    size = source.GetSize()
    if len(size) > _MOST_AXES or source.GetNumberOfComponents() not in _COMPONENTS:
        raise RadiographError(
            f"{path} has {len(size)} axes and {source.GetNumberOfComponents()} values per pixel, as no radiograph has. "
            "Choose a single grey image."
        )
    long = [axis for axis, count in enumerate(size) if count != 1]
    if len(long) > 2:
        raise RadiographError(
            f"{path} is a volume of {' x '.join(map(str, size))} pixels, but one radiograph is grounded at a time. "
            "Save the slice that you want as a file of its own."
        )
    first, second = (long + [axis for axis in range(len(size)) if axis not in long])[:2]
    first, second = min(first, second), max(first, second)
    check_pixel_count(path, size[second], size[first])
    return first, second


def _slice(image: SimpleITK.Image, axes: tuple[int, int], path: Path) -> tuple[NDArray, tuple[str, ...]]:
    """The pixels [rows, columns] and warnings."""
    columns, rows = (image.GetSize()[axis] for axis in axes)
    array = SimpleITK.GetArrayViewFromImage(image)  # not copied: the radiograph does that
    if image.GetNumberOfComponentsPerPixel() > 1:
        return grey_from_colour(array.reshape(rows, columns, -1), path)
    return array.reshape(rows, columns), ()


def _radiograph(
    image: SimpleITK.Image, axes: tuple[int, int], array: NDArray, warnings: tuple[str, ...], path: Path
) -> Radiograph:
    affine = _affine(image, axes)
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    along_row, along_column = affine[:3, 0] / lengths[0], affine[:3, 1] / lengths[1]
    orientation, doubts = placed_orientation(along_row, along_column, TURNED)
    column_mm, row_mm = (float(image.GetSpacing()[axis]) for axis in axes)
    known = (row_mm, column_mm) != (1.0, 1.0)
    return Radiograph(
        pixels=array,
        spacing=Spacing(row_mm, column_mm, SpacingSource.IMAGE_HEADER) if known else None,
        orientation=orientation,
        affine=affine,
        source=path,
        warnings=warnings + doubts,
    )


def _affine(image: SimpleITK.Image, axes: tuple[int, int]) -> NDArray[np.float64]:
    """4 x 4 (column, row, slice, 1) to LPS in mm of the slice; a 2-D image lies in the plane z = 0."""
    dimension = image.GetDimension()
    directions, spacing, origin = np.eye(3), np.ones(3), np.zeros(3)
    spatial = min(dimension, 3)
    directions[:spatial, :spatial] = np.reshape(image.GetDirection(), (dimension, dimension))[:spatial, :spatial]
    spacing[:spatial], origin[:spatial] = image.GetSpacing()[:spatial], image.GetOrigin()[:spatial]
    first, second = axes
    if second > 2:
        raise RadiographError("The image runs along a time axis, as no radiograph does. Choose a single grey image.")
    third = 3 - first - second
    affine = np.eye(4)
    affine[:3, :3] = (directions * spacing)[:, [first, second, third]]
    affine[:3, 3] = origin
    check_place(affine.ravel())
    return affine
