"""CTK's widgets as the module sees them."""

from __future__ import annotations

import pytest

from cxr_grounding_desktop.slicer_stand_in.host import Host


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


@pytest.mark.parametrize(
    ("name", "setters"),
    [
        ("ctkSliderWidget", ("setMinimum", "setMaximum", "setRange", "setSingleStep", "setSuffix")),
        ("ctkCollapsibleButton", ("setCollapsed",)),
        ("ctkMessageBox", ("setDontShowAgainVisible",)),
    ],
)
def test_setters_that_are_no_slots_in_ctk_are_not_seen(host_names: Host, name: str, setters: tuple[str, ...]) -> None:
    import ctk

    widget = getattr(ctk, name)()
    for setter in setters:
        with pytest.raises(AttributeError, match=setter):
            getattr(widget, setter)
    widget.setToolTip("Qt's own are")


def test_setters_that_are_slots_in_ctk_are_seen(host_names: Host) -> None:
    import ctk

    slider = ctk.ctkSliderWidget()
    slider.setDecimals(1)
    slider.setValue(0.3)
    assert (slider.decimals, slider.value) == (1, 0.3)
