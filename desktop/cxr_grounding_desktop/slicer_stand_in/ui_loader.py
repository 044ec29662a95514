"""`qt.QUiLoader`: a .ui file into widgets, with the host's classes in the place of Slicer's and CTK's."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from PyQt5 import uic
from PyQt5.QtCore import QFile, QObject
from PyQt5.QtWidgets import QWidget

from cxr_grounding_desktop.slicer_stand_in.pythonqt import signals
from cxr_grounding_desktop.slicer_stand_in.slicer_names import ctk_widgets, mrml_widgets


class QUiLoader(QObject):
    """Loads one file a call."""

    def load(self, device: QFile) -> QWidget:
        """The widget that a .ui file describes.

        Raises:
            NotImplementedError: when it uses a class that this host does not have.
        """
        root = ElementTree.fromstring(bytes(device.readAll()))
        for element in root.iter("customwidget"):
            _name_python_module(element)
        connections = root.find("connections")
        if connections is not None:
            root.remove(connections)  # PyQt5 would look for overloads by C++ types that it does not know
        panel: QWidget = uic.loadUi(io.StringIO(ElementTree.tostring(root, encoding="unicode")))
        for element in () if connections is None else connections.iter("connection"):
            _connect(panel, *(element.findtext(part, "") for part in ("sender", "signal", "receiver", "slot")))
        return panel


def _name_python_module(element: ElementTree.Element) -> None:
    """Write into a <customwidget> where the host has the class, in the place of its C++ header."""
    name = element.findtext("class", "")
    module = next((module for module in (ctk_widgets, mrml_widgets) if name in module.__all__), None)
    header = element.find("header")
    if module is None or header is None:
        raise NotImplementedError(f"The .ui file uses {name}, which this host does not offer")
    header.text = module.__name__


def _connect(panel: QWidget, sender: str, signal: str, receiver: str, slot: str) -> None:
    def named(name: str) -> QObject:
        found = panel if panel.objectName() == name else panel.findChild(QObject, name)
        if found is None:
            raise NotImplementedError(f"The .ui file connects {name}, which is not in it")
        return found

    function = getattr(named(receiver), slot.partition("(")[0], None)
    if function is None or slot.partition("(")[2] != signal.partition("(")[2]:
        raise NotImplementedError(
            f"The .ui file connects {signal} to {receiver}.{slot}, which this host does not offer"
        )
    signals.connect(named(sender), signal, function, lambda value: value)
