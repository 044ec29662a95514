"""What a panel must keep to in Slicer's own Qt bindings, read from its source: Qt itself is not here."""

from __future__ import annotations

import ast
import re
import string

from sources import ROOT, assert_none, at, called, calls, parsed

MODULE = ROOT / "CXRGrounding"
LIBRARY = MODULE / "CXRGroundingLib"
PANEL = [MODULE / "CXRGrounding.py", LIBRARY / "install.py", *sorted(LIBRARY.glob("widget*.py"))]
SPEAKING = [*PANEL, LIBRARY / "texts.py", LIBRARY / "report_texts.py", LIBRARY / "parameters.py"]
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


TAKING_TEXT = {
    *("setText", "setToolTip", "setFormat", "setPlainText", "setEditText", "setItemData", "addItem"),
    *("QTableWidgetItem", "showStatusMessage", "errorDisplay"),
}
"""Calls that hand a text to Qt."""


def test_properties_of_qt_are_not_called() -> None:
    assert_none(
        [
            at(path, node)
            for path in (*PANEL, LIBRARY / "self_test.py")
            for node in calls(path)
            if isinstance(node.func, ast.Attribute)
            and called(node) in QT_PROPERTIES
            and not node.args
            and not node.keywords
        ]
    )


def test_nothing_is_assigned_to_a_widget() -> None:
    assert_none(
        [
            at(path, target)
            for path in PANEL
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Assign)
            for target in node.targets
            if re.search(r"\b_?ui\.\w", ast.unparse(target))
        ]
    )


def connects_by_signature(node: ast.Call) -> bool:
    """Whether a call of `connect` names the signal as C++ declares it, and a function that is there."""
    signature, slot = node.args
    return (
        isinstance(signature, ast.Constant)
        and re.fullmatch(r"\w+\((\w+\*?(,\w+\*?)*)?\)", signature.value) is not None
        and isinstance(slot, ast.Attribute | ast.Name | ast.Lambda)
    )


def test_signals_are_connected_by_their_cpp_signature() -> None:
    connected = [(path, node) for path in PANEL for node in calls(path) if called(node) == "connect"]
    assert len(connected) > 10
    assert_none([at(path, node) for path, node in connected if not connects_by_signature(node)])


def test_no_thread_is_started() -> None:
    words = re.compile(r"\b(threading|concurrent|multiprocessing|asyncio|QThread|QtConcurrent)\b")
    assert_none(
        [f"{path.name} names {word}" for path in PANEL for word in words.findall(path.read_text(encoding="utf-8"))]
    )


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


def test_what_the_user_reads_goes_through_the_translation() -> None:
    shown = [(path, node) for path in SPEAKING for node in calls(path) if called(node) in SHOWN]
    assert len(shown) > 20
    assert_none([at(path, node) for path, node in shown if any(bare(argument) for argument in node.args)])


def holds_characters_only(node: ast.expr) -> bool:
    """Whether a text is written here, filled with a number at most, or went through `texts.shown`."""
    if isinstance(node, ast.IfExp):
        return holds_characters_only(node.body) and holds_characters_only(node.orelse)
    if isinstance(node, ast.Call) and called(node) == "format":
        return {keyword.arg for keyword in node.keywords} == {"count"}
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Call) and called(node) in ("_", "shown", "reportButtonText")
    )


def test_a_text_from_elsewhere_is_made_fit_for_qt() -> None:
    taking = [(path, node) for path in (*PANEL, LIBRARY / "sample_data.py") for node in calls(path)]
    texts = [
        (path, node)
        for path, node in taking
        if called(node) in TAKING_TEXT and "_phraseField." not in ast.unparse(node.func)  # which is this module's own
    ]
    assert len(texts) > 15
    which = {"setItemData": 1}
    assert_none(
        [at(path, node) for path, node in texts if not holds_characters_only(node.args[which.get(called(node), 0)])]
    )


def is_translatable(node: ast.Call, filled: set[str | None]) -> bool:
    """Whether what a call of `_` is given is one literal, whose fields are those that are filled afterwards."""
    (text,) = node.args
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return False
    fields = {name for _, name, _, _ in string.Formatter().parse(text.value) if name is not None}
    return fields == filled or (None in filled and filled - {None} <= fields)


def test_a_translated_text_is_one_literal_whose_fields_are_filled_afterwards() -> None:
    offenders, count = [], 0
    for path in SPEAKING:
        filled = {
            id(node.func.value): {keyword.arg for keyword in node.keywords}
            for node in calls(path)
            if called(node) == "format" and isinstance(node.func.value, ast.Call) and called(node.func.value) == "_"
        }
        translated = [node for node in calls(path) if called(node) == "_"]
        count += len(translated)
        offenders += [at(path, node) for node in translated if not is_translatable(node, filled.get(id(node), set()))]
    assert count > 50
    assert_none(offenders)


def test_every_slot_that_asks_the_logic_tells_its_errors() -> None:
    """Qt swallows what a slot raises: the panel would stand still without a word."""
    offenders, asking = [], 0
    for path in sorted(LIBRARY.glob("widget*.py")):
        methods = {n.name: ast.unparse(n) for n in ast.walk(parsed(path)) if isinstance(n, ast.FunctionDef)}
        for node in calls(path):
            if called(node) in ("connect", "addObserver") and isinstance(node.args[-1], ast.Attribute):
                body = methods[node.args[-1].attr]
                if re.search(r"logic\.|_run\.|_findings\.", body):
                    asking += 1
                    if not re.search(r"with self\._(errorsTold|guard|told)\(\)", body):
                        offenders.append(at(path, node))
    assert asking > 3
    assert_none(offenders)


def test_the_doorway_holds_the_four_classes_that_slicer_asks_for() -> None:
    tree = parsed(MODULE / "CXRGrounding.py")
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
