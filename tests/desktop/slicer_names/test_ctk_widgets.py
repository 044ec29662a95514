"""CTK's widgets as the module sees them."""

from __future__ import annotations

import pytest

from cxr_grounding_desktop.host import Host


def test_the_module_sees_them_as_ctk_shows_them(host_names: Host) -> None:
    import ctk

    slider = ctk.ctkSliderWidget()
    slider.maximum = 1
    slider.value = 0.25
    values: list[float] = []
    slider.connect("valueChanged(double)", values.append)
    slider.value = 0.75
    assert (slider.value, values) == (0.75, [0.75])
    with pytest.raises(AttributeError, match="tracking"):
        slider.tracking = False  # CTK has it, and this host not
    section = ctk.ctkCollapsibleButton()
    section.text, section.collapsed = "Inputs", True
    assert (section.text, section.collapsed, section.checked) == ("Inputs", True, False)
    box = ctk.ctkMessageBox()
    box.text, box.dontShowAgainSettingsKey = "Hello", "Messages/Hello"
    assert (box.text, box.dontShowAgainVisible) == ("Hello", True)
