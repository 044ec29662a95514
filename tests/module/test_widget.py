"""What a panel must keep to in Slicer's own Qt bindings, read from its source: Qt itself is not here."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE = Path(__file__).parents[2] / "CXRGrounding"
LIBRARY = MODULE / "CXRGroundingLib"
PANEL = [MODULE / "CXRGrounding.py", LIBRARY / "install.py", *sorted(LIBRARY.glob("widget*.py"))]
SPEAKING = [*PANEL, LIBRARY / "texts.py", LIBRARY / "parameters.py"]
"""Files with words for the user."""

QT_PROPERTIES = {
    *("checkable", "checked", "collapsed", "columnCount", "count", "currentIndex", "currentNodeID", "currentText"),
    *("decimals", "editable", "enabled", "format", "height", "html", "icon", "interval", "maximum", "minimum", "name"),
    *("objectName", "placeholderText", "plainText", "pos", "rowCount", "singleShot", "singleStep", "size", "sizeHint"),
    *("suffix", "text", "title", "toolTip", "value", "visible", "width", "windowTitle"),
}
"""In Slicer these are attributes; calling them is an error there. Asking with an argument is another thing."""

SHOWN = {
    *(
        "setText",
        "setToolTip",
        "setFormat",
        "setPlaceholderText",
        "setWindowTitle",
        "showStatusMessage",
        "_showMessage",
    ),
    *("confirmOkCancelDisplay", "_stop", "_add", "_enable", "addItem", "InstallError"),
}
"""Calls whose text the user reads."""


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def called(node: ast.Call) -> str:
    """The bare name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def parametrized(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.name)


@parametrized([*PANEL, LIBRARY / "self_test.py"])
def test_properties_of_qt_are_not_called(path: Path) -> None:
    assert not [
        ast.unparse(node)
        for node in calls(path)
        if isinstance(node.func, ast.Attribute)
        and called(node) in QT_PROPERTIES
        and not node.args
        and not node.keywords
    ]


@parametrized(PANEL)
def test_nothing_is_assigned_to_a_widget(path: Path) -> None:
    targets = [
        target
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        for target in node.targets
    ]
    assert not [ast.unparse(t) for t in targets if re.search(r"\b_?ui\.\w", ast.unparse(t))]


@parametrized(PANEL)
def test_signals_are_connected_by_their_cpp_signature(path: Path) -> None:
    for node in calls(path):
        if called(node) == "connect":
            signature, slot = node.args
            assert isinstance(signature, ast.Constant), ast.unparse(node)
            assert re.fullmatch(r"\w+\((\w+\*?(,\w+\*?)*)?\)", signature.value)
            assert isinstance(slot, ast.Attribute | ast.Name | ast.Lambda)


@parametrized(PANEL)
def test_no_thread_is_started(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(threading|concurrent|multiprocessing|asyncio|QThread|QtConcurrent)\b", source)


def bare(node: ast.expr) -> bool:
    """Whether an argument can be a text that was not translated."""
    if isinstance(node, ast.IfExp):
        return bare(node.body) or bare(node.orelse)
    if isinstance(node, ast.BoolOp):
        return any(bare(value) for value in node.values)
    if isinstance(node, ast.BinOp):
        return bare(node.left) or bare(node.right)
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""
    )


@parametrized(SPEAKING)
def test_what_the_user_reads_goes_through_the_translation(path: Path) -> None:
    shown = [node for node in calls(path) if called(node) in SHOWN]
    assert not [ast.unparse(node) for node in shown if any(bare(argument) for argument in node.args)]


@parametrized(SPEAKING)
def test_a_translated_text_is_one_literal_whose_fields_are_filled_afterwards(path: Path) -> None:
    filled, every_call = {}, list(calls(path))
    for node in every_call:
        if called(node) == "format" and isinstance(node.func.value, ast.Call) and called(node.func.value) == "_":
            filled[id(node.func.value)] = {keyword.arg for keyword in node.keywords}
    for node in every_call:
        if called(node) == "_":
            (text,) = node.args
            assert isinstance(text, ast.Constant), ast.unparse(node)
            assert isinstance(text.value, str)
            fields = {name for _, name, _, _ in string.Formatter().parse(text.value) if name is not None}
            given = filled.get(id(node), set())
            assert fields == given or (None in given and given - {None} <= fields), text.value


def test_every_slot_that_asks_the_logic_tells_its_errors() -> None:
    """Qt swallows what a slot raises: the panel would stand still without a word."""
    for path in sorted(LIBRARY.glob("widget*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        methods = {n.name: ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        for node in calls(path):
            if called(node) in ("connect", "addObserver") and isinstance(node.args[-1], ast.Attribute):
                body = methods[node.args[-1].attr]
                asks = re.search(r"logic\.|_run\.|_findings\.", body)
                assert not asks or "with self._errorsTold()" in body or "with self._guard()" in body, node.args[-1].attr


def test_the_doorway_holds_the_four_classes_that_slicer_asks_for() -> None:
    tree = ast.parse((MODULE / "CXRGrounding.py").read_text(encoding="utf-8"))
    classes = {
        node.name: [ast.unparse(base) for base in node.bases] for node in tree.body if isinstance(node, ast.ClassDef)
    }
    assert classes == {
        "CXRGrounding": ["ScriptedLoadableModule"],
        "CXRGroundingLogic": ["GroundingLogic", "ScriptedLoadableModuleLogic"],
        "CXRGroundingWidget": ["GroundingWidget"],
        "CXRGroundingTest": ["self_test.GroundingTest"],
    }
    names = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    assert not {name for name in names if name.endswith("Test")}, "unittest would run those once more"


def test_the_module_folder_holds_no_other_module() -> None:
    assert [path.name for path in MODULE.glob("*.py")] == ["CXRGrounding.py"]
