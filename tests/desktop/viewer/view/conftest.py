"""A radiograph of known values in a slice view, with an overlay, as the module lays one over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import slicer
from numpy.typing import NDArray
from PyQt5.QtCore import QEvent, QPointF, Qt
from PyQt5.QtGui import QImage, QMouseEvent
from PyQt5.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cxr_grounding import Orientation, RadiographError, Spacing, SpacingSource
from cxr_grounding_desktop.slicer_stand_in.scene import application_logic, slice_view
from cxr_grounding_desktop.viewer.view import SliceView
from cxr_grounding_desktop.viewer.view.framed_view import FramedView
from CXRGroundingLib import scene_view, scene_writer
from CXRGroundingLib.color_maps import levelColors
from slicer_application import Application

ROWS, COLUMNS = 120, 200
STANDARD = Orientation("L", "F", known=True)
SPACING = Spacing(0.5, 0.5, SpacingSource.PIXEL_SPACING)


@dataclass
class About:
    """What is known of every volume from its file."""

    orientation: Orientation = STANDARD
    spacing: Spacing | None = SPACING
    refusal: RadiographError | None = None
    asked: list[Any] = field(default_factory=list)

    def __call__(self, volume: Any) -> tuple[Orientation, Spacing | None]:
        self.asked.append(volume)
        if self.refusal is not None:
            raise self.refusal
        return self.orientation, self.spacing


@pytest.fixture
def about() -> About:
    """Standard view, pixels of 0.5 mm."""
    return About()


@pytest.fixture
def application(scene: Any) -> Application:
    """With the Red view, which is as large as a widget is not yet."""
    logic = slice_view(scene, "Red", "Axial", 256)
    return Application(application_logic(scene, [logic]), {"Red": logic})


@pytest.fixture
def logic(application: Application) -> Any:
    """The slice logic of the Red view."""
    return application.views["Red"]


@pytest.fixture
def pixels() -> NDArray[np.uint16]:
    """[120, 200]: no two neighbours alike, from 100 to 4000."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    return (100 + 25 * rows + 4 * columns + 100 * ((rows // 8 + columns // 8) % 2)).astype(np.uint16)


@pytest.fixture
def volume(scene: Any, application: Application, pixels: NDArray) -> Any:
    """The radiograph, shown in Red and fitted, as Slicer places one without a place of its own."""
    node = slicer.util.addVolumeFromArray(pixels[np.newaxis], ijkToRAS=np.diag([-0.5, -0.5, 1, 1]), name="chest")
    display = node.GetDisplayNode()
    display.AutoWindowLevelOff()
    display.SetWindowLevel(4000.0, 2000.0)
    display.SetInterpolate(False)
    scene_view.showInRed(node, application.logic)
    return node


@pytest.fixture
def label(scene: Any, volume: Any) -> Any:
    """A finding over it: level 8 in rows 20 to 59 and columns 40 to 99, not looked at from column 180 on."""
    levels = np.zeros((1, ROWS, COLUMNS), np.uint8)
    levels[0, 20:60, 40:100] = 8
    levels[0, :, 180:] = 11
    node = slicer.util.addVolumeFromArray(
        levels, ijkToRAS=np.diag([-0.5, -0.5, 1, 1]), name="finding", nodeClassName="vtkMRMLLabelMapVolumeNode"
    )
    table = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "colors")
    scene_writer.paint(table, levelColors("inferno"))
    node.GetDisplayNode().SetAndObserveColorNodeID(table.GetID())
    node.SetNodeReferenceID(scene_writer.RADIOGRAPH_ROLE, volume.GetID())
    attributes = {
        "Phrase": "left pleural effusion",
        "Demonstration": "true",
        "Label": "DEMONSTRATION MODEL: says nothing about patients. Research use only.",
    }
    for name, value in attributes.items():
        node.SetAttribute(scene_writer.PREFIX + name, value)
    assert scene_view.showFinding(node, 0.7, False)
    return node


@pytest.fixture
def view(qtbot: QtBot, logic: Any, about: About) -> SliceView:
    """The widget, shown, 400 x 300."""
    made = SliceView(logic, about)
    made.resize(400, 300)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


@dataclass
class Known:
    """What the file of every volume says of whose image it is."""

    patient: str = "Doe, Jane \N{MIDDLE DOT} 4711"
    date: str = "2020-01-02"
    view: str = "PA"
    file: str = "chest.dcm"
    doubts: tuple[str, ...] = ()


@pytest.fixture
def known() -> Known:
    """Of a patient, with nothing to doubt."""
    return Known()


@pytest.fixture
def frame(qtbot: QtBot, logic: Any, about: About, known: Known) -> FramedView:
    """A view of its own between its bands, shown, 700 x 525."""
    made = FramedView(SliceView(logic, about), lambda volume: known)
    made.resize(700, 525)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def as_array(image: QImage) -> NDArray[np.uint8]:
    """[rows, columns, 4] of red, green, blue and opacity."""
    image = image.convertToFormat(QImage.Format_RGBA8888)
    bits = image.constBits()
    bits.setsize(image.byteCount())
    return np.frombuffer(bits, np.uint8).reshape(image.height(), image.width(), 4).copy()


@pytest.fixture
def array_of() -> Callable[[QImage], NDArray[np.uint8]]:
    """Gives the pixels of an image: [rows, columns, 4] of red, green, blue and opacity."""
    return as_array


@pytest.fixture
def screen(view: SliceView) -> Callable[[], NDArray[np.uint8]]:
    """Gives what the widget shows, [rows, columns, 3]."""
    return lambda: as_array(view.grab().toImage())[..., :3]


@pytest.fixture
def spot(application: Application, volume: Any, view: SliceView) -> Callable[[int, int], QPointF]:
    """Where in the widget the centre of a pixel (column, row) of the radiograph is."""

    def place(column: int, row: int) -> QPointF:
        view.grab()
        at_row, at_column = application.pixel_of(volume, column, row)
        return QPointF(at_column, at_row)

    return place


@pytest.fixture
def glass(view: SliceView) -> Callable[[], NDArray[np.uint8]]:
    """Gives what stands on the screen, [rows, columns, 3], once the view has drawn what it wants to by itself."""

    def look() -> NDArray[np.uint8]:
        for _ in range(5):
            QApplication.processEvents()
        return as_array(view.screen().grabWindow(view.winId()).toImage())[..., :3]

    return look


@pytest.fixture
def move() -> Callable[..., None]:
    """Moves the mouse to a place in a widget, with buttons held or without."""

    def send(widget: QWidget, place: QPointF, buttons: Any = Qt.NoButton) -> None:
        event = QMouseEvent(QEvent.MouseMove, place, Qt.NoButton, buttons, Qt.NoModifier)
        QApplication.sendEvent(widget, event)

    return send
