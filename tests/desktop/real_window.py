"""The program in a window on a real screen: what a user does, step by step, and what is seen of it.

`test_real_window.py` gives it a screen and runs it, in `tests`: `python -m desktop.real_window FOLDER`. It prints a
line of JSON for each step, and ends with an error where a step could not be done.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QColor, QGuiApplication
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QSlider, QStyle, QStyleOptionSlider

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.program import make_application, make_window
from cxr_grounding_desktop.viewer.window.look import ACCENT_GROUND
from interface_work import InterfaceWork

from .hands_and_eyes import (
    anatomy,
    answer_file_dialog,
    brightness,
    bring_to_front,
    click,
    colorful,
    drag,
    greatest_difference,
    pixels,
    press,
    type_text,
    wait_until,
)

SAMPLE = Path(__file__).parents[2] / "CXRGrounding" / "Resources" / "SampleData" / "phantom-2000012.dcm"
PHRASE = "Large left pleural effusion"
OTHER_SAMPLE = SAMPLE.with_name("phantom-2000090.dcm")
OTHER_PHRASE = "Cardiomegaly"
REPORT = (
    "Large left pleural effusion. There is a moderate right-sided pneumothorax. "
    "Moderate pneumonia in the right lower zone. The heart is normal in size."
)
LONG_SECONDS = 120
"""For a grounding on a busy machine."""

Seen = dict[str, Any]


class Session:
    """A user at the window. Each step is a method that does it and tells what was seen."""

    def __init__(self, host: Host, folder: Path) -> None:
        self._host, self._scene, self._picture = host, folder / "case.mrb", folder / "desktop-window.png"
        self._window = make_window(host)
        self._view = self._window.view
        self._window.setGeometry(QGuiApplication.primaryScreen().availableGeometry())
        self._window.show()
        bring_to_front(self._window)

    def steps(self) -> Iterator[tuple[str, Seen]]:
        """All, in the order in which they are done: name, and what was seen."""
        for step in (
            self.begin,
            self.open,
            self.drag_in_the_view,
            self.type_a_phrase,
            self.ground,
            self.raise_threshold,
            self.lower_opacity,
            self.cancel_a_second_run,
            self.go_back,
            self.ground_a_report,
            self.save,
            self.close_the_scene,
            self.reopen,
            self.quit,
        ):
            yield step.__name__, step()

    # The steps

    def begin(self) -> Seen:
        """The program has just been started."""
        size = QGuiApplication.primaryScreen().size()
        return {
            "platform": QGuiApplication.platformName(),
            "screen": [size.width(), size.height()],
            "brightness": brightness(anatomy(self._view)),
            "can_ground": self._panel("groundButton").isEnabled(),
        }

    def open(self) -> Seen:
        """Ctrl+O, and the path of a DICOM file."""
        self._open(SAMPLE)
        # All steps look at the colors of the overlay, whatever the verdict is.
        self._panel("doubtedComboBox").setCurrentIndex(2)
        seen = anatomy(self._view)
        return {"title": self._window.windowTitle(), "brightness": brightness(seen), "colorful": colorful(seen)}

    def drag_in_the_view(self) -> Seen:
        """Upwards raises the level, so that the image darkens; Ctrl+R takes it back."""
        before, middle = anatomy(self._view), self._view.rect().center()
        drag(self._view, middle, middle - QPoint(0, 150))
        dragged = anatomy(self._view)
        press(Qt.Key_R, Qt.ControlModifier)
        after = anatomy(self._view)
        return {
            "darker_by": round(brightness(before) - brightness(dragged), 1),
            "left_after_reset": greatest_difference(before, after),
        }

    def type_a_phrase(self) -> Seen:
        """A click into the field, and letters."""
        field = self._panel("phraseComboBox").lineEdit()
        click(field)
        before = pixels(field)
        type_text(PHRASE)
        return {
            "text": field.text(),
            "field_changed_by": greatest_difference(before, pixels(field)),
            "can_ground": self._panel("groundButton").isEnabled(),
        }

    def ground(self) -> Seen:
        """Enter. The progress bar is looked at while it grows, and what the thread of the interface does is counted."""
        bar, looks = self._panel("progressBar"), []
        with InterfaceWork() as work:
            press(Qt.Key_Return)
            button = self._panel("groundButton").text()
            while self._host.widget.logic.isBusy:
                QTest.qWait(50)
                if bar.isVisible():
                    looks.append((bar.text(), _filled(pixels(bar))))
            QTest.qWait(100)
        return {
            "button": button,
            "texts": list(dict.fromkeys(text for text, _ in looks)),
            "most_filled": max(filled for _, filled in looks),
            "bar_is_gone": not bar.isVisible(),
            "rows": self._rows(),
            "colorful": colorful(anatomy(self._view)),
            "arrived": work.arrived,
            "written": work.written,
            "composited": work.composited,
            "read_or_slept": work.read + work.slept,
        }

    def raise_threshold(self) -> Seen:
        """Open the section, and drag the slider's handle to the right."""
        click(self._panel("displayCollapsibleButton"))
        return self._drag_slider("thresholdSlider", 0.5)

    def lower_opacity(self) -> Seen:
        """Drag the slider's handle to the left."""
        return self._drag_slider("opacitySlider", 0.5)

    def cancel_a_second_run(self) -> Seen:
        """On another radiograph, which takes its time: a click on Ground, and one on what that button has become."""
        before, button, bar = self._made_nodes(), self._panel("groundButton"), self._panel("progressBar")
        self._open(OTHER_SAMPLE)
        click(self._panel("phraseComboBox").lineEdit())
        press(Qt.Key_A, Qt.ControlModifier)
        type_text(OTHER_PHRASE)
        click(button)
        wait_until(lambda: bar.text().startswith("Reading the radiograph"), "the bar said nothing", LONG_SECONDS)
        says = button.text()
        click(button)
        self._wait_until_idle()
        message = self._panel("messageLabel")
        return {
            "button": says,
            "message": message.text() if message.isVisible() else "",
            "scene_is_as_before": self._made_nodes() == before,
            "colorful": colorful(anatomy(self._view)),
        }

    def go_back(self) -> Seen:
        """Ctrl+O, and the first file again: it is there already, with what was found on it."""
        self._open(SAMPLE)
        return {"rows": self._rows(), "colorful": colorful(anatomy(self._view))}

    def ground_a_report(self) -> Seen:
        """Paste it, and click its button."""
        click(self._panel("reportEdit").viewport())
        QGuiApplication.clipboard().setText(REPORT)
        press(Qt.Key_V, Qt.ControlModifier)
        self._panel("qualityComboBox").setCurrentIndex(3)  # the quickest answers: three more of them are on the way
        button = self._panel("groundReportButton")
        says = button.text()
        click(button)
        self._wait_until_idle()
        return {"button": says, "rows": self._rows(), "colorful": colorful(anatomy(self._view))}

    def save(self) -> Seen:
        """Ctrl+S; of what the screen shows then, a picture is left."""
        answer_file_dialog(self._window, self._scene, lambda: press(Qt.Key_S, Qt.ControlModifier))
        self._saved = anatomy(self._view)
        if not QGuiApplication.primaryScreen().grabWindow(0).save(str(self._picture), "PNG"):
            raise OSError(f"{self._picture} could not be written")
        return {"status": self._window.statusBar().currentMessage(), "is_there": self._scene.is_file()}

    def close_the_scene(self) -> Seen:
        """Ctrl+W; nothing is asked, since all is saved."""
        press(Qt.Key_W, Qt.ControlModifier)
        seen = anatomy(self._view)
        return {"title": self._window.windowTitle(), "rows": self._rows(), "brightness": brightness(seen)}

    def reopen(self) -> Seen:
        """Ctrl+O, and the path of the scene."""
        self._open(self._scene)
        rows, seen = self._rows(), anatomy(self._view)
        return {
            "title": self._window.windowTitle(),
            "rows": rows,
            "colorful": colorful(seen),
            "differs_from_saved_by": greatest_difference(seen, self._saved),
        }

    def quit(self) -> Seen:
        """Ctrl+Q; nothing is asked here either."""
        press(Qt.Key_Q, Qt.ControlModifier)
        return {"window_is_gone": not self._window.isVisible()}

    # Parts of steps

    def _open(self, path: Path) -> None:
        answer_file_dialog(self._window, path, lambda: press(Qt.Key_O, Qt.ControlModifier))

    def _panel(self, name: str) -> Any:
        """A widget of the module's panel, by its name in the .ui file."""
        return unwrap(getattr(self._host.widget.ui, name))

    def _rows(self) -> list[list[Any]]:
        """Phrase, and whether it is shown, of each finding in the table."""
        QTest.qWait(100)  # it is filled once the scene is quiet
        table = self._panel("findingsTable")
        items = [table.item(row, 0) for row in range(table.rowCount()) if table.cellWidget(row, 2) is not None]
        return [[item.text().partition("\n")[0], item.checkState() == Qt.Checked] for item in items]

    def _made_nodes(self) -> list[str]:
        """Of the scene, those that the module made."""
        nodes = (self._host.scene.GetNthNode(index) for index in range(self._host.scene.GetNumberOfNodes()))
        return [node.GetID() for node in nodes if node.GetAttribute("CXRGrounding.Kind")]

    def _wait_until_idle(self) -> None:
        wait_until(lambda: not self._host.widget.logic.isBusy, "the grounding did not end", LONG_SECONDS)

    def _drag_slider(self, name: str, share: float) -> Seen:
        """Drag the handle to a share of the slider's way; what became of the number and of the overlay's colors."""
        widget, before = self._panel(name), anatomy(self._view)
        slider = widget.findChild(QSlider)
        option = QStyleOptionSlider()
        slider.initStyleOption(option)
        handle = slider.style().subControlRect(QStyle.CC_Slider, option, QStyle.SC_SliderHandle, slider)
        end = QPoint(round(share * slider.width()), handle.center().y())
        drag(slider, handle.center(), end)
        after = anatomy(self._view)
        return {
            "value": widget.property("value"),
            "colorful_before": colorful(before),
            "colorful": colorful(after),
            "color_before": _strength(before),
            "color": _strength(after),
        }


def _filled(bar: Any) -> float:
    """How much of a progress bar has the color of its filled part, in percent."""
    color = QColor(ACCENT_GROUND)
    difference = np.abs(bar.astype(int) - [color.red(), color.green(), color.blue()]).max(axis=2)
    return round(100 * float((difference < 12).mean()), 1)


def _strength(seen: Any) -> float:
    """Mean difference between the channels of a pixel, 0 to 255."""
    return round(float(np.ptp(seen, axis=2).mean()), 2)


def main(folder: Path) -> int:
    """Do all steps; what is left lies in `folder`."""
    mistakes: list[str] = []

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        mistakes.append(repr(error))

    sys.excepthook = note  # of slots, which cannot end the steps
    QGuiApplication.setAttribute(Qt.AA_DontUseNativeDialogs)  # those of a desktop answer to nobody but a user
    application = make_application(sys.argv[:1])
    host = Host()
    try:
        for name, seen in Session(host, folder).steps():
            print(json.dumps({"step": name, **seen}), flush=True)
    finally:
        host.close()
    application.processEvents()
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
