"""Tool tips read back as Slicer's application leaves them."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5.QtWidgets import QAction, QTableWidget, QTableWidgetItem

from cxr_grounding_desktop.slicer_stand_in.host import Host


@pytest.mark.parametrize(
    ("set_to", "reads"),
    [
        ("Select a radiograph.", "<p>Select a radiograph.</p>"),
        ("heat < 5 & more", "<p>heat &lt; 5 &amp; more</p>"),
        ("first\nsecond", "<p>first<br>\nsecond</p>"),
        ("<b>Stop</b> it.", "<b>Stop</b> it."),
        ("", ""),
    ],
)
def test_a_plain_tool_tip_becomes_rich_text(host_names: Host, set_to: str, reads: str) -> None:
    import qt

    by_method, by_property = qt.QLabel(), qt.QLabel()
    by_method.setToolTip(set_to)
    by_property.toolTip = set_to
    assert (by_method.toolTip, by_property.toolTip) == (reads, reads)
    by_method.setToolTip("")
    assert by_method.toolTip == ""


def test_the_tool_tips_of_a_ui_file_are_rich_text_too(host: Host) -> None:
    assert host.widget.ui.opacitySlider.toolTip == "<p>How strongly the heatmap covers the radiograph.</p>"


def test_tool_tips_of_actions_and_of_items_stay_plain(qtbot: Any) -> None:
    table, action, item = QTableWidget(1, 1), QAction("Open"), QTableWidgetItem("phrase")
    qtbot.addWidget(table)
    table.setItem(0, 0, item)
    for one in (action, item):
        one.setToolTip("plain")
        assert one.toolTip() == "plain"
