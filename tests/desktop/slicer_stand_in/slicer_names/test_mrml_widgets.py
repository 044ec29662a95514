"""The list of a scene's nodes, on a real scene; what Slicer's does, read from its sources, is pinned here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import slicer
from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QComboBox

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.scene import new_scene
from cxr_grounding_desktop.slicer_stand_in.slicer_names.mrml_widgets import qMRMLNodeComboBox, qMRMLWidget

VOLUME, LABELS, VECTOR = "vtkMRMLScalarVolumeNode", "vtkMRMLLabelMapVolumeNode", "vtkMRMLVectorVolumeNode"


class Selector:
    """A list of volumes, and the names that it said became current.

    Args:
        properties: to be set before the scene; there are no entries that add or remove unless they are named.
    """

    def __init__(self, qtbot: Any, scene: Any, **properties: Any) -> None:
        self.widget = qMRMLNodeComboBox()
        qtbot.addWidget(self.widget)
        self.told: list[str | None] = []
        self.widget.currentNodeChanged.connect(lambda node: self.told.append(None if node is None else node.GetName()))
        for name, value in {"nodeTypes": [VOLUME], "addEnabled": False, "removeEnabled": False, **properties}.items():
            if value is not None:
                self.widget.setProperty(name, value)
        self.widget.setMRMLScene(scene)

    @property
    def current(self) -> str | None:
        node = self.widget.currentNode()
        return None if node is None else node.GetName()

    @property
    def entries(self) -> list[str]:
        """All that is listed, as the user sees it."""
        combo_box = self.widget.findChild(QComboBox)
        return [combo_box.itemText(row) for row in range(combo_box.count())]

    def news(self) -> list[str | None]:
        """What was told since the last call."""
        told, self.told[:] = list(self.told), []
        return told


def add(scene: Any, name: str, class_name: str = VOLUME) -> Any:
    return scene.AddNewNodeByClass(class_name, name)


def observers(*observed: Any) -> int:
    """How many of the events that a selector follows are observed."""
    events = slicer.vtkMRMLScene
    followed = (
        events.NodeAddedEvent,
        events.NodeAboutToBeRemovedEvent,
        events.EndImportEvent,
        slicer.vtkMRMLNode.IDChangedEvent,
    )
    return sum(bool(one.HasObserver(event)) for one in observed for event in followed)


def test_without_a_scene_it_is_empty_and_disabled(qtbot: Any) -> None:
    selector = Selector(qtbot, None, noneEnabled=True)
    assert not selector.widget.isEnabled()
    assert (selector.widget.nodeCount(), selector.entries, selector.current) == (0, [], None)


def test_its_properties_begin_as_in_slicer(qtbot: Any) -> None:
    widget = qMRMLNodeComboBox()
    qtbot.addWidget(widget)
    assert (widget.nodeTypes, widget.showChildNodeTypes, widget.showHidden) == ([], True, False)
    assert (widget.noneEnabled, widget.noneDisplay) == (False, "None")
    assert (widget.addEnabled, widget.removeEnabled, widget.selectNodeUponCreation) == (True, True, True)
    assert widget.currentNodeID == ""


def test_nodes_are_listed_in_the_scene_s_order_after_none(qtbot: Any, scene: Any) -> None:
    add(scene, "b")
    add(scene, "a")
    selector = Selector(qtbot, scene, noneEnabled=True, noneDisplay="Select a radiograph")
    add(scene, "c")
    assert selector.entries == ["Select a radiograph", "b", "a", "c"]
    assert (selector.widget.nodeCount(), selector.current) == (3, None)
    assert selector.widget.isEnabled()
    selector.widget.setNoneDisplay("Nothing")
    assert selector.entries[0] == "Nothing"


@pytest.mark.parametrize(("children", "listed"), [(True, ["v", "l", "c"]), (False, ["v"])])
def test_derived_classes_are_listed_unless_that_is_turned_off(
    qtbot: Any, scene: Any, children: bool, listed: list[str]
) -> None:
    selector = Selector(qtbot, scene, showChildNodeTypes=children)
    for name, class_name in (("v", VOLUME), ("l", LABELS), ("c", VECTOR), ("m", "vtkMRMLModelNode")):
        add(scene, name, class_name)
    assert selector.entries == listed
    selector.widget.setNodeTypes([VECTOR, ""])
    assert selector.entries == ["c"]


def test_hidden_nodes_are_left_out_unless_they_are_asked_for(qtbot: Any, scene: Any) -> None:
    hidden = scene.CreateNodeByClass(VOLUME)
    hidden.SetName("hidden")
    hidden.HideFromEditorsOn()
    scene.AddNode(hidden)
    add(scene, "seen")
    selector = Selector(qtbot, scene)
    assert selector.entries == ["seen"]
    selector.widget.setShowHidden(True)
    assert selector.entries == ["hidden", "seen"]


def test_a_node_that_gets_hidden_leaves_with_the_next_change_of_its_name(qtbot: Any, scene: Any) -> None:
    # Slicer's model does not look at the flag; the list is filtered anew when a text in it changes.
    node = add(scene, "a")
    selector = Selector(qtbot, scene, noneEnabled=True)
    selector.widget.setCurrentNode(node)
    node.HideFromEditorsOn()
    assert selector.current == "a"
    node.SetName("b")
    assert (selector.entries, selector.current) == (["None"], None)


@pytest.mark.parametrize(("none", "entries", "told"), [(True, None, []), (False, None, ["a"]), (False, True, [])])
def test_a_first_node_becomes_current_only_where_nothing_else_is_listed(
    qtbot: Any, scene: Any, none: bool, entries: bool | None, told: list[str]
) -> None:
    kept = {"addEnabled": None} if entries else {}
    selector = Selector(qtbot, scene, noneEnabled=none, **kept)
    selector.news()
    add(scene, "a")
    add(scene, "b")
    assert selector.news() == told
    assert selector.current == (told[0] if told else None)


@pytest.mark.parametrize(("none", "current"), [(True, None), (False, "a")])
def test_a_scene_that_has_nodes_makes_the_first_entry_current(qtbot: Any, scene: Any, none: bool, current: Any) -> None:
    add(scene, "a")
    add(scene, "b")
    selector = Selector(qtbot, scene, noneEnabled=none)
    assert (selector.current, selector.news()[-1]) == (current, current)


@pytest.mark.parametrize("has_nodes", [True, False])
def test_a_scene_is_told_as_no_node_once_more_where_none_can_be_chosen(qtbot: Any, scene: Any, has_nodes: bool) -> None:
    if has_nodes:
        add(scene, "a")
    assert Selector(qtbot, scene, noneEnabled=True).news() == [None, None]
    assert Selector(qtbot, scene, noneEnabled=False).news() == (["a"] if has_nodes else [None])


def test_what_was_asked_for_before_there_was_a_scene_becomes_current(qtbot: Any, scene: Any) -> None:
    add(scene, "a")
    b = add(scene, "b")
    for ask in (lambda widget: widget.setCurrentNode(b), lambda widget: widget.setCurrentNodeID(b.GetID())):
        selector = Selector(qtbot, None, noneEnabled=True)
        ask(selector.widget)
        assert selector.current is None
        selector.widget.setMRMLScene(scene)
        assert (selector.current, selector.news()) == ("b", [None, "b"])


def test_a_chosen_node_is_told_once_with_its_id(qtbot: Any, scene: Any) -> None:
    a, b = add(scene, "a"), add(scene, "b")
    selector = Selector(qtbot, scene, noneEnabled=True)
    selector.news()
    ids: list[str] = []
    selector.widget.currentNodeIDChanged.connect(ids.append)
    selector.widget.setCurrentNode(b)
    selector.widget.setCurrentNode(b)
    selector.widget.setCurrentNodeID(a.GetID())
    assert selector.widget.currentNode() is a
    assert selector.widget.currentNodeID == a.GetID()
    selector.widget.setCurrentNode(None)
    assert selector.news() == ["b", "a", None]
    assert ids == [b.GetID(), a.GetID(), ""]


def test_a_node_that_is_not_listed_cannot_be_chosen(qtbot: Any, scene: Any) -> None:
    a, model = add(scene, "a"), add(scene, "m", "vtkMRMLModelNode")
    for none in (True, False):
        selector = Selector(qtbot, scene, noneEnabled=none)
        selector.widget.setCurrentNode(a)
        selector.widget.setCurrentNode(model)
        assert selector.current is None
        selector.widget.setCurrentNode(a)
        selector.widget.setCurrentNodeID("vtkMRMLScalarVolumeNode99")
        assert selector.current is None


def test_two_nodes_of_one_name_are_two(qtbot: Any, scene: Any) -> None:
    first, second = add(scene, "same"), add(scene, "same")
    selector = Selector(qtbot, scene, noneEnabled=True)
    selector.news()
    selector.widget.setCurrentNode(first)
    selector.widget.setCurrentNode(second)
    assert selector.news() == ["same", "same"]
    assert selector.widget.currentNode() is second
    scene.RemoveNode(second)
    assert selector.widget.currentNode() is first


def test_a_new_name_is_shown_and_told_of_the_current_node(qtbot: Any, scene: Any) -> None:
    a, b = add(scene, "a"), add(scene, "b")
    selector = Selector(qtbot, scene, noneEnabled=True)
    selector.widget.setCurrentNode(a)
    selector.news()
    b.SetName("beta")
    assert selector.news() == []
    a.SetName("alpha")
    assert selector.news() == ["alpha"]
    assert selector.entries == ["None", "alpha", "beta"]


@pytest.mark.parametrize(
    ("none", "names", "removed", "then"),
    [
        (True, "abc", "b", "c"),
        (True, "abc", "c", "b"),
        (True, "a", "a", None),
        (False, "abc", "a", "b"),
        (False, "abc", "c", "b"),
        (False, "a", "a", None),
    ],
)
def test_when_the_current_node_is_removed_the_next_one_becomes_current_or_else_the_entry_before(
    qtbot: Any, scene: Any, none: bool, names: str, removed: str, then: str | None
) -> None:
    nodes = {name: add(scene, name) for name in names}
    selector = Selector(qtbot, scene, noneEnabled=none)
    selector.widget.setCurrentNode(nodes[removed])
    selector.news()
    scene.RemoveNode(nodes[removed])
    assert (selector.current, selector.news()) == (then, [then])


def test_the_removal_of_another_node_leaves_the_current_one(qtbot: Any, scene: Any) -> None:
    a, b = add(scene, "a"), add(scene, "b")
    selector = Selector(qtbot, scene, noneEnabled=True)
    selector.widget.setCurrentNode(b)
    scene.RemoveNode(a)
    assert selector.current == "b"
    assert observers(a) == 0


def test_a_node_is_listed_when_others_hear_that_it_was_added(qtbot: Any, scene: Any) -> None:
    selector, listed = Selector(qtbot, scene), []
    tag = scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, lambda *_: listed.append(selector.entries))
    add(scene, "a")
    scene.RemoveObserver(tag)
    assert listed == [["a"]]


def test_closing_the_scene_empties_the_list_and_tells_it_once(qtbot: Any, scene: Any) -> None:
    nodes = [add(scene, name) for name in "abc"]
    selector = Selector(qtbot, scene, noneEnabled=True)
    selector.widget.setCurrentNode(nodes[1])
    selector.news()
    scene.Clear(False)
    assert (selector.entries, selector.news()) == (["None"], [None])
    assert observers(*nodes) == 0
    add(scene, "d")
    assert selector.entries == ["None", "d"]


def test_an_imported_scene_is_listed_at_its_end_with_none_chosen(qtbot: Any, scene: Any, tmp_path: Path) -> None:
    add(scene, "saved")
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Commit()
    selector = Selector(qtbot, scene, noneEnabled=True)
    selector.widget.setCurrentNode(scene.GetFirstNodeByName("saved"))
    listed: list[list[str]] = []

    def note(*_: Any) -> None:
        if scene.IsImporting():
            listed.append(selector.entries)

    tag = scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, note)
    selector.news()
    scene.Import()
    scene.RemoveObserver(tag)
    assert listed == [["None", "saved"]]
    assert selector.entries == ["None", "saved", "saved"]
    assert (selector.current, selector.news()) == (None, [None])
    scene.GetNodesByName("saved").GetItemAsObject(1).SetName("again")
    assert selector.entries == ["None", "saved", "again"]


def test_nodes_are_listed_at_once_during_a_batch_of_changes(qtbot: Any, scene: Any) -> None:
    # Slicer's model can wait for the end of one (lazyUpdate), but this list does not ask it to.
    selector = Selector(qtbot, scene)
    scene.StartState(slicer.vtkMRMLScene.BatchProcessState)
    add(scene, "a")
    assert selector.entries == ["a"]
    scene.EndState(slicer.vtkMRMLScene.BatchProcessState)
    assert selector.entries == ["a"]


def test_no_scene_means_no_nodes_and_no_observers(qtbot: Any, scene: Any) -> None:
    node = add(scene, "a")
    selector = Selector(qtbot, scene, noneEnabled=True)
    selector.widget.setCurrentNode(node)
    assert observers(scene, node) > 0
    selector.news()
    selector.widget.setMRMLScene(None)
    assert (selector.entries, selector.current, selector.widget.mrmlScene()) == ([], None, None)
    assert not selector.widget.isEnabled()
    assert observers(scene, node) == 0
    assert selector.news() == []  # as in Slicer, which tells nothing while it changes scenes
    add(scene, "b")
    assert selector.entries == []


def test_another_scene_takes_the_place_of_the_first(qtbot: Any, scene: Any, tmp_path: Path) -> None:
    node = add(scene, "a")
    selector = Selector(qtbot, scene, noneEnabled=True)
    other = new_scene(tmp_path / "other")
    add(other, "b")
    selector.widget.setMRMLScene(other)
    assert selector.entries == ["None", "b"]
    assert observers(scene, node) == 0


@pytest.mark.parametrize("name", ["addEnabled", "removeEnabled"])
def test_entries_that_this_host_does_not_have_are_refused_by_name(qtbot: Any, name: str) -> None:
    widget = qMRMLNodeComboBox()
    qtbot.addWidget(widget)
    with pytest.raises(NotImplementedError, match=name):
        getattr(widget, f"set{name[0].upper()}{name[1:]}")(True)
    widget.setProperty(name, False)
    assert widget.property(name) is False


def test_the_user_chooses_with_the_keyboard_but_never_the_line_of_missing_entries(qtbot: Any, scene: Any) -> None:
    add(scene, "a")
    add(scene, "b")
    selector = Selector(qtbot, scene, addEnabled=None)
    combo_box = selector.widget.findChild(QComboBox)
    for _ in range(3):
        qtbot.keyClick(combo_box, Qt.Key_Down)
    assert (selector.current, selector.entries) == ("b", ["a", "b", ""])
    assert selector.widget.nodeCount() == 2


def test_a_long_name_does_not_make_the_list_wide(qtbot: Any, scene: Any) -> None:
    selector = Selector(qtbot, scene)
    width = selector.widget.sizeHint().width()
    add(scene, "a very long name " * 20)
    assert selector.widget.sizeHint().width() == width


def test_a_widget_tells_only_another_scene(qtbot: Any, scene: Any) -> None:
    widget, told = qMRMLWidget(), []
    qtbot.addWidget(widget)
    widget.mrmlSceneChanged.connect(told.append)
    for one in (scene, scene, None, None):
        widget.setMRMLScene(one)
        assert widget.mrmlScene() is one
    assert told == [scene, None]


def test_the_module_sees_it_as_slicer_shows_it(host_names: Host) -> None:
    selector, told = slicer.qMRMLNodeComboBox(), []
    selector.nodeTypes = [VOLUME, VECTOR]
    assert selector.nodeTypes == (VOLUME, VECTOR)
    selector.noneEnabled = True
    selector.setMRMLScene(slicer.mrmlScene)
    selector.connect("currentNodeChanged(vtkMRMLNode*)", told.append)
    selector.connect("currentNodeIDChanged(QString)", told.append)
    node = add(slicer.mrmlScene, "a")
    selector.setCurrentNode(node)
    assert told == [node, node.GetID()]
    with pytest.raises(AttributeError, match="setNodeTypes"):
        selector.setNodeTypes([VOLUME])  # no slot, so Python does not see it in Slicer
    with pytest.raises(AttributeError, match="renameEnabled"):
        selector.renameEnabled = True  # Slicer has it, and this host not
