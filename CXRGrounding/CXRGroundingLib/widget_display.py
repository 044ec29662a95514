"""What is chosen under Display, and how doubted heat is shown: handed to the logic when it changes."""

from __future__ import annotations

from typing import Any


class DisplayControls:
    """The list of color maps, and the settings that act at once, without a new run.

    Args:
        ui: with `colorMapComboBox`; sliders and boxes are connected to their parameters by Slicer.
        logic: a GroundingLogic.
    """

    def __init__(self, ui: Any, logic: Any) -> None:
        self._colorMaps, self._logic = ui.colorMapComboBox, logic
        self._colorMaps.addItems(logic.colorMapNames())
        self._displayed: dict[str, Any] = {}

    @property
    def colorMap(self) -> str:
        """The name of the chosen one."""
        return str(self._colorMaps.currentText)

    def show(self, parameters: Any) -> None:
        """Have what changed of the display done by the logic."""
        names = self._logic.colorMapNames()
        colorMap = parameters.colorMap if parameters.colorMap in names else names[0]
        self._colorMaps.setCurrentIndex(names.index(colorMap))
        for name, apply, value in (
            ("opacity", self._logic.setOpacity, parameters.opacity),
            ("threshold", self._logic.setThreshold, parameters.threshold),
            ("outline", self._logic.setOutline, parameters.outline),
            ("allOutlined", self._logic.setAllOutlined, parameters.allOutlined),
            ("colorMap", self._logic.setColorMap, colorMap),
            ("doubted", self._logic.setDoubted, parameters.doubted.value),
        ):
            if self._displayed.get(name) != value:
                self._displayed[name] = value
                apply(value)
