from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtGui import QFont, QFontMetrics
from PyQt5.QtWidgets import QApplication, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.viewer.window.folder_scan import FolderScan
from cxr_grounding_desktop.viewer.window.names import Common, shortened
from cxr_grounding_desktop.viewer.window.radiograph_list import PICTURES_GROUP, UNKNOWN_PATIENT, RadiographList


@pytest.fixture
def scan() -> FolderScan:
    return FolderScan(tick_seconds=0)


@pytest.fixture
def listed(qtbot: QtBot, scan: FolderScan) -> RadiographList:
    """An empty list on the screen."""
    made = RadiographList(scan)
    qtbot.addWidget(made)
    made.resize(260, 500)
    made.show()
    return made


def filled(qtbot: QtBot, listed: RadiographList, scan: FolderScan, *roots: Path, **options: bool) -> QTreeWidget:
    with qtbot.waitSignal(scan.finished):
        listed.look_through([str(root) for root in roots], **options)
    return listed.findChild(QTreeWidget)


def click(qtbot: QtBot, tree: QTreeWidget, group: int, row: int) -> None:
    place = tree.visualItemRect(tree.topLevelItem(group).child(row)).center()
    qtbot.mouseClick(tree.viewport(), Qt.LeftButton, pos=QPoint(place))


def groups_of(tree: QTreeWidget) -> dict[str, list[str]]:
    groups = map(tree.topLevelItem, range(tree.topLevelItemCount()))
    return {group.text(0): [group.child(row).text(0) for row in range(group.childCount())] for group in groups}


def test_radiographs_stand_under_their_patient_and_pictures_come_last(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, make_dicom: Callable[..., Path], tmp_path: Path
) -> None:
    top = tmp_path / "films"
    top.mkdir()
    (top / "a.png").write_bytes(b"picture")
    make_dicom(top / "b", PatientName="Doe^Jane", PatientID="1", ViewPosition="PA", StudyDate="20200102")
    make_dicom(top / "c", PatientName="", PatientID="", ViewPosition="AP", StudyDate="")
    make_dicom(top / "d", PatientName="Doe^Jane", PatientID="1", ViewPosition="", StudyDate="")
    tree = filled(qtbot, listed, scan, top)
    assert list(groups_of(tree).items()) == [
        ("Doe, Jane · 1", ["PA · 2020-01-02\nb", "d"]),
        (UNKNOWN_PATIENT, ["AP\nc"]),
        (PICTURES_GROUP, ["a.png"]),
    ]


def test_it_says_how_many_were_found_and_left_out(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, folder: Path
) -> None:
    filled(qtbot, listed, scan, folder)
    assert listed.counts_text == "3 radiographs · 2 other files"
    filled(qtbot, listed, scan, folder / "A" / "study 1")
    assert listed.counts_text == "1 radiograph · 1 other file"
    filled(qtbot, listed, scan, folder / "notes.txt")
    assert listed.counts_text == "0 radiographs · 1 other file"
    assert listed.entries == []


def test_a_click_chooses_once_and_a_second_click_chooses_again(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, folder: Path
) -> None:
    tree, chosen = filled(qtbot, listed, scan, folder), []
    listed.chosen.connect(chosen.append)
    click(qtbot, tree, 0, 0)
    qtbot.wait(300)  # longer than an arrow key is waited for
    assert chosen == [listed.entries[0]]
    click(qtbot, tree, 0, 0)
    assert chosen == [listed.entries[0]] * 2


def test_an_arrow_key_chooses_what_it_comes_to_rest_on(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, make_dicom: Callable[..., Path], tmp_path: Path
) -> None:
    top = tmp_path / "films"
    top.mkdir()
    for name in "abcd":
        make_dicom(top / name)
    tree, chosen = filled(qtbot, listed, scan, top), []
    click(qtbot, tree, 0, 0)
    listed.chosen.connect(chosen.append)
    for _ in range(3):
        qtbot.keyClick(tree, Qt.Key_Down)
    assert chosen == []
    qtbot.waitUntil(lambda: chosen != [])
    assert chosen == [str(top / "d")]


def test_a_click_on_a_patient_chooses_nothing(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, folder: Path
) -> None:
    tree, chosen = filled(qtbot, listed, scan, folder), []
    listed.chosen.connect(chosen.append)
    qtbot.mouseClick(tree.viewport(), Qt.LeftButton, pos=tree.visualItemRect(tree.topLevelItem(0)).center())
    assert tree.topLevelItem(0).isExpanded()
    qtbot.wait(300)
    assert chosen == []


def test_the_focus_alone_chooses_nothing(qtbot: QtBot, listed: RadiographList, scan: FolderScan, folder: Path) -> None:
    tree, chosen = filled(qtbot, listed, scan, folder), []
    listed.chosen.connect(chosen.append)
    listed.activateWindow()
    tree.setFocus(Qt.TabFocusReason)
    qtbot.wait(300)
    assert chosen == []


def test_the_first_one_is_chosen_when_that_is_asked_for(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, folder: Path
) -> None:
    chosen: list[str] = []
    listed.chosen.connect(chosen.append)
    files = [folder / "notes.txt", folder / "phantom.dcm", folder / "A" / "study 1" / "IM0001"]
    filled(qtbot, listed, scan, *files, choose_first=True)
    assert chosen == [str(folder / "phantom.dcm")]


def test_what_the_view_shows_is_marked_without_being_chosen(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, folder: Path
) -> None:
    tree, chosen = filled(qtbot, listed, scan, folder), []
    listed.chosen.connect(chosen.append)
    for path in listed.entries:
        listed.mark(path)
        assert [item.toolTip(0) for item in tree.selectedItems()] == [path]
    listed.mark("/elsewhere/chest.dcm")
    assert tree.selectedItems() == []
    qtbot.wait(300)  # longer than an arrow key is waited for
    assert chosen == []


def test_long_names_keep_what_tells_them_apart(qapp: QApplication) -> None:
    names = [f"radiograph-of-the-chest-of-the-same-patient-{number:04}-as-exported.dcm" for number in (17, 18, 1234)]
    common, metrics = Common(), QFontMetrics(QFont("DejaVu Sans", 10))
    for name in names:
        common = common.with_name(name)
    for name, differs in zip(names, ("0017", "0018", "1234"), strict=True):
        short = shortened(name, common, metrics, 140)
        assert differs in short
        assert metrics.horizontalAdvance(short) <= 140
        assert shortened(name, common, metrics, 2000) == name


def test_a_scan_is_stopped_by_its_button_and_what_was_found_stays(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, folder: Path
) -> None:
    for number in range(200):
        (folder / "A" / f"{number}.txt").write_text("nothing")
    button = listed.findChild(QPushButton)
    assert not button.isVisible()
    with qtbot.waitSignal(scan.found):
        listed.look_through([str(folder)])
    assert button.isVisible()
    qtbot.waitUntil(lambda: listed.entries != [])
    qtbot.mouseClick(button, Qt.LeftButton)
    assert not scan.is_running
    assert listed.counts_text.endswith("until it was stopped")
    assert "IM0001" not in [Path(path).name for path in listed.entries]  # it lies behind the texts
    assert not button.isVisible()


def test_a_second_folder_takes_the_place_of_the_first(
    qtbot: QtBot, listed: RadiographList, scan: FolderScan, folder: Path
) -> None:
    filled(qtbot, listed, scan, folder)
    filled(qtbot, listed, scan, folder / "A")
    assert [Path(path).name for path in listed.entries] == ["IM0001"]
