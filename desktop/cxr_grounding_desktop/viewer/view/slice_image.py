"""What vtkMRMLSliceLogic composites, as a Qt image. No OpenGL is needed for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PyQt5.QtGui import QImage
from vtk.util.numpy_support import vtk_to_numpy


def composite_image(slice_logic: Any, *, label_hidden: bool = False) -> QImage | None:
    """The blend of the view's layers, brought up to date.

    Args:
        slice_logic: a vtkMRMLSliceLogic.
        label_hidden: whether to leave the label map out.

    Returns:
        One pixel for each of the slice node's, clear where there is no image and opaque elsewhere; None while no
        layer shows anything.
    """
    connection = slice_logic.GetImageDataConnection()
    if connection is None:
        return None
    blend = connection.GetProducer()
    with _label_left_out(slice_logic, blend, label_hidden):
        blend.Update()
    data = blend.GetOutputDataObject(connection.GetIndex())
    columns, rows, _ = data.GetDimensions()
    scalars = data.GetPointData().GetScalars()
    if scalars is None or columns < 1 or rows < 1:
        return None
    pixels = vtk_to_numpy(scalars).reshape(rows, columns, 4)[::-1].copy()  # VTK's first row is the bottom one
    # The blend lowers the opacity where it lays a half clear color over an image; its colors are right all the same.
    opacity = pixels[..., 3]
    np.multiply(opacity > 0, 255, out=opacity, casting="unsafe")
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()  # has its own memory


@contextmanager
def _label_left_out(slice_logic: Any, blend: Any, wanted: bool) -> Iterator[None]:
    """Makes the label map clear in the filter that blends the layers.

    The nodes of the scene are not touched. So nothing has to be put back in them, whatever happens meanwhile: a scene
    that is saved while the overlay is hidden holds the opacity that the user chose.
    """
    inputs = _label_inputs(slice_logic, blend) if wanted else []
    opacities = [blend.GetOpacity(index) for index in inputs]
    for index in inputs:
        blend.SetOpacity(index, 0.0)
    try:
        yield
    finally:
        for index, opacity in zip(inputs, opacities, strict=True):
            blend.SetOpacity(index, opacity)


def _label_inputs(slice_logic: Any, blend: Any) -> list[int]:
    """Which of the blended layers is the label map."""
    layer = slice_logic.GetLabelLayer()
    label = None if layer is None else layer.GetImageDataConnection()
    if label is None:
        return []
    source = label.GetProducer(), label.GetIndex()
    inputs = (blend.GetInputConnection(0, index) for index in range(blend.GetNumberOfInputConnections(0)))
    return [index for index, one in enumerate(inputs) if (one.GetProducer(), one.GetIndex()) == source]
