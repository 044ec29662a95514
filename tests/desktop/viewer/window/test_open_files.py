from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PyQt5.QtCore import QMimeData, QPoint, Qt, QUrl
from PyQt5.QtGui import QDropEvent
from PyQt5.QtWidgets import QTreeWidget
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.viewer.window.main_window import MainWindow
from cxr_grounding_desktop.viewer.window.open_files import Kind, kind_of

from .driving import User, action, chosen, shown, volumes

ONE_WINDOW = True


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.dropEvent(QDropEvent(QPoint(5, 5), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier))


def test_what_a_path_is_shows_before_it_is_read(tmp_path: Path) -> None:
    assert kind_of(str(tmp_path)) is Kind.FOLDER
    assert kind_of("/x/scene.MRB") is kind_of("scene.mrml") is Kind.SCENE
    assert kind_of("/x/IM0001") is kind_of("film.png") is Kind.RADIOGRAPH


def test_ctrl_o_opens_a_radiograph(
    window: MainWindow, host: Host, user: User, phantom_file: Path, qtbot: QtBot
) -> None:
    user.open_path = str(phantom_file)
    qtbot.keyClick(window, Qt.Key_O, Qt.ControlModifier)
    assert chosen(host).GetName() == "phantom-2000012"
    assert shown(host) is chosen(host)
    qtbot.waitUntil(lambda: window.windowTitle().endswith("phantom-2000012.dcm - CXR Grounding"))


def test_no_file_chosen_changes_nothing(window: MainWindow, host: Host) -> None:
    action(window, "Open...").trigger()
    action(window, "Open folder...").trigger()
    assert volumes(host) == []
    assert window.strip.message == ""
    assert window.radiograph_list.isHidden()


@pytest.mark.parametrize(
    ("name", "said"),
    [("notes.txt", "is not an image"), ("A/study 1/IM0002", "is not a radiograph but CT"), ("gone.dcm", "no file")],
)
def test_what_is_no_radiograph_is_said_above_the_view_and_the_scene_stays(
    window: MainWindow, host: Host, folder: Path, name: str, said: str, qtbot: QtBot
) -> None:
    window.open_paths([str(folder / "phantom.dcm")])
    qtbot.wait(50)
    before = shown(host)
    window.open_paths([str(folder / name)])
    qtbot.wait(50)
    assert said in window.strip.message
    assert window.strip.isVisible()
    assert volumes(host) == ["phantom"]
    assert shown(host) is chosen(host) is before
    window.open_paths([str(folder / "A" / "study 1" / "IM0001")])
    assert window.strip.message == ""


def test_a_folder_fills_the_list_and_a_click_loads(
    window: MainWindow, host: Host, user: User, folder: Path, qtbot: QtBot
) -> None:
    user.folder_path = str(folder)
    action(window, "Open folder...").trigger()
    qtbot.waitUntil(lambda: window.radiograph_list.counts_text == "3 radiographs · 2 other files")
    assert window.radiograph_list.isVisible()
    assert volumes(host) == []  # nothing is loaded that nobody chose
    tree = window.radiograph_list.findChild(QTreeWidget)
    items = {
        group.child(row).text(0).split("\n")[-1]: group.child(row)
        for group in map(tree.topLevelItem, range(tree.topLevelItemCount()))
        for row in range(group.childCount())
    }

    def click(name: str) -> None:
        tree.scrollToItem(items[name])
        qtbot.mouseClick(tree.viewport(), Qt.LeftButton, pos=tree.visualItemRect(items[name]).center())
        qtbot.wait(20)

    click("phantom.dcm")
    first = shown(host)
    assert first.GetName() == "phantom"
    click("IM0001")
    assert shown(host).GetName() == "IM0001"
    click("film.png")
    assert shown(host).GetName() == "film"
    click("phantom.dcm")
    assert shown(host) is chosen(host) is first
    assert sorted(volumes(host)) == ["IM0001", "film", "phantom"]  # each was loaded once


def test_a_radiograph_that_the_panel_loaded_is_not_loaded_again(
    window: MainWindow, host: Host, phantom_file: Path
) -> None:
    host.widget.loadRadiograph(str(phantom_file))
    window.open_paths([str(phantom_file)])
    assert volumes(host) == ["phantom-2000012"]


def test_the_view_follows_the_panel_and_brings_the_heatmap_back(
    with_findings: MainWindow, host: Host, folder: Path, qtbot: QtBot
) -> None:
    first, composite = chosen(host), host.slice_logic.GetSliceCompositeNode()
    overlay = composite.GetLabelVolumeID()
    assert overlay
    with_findings.open_paths([str(folder / "A" / "study 1" / "IM0001")])
    assert composite.GetLabelVolumeID() is None
    host.widget.ui.radiographSelector.setCurrentNode(first)
    qtbot.waitUntil(lambda: shown(host) is first)
    qtbot.waitUntil(lambda: composite.GetLabelVolumeID() == overlay)


def test_the_list_and_the_title_follow_the_view_however_it_came_to_show_something(
    window: MainWindow, host: Host, user: User, folder: Path, qtbot: QtBot
) -> None:
    tree = window.radiograph_list.findChild(QTreeWidget)

    def marked() -> list[str]:
        return [Path(item.toolTip(0)).name for item in tree.selectedItems()]

    window.open_paths([str(folder)])
    qtbot.waitUntil(lambda: len(window.radiograph_list.entries) == 3)
    user.open_path = str(folder / "A" / "study 1" / "IM0001")
    action(window, "Open...").trigger()
    qtbot.waitUntil(lambda: marked() == ["IM0001"])
    assert "IM0001" in window.windowTitle()
    drop(window, folder / "phantom.dcm")
    qtbot.waitUntil(lambda: marked() == ["phantom.dcm"])
    host.close_scene()
    qtbot.waitUntil(lambda: marked() == [])


def test_whose_image_it_is_is_hidden_in_the_title_too(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    window.open_paths([str(folder / "A" / "study 1" / "IM0001")])
    qtbot.waitUntil(lambda: "IM0001" in window.windowTitle())
    assert window.frame.said().identity[-1] == "IM0001"
    action(window, "Show patient and file").trigger()
    assert window.windowTitle() == "CXR Grounding"
    assert window.frame.said().identity == ()
    action(window, "Show patient and file").trigger()
    assert window.frame.said().identity[-1] == "IM0001"


def test_a_lateral_says_so_beside_the_image_when_it_is_opened(
    window: MainWindow, make_dicom: Callable[..., Path], tmp_path: Path
) -> None:
    window.open_paths([str(make_dicom(tmp_path / "side.dcm", ViewPosition="LL"))])
    assert "view from the side" in window.frame.said().doubts[0]


def test_files_that_are_dropped_on_the_window_are_opened(
    window: MainWindow, host: Host, folder: Path, qtbot: QtBot
) -> None:
    drop(window, folder / "phantom.dcm")
    assert volumes(host) == ["phantom"]
    drop(window, folder)
    qtbot.waitUntil(lambda: len(window.radiograph_list.entries) == 3)


def test_several_files_are_listed_and_the_first_radiograph_is_loaded(
    window: MainWindow, host: Host, folder: Path, qtbot: QtBot
) -> None:
    window.view.files_dropped.emit([str(folder / "notes.txt"), str(folder / "phantom.dcm"), str(folder / "film.png")])
    qtbot.waitUntil(lambda: window.radiograph_list.counts_text == "2 radiographs · 1 other file")
    qtbot.waitUntil(lambda: volumes(host) == ["phantom"])


def test_a_scene_is_not_opened_among_other_files(window: MainWindow, host: Host, folder: Path) -> None:
    drop(window, folder / "phantom.dcm", folder / "scene.mrb")
    assert "by itself" in window.strip.message
    assert volumes(host) == []


def test_recent_files_are_offered_and_opened(window: MainWindow, host: Host, folder: Path) -> None:
    window.menus.fill_recent()
    assert not action(window, "None yet").isEnabled()
    window.open_paths([str(folder / "phantom.dcm")])
    window.open_paths([str(folder / "notes.txt")])  # not remembered: it could not be opened
    host.close_scene()
    window.menus.fill_recent()
    action(window, f"1  {folder / 'phantom.dcm'}").trigger()
    assert volumes(host) == ["phantom"]
    assert window.recent.paths == [str(folder / "phantom.dcm")]


def test_a_recent_file_that_is_gone_leaves_the_list_with_a_sentence(window: MainWindow, folder: Path) -> None:
    gone = folder / "gone & lost.dcm"
    shutil.copy(folder / "phantom.dcm", gone)
    window.open_paths([str(gone)])
    gone.unlink()
    window.menus.fill_recent()
    next(each for each in window.menus.actions if each.text().startswith("&1")).trigger()
    assert window.strip.message == f"{gone} is not there any more. It was taken from the list of recent files."
    assert window.recent.paths == []


def test_the_samples_of_the_module_are_offered_and_loaded(window: MainWindow, host: Host) -> None:
    window.menus.fill_samples()
    action(window, "Chest phantom (pneumothorax, effusion)").trigger()
    assert volumes(host) == ["phantom-2000012"]
    assert shown(host) is chosen(host)
