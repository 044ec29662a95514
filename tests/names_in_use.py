"""Which names of Slicer's a Python source uses, and which of them nobody but this project's host knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

import slicer_core
from PyQt5 import QtCore, QtGui, QtWidgets, sip
from slicer import util

from cxr_grounding_desktop.slicer_stand_in.slicer_names.names import NAMES

ROOTS = ("qt", "ctk", "slicer", "SampleData")
"""The modules that Slicer has, and Python has not."""

PYTHONQT = frozenset({"connect", "disconnect", "className", "inherits", "name"})
"""What PythonQt gives to each object, or Qt to each and PyQt5 not by this name."""

QT_MODULES = (QtCore, QtGui, QtWidgets)

_OBJECTS = {
    "slicer.mrmlScene": "slicer.vtkMRMLScene",
    "slicer.modules.cxrgrounding": "slicer.qSlicerScriptedLoadableModule",
}
"""What is no class, and the class that it is of."""

_QT_BASES = {
    "slicer.app": QtWidgets.QApplication,
    "slicer.qSlicerScriptedLoadableModule": QtCore.QObject,
    "slicer.qSlicerScriptedLoadableModuleWidget": QtWidgets.QWidget,
    "slicer.qMRMLWidget": QtWidgets.QWidget,
    "slicer.qMRMLNodeComboBox": QtWidgets.QWidget,
    "ctk.ctkCollapsibleButton": QtWidgets.QAbstractButton,
    "ctk.ctkMessageBox": QtWidgets.QMessageBox,
    "ctk.ctkSliderWidget": QtWidgets.QWidget,
}
"""The class of Qt's that each is derived from, in Slicer and here."""


def names_used(source: str) -> set[str]:
    """The names that a source takes from `qt`, `ctk`, `slicer` and `SampleData`, each as long as it is written there.

    What is imported counts as used. A variable that is only another name for one of these is followed within its
    function; what a call returns is not.
    """
    visitor = _Visitor()
    visitor.visit(ast.parse(source))
    return visitor.used


class _Visitor(ast.NodeVisitor):
    def __init__(self) -> None:
        self.used: set[str] = set()
        self._scopes: list[dict[str, str]] = [{}]
        """Of the file, and of the functions around: what each variable stands for; "" for nothing of interest."""

    def visit_Import(self, node: ast.Import) -> None:
        for one in node.names:
            if one.name.partition(".")[0] in ROOTS:
                self.used.add(one.name)
                self._scopes[-1][one.asname or one.name.partition(".")[0]] = (
                    one.name if one.asname else one.name.partition(".")[0]
                )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module is not None and node.level == 0 and node.module.partition(".")[0] in ROOTS:
            for one in node.names:
                self.used.add(f"{node.module}.{one.name}")
                self._scopes[-1][one.asname or one.name] = f"{node.module}.{one.name}"

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        arguments = node.args
        for outside in (*arguments.defaults, *arguments.kw_defaults, *getattr(node, "decorator_list", ())):
            if outside is not None:
                self.visit(outside)
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for argument in given:
            if argument is not None and argument.annotation is not None:
                self.visit(argument.annotation)
        if getattr(node, "returns", None) is not None:
            self.visit(node.returns)
        self._scopes.append({argument.arg: "" for argument in given if argument is not None})
        for statement in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(statement)
        self._scopes.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._scopes[-1][target.id] = self._dotted(node.value)
            else:
                self.visit(target)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):  # of a loop, a with, a tuple
            self._scopes[-1][node.id] = ""
        elif self._dotted(node):
            self.used.add(self._dotted(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        dotted = self._dotted(node)
        if dotted:
            self.used.add(dotted)
        else:
            self.visit(node.value)

    def _dotted(self, node: ast.expr) -> str:
        """The name that an expression is, or ""."""
        if isinstance(node, ast.Attribute):
            owner = self._dotted(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        if isinstance(node, ast.Name):
            return next((scope[node.id] for scope in reversed(self._scopes) if node.id in scope), "")
        return ""


def invented(names: Iterable[str]) -> set[str]:
    """Those that are neither Qt's, nor the MRML core's or `slicer.util`'s, nor known to be Slicer's or CTK's."""
    return {name for name in names if not _is_real(name)}


def _is_real(name: str) -> bool:
    name = re.sub(r"\.__\w+__$", "", name)  # Python's own
    if name in NAMES or name in ROOTS or name in {known.rpartition(".")[0] for known in NAMES}:
        return True
    for thing, its_class in _OBJECTS.items():
        if name == thing:
            return True
        if name.startswith(f"{thing}."):
            return _is_real(its_class + name.removeprefix(thing))
    owner, _, member = name.rpartition(".")
    if owner in _QT_BASES:
        return member in PYTHONQT or _has(_QT_BASES[owner], [member])
    root, *rest = name.split(".")
    if root == "qt":
        return any(_has(module, rest) for module in QT_MODULES if _is_qt_class(getattr(module, rest[0], None)))
    if root == "slicer" and rest[0] == "util":
        return _has(util, rest[1:])
    return root == "slicer" and _is_mrml_class(getattr(slicer_core, rest[0], None)) and _has(slicer_core, rest)


def _is_mrml_class(value: Any) -> bool:
    """Whether Slicer has it in `slicer`; asked of what stands in the wheel's inner package.

    Not in its package `slicer`: there the host adds names, and there is what Slicer has in `slicer.util` only. The
    inner one also has the classes of vtkITK and vtkTeem, which are modules of their own in Slicer.
    """
    return isinstance(value, type) and value.__module__.rpartition(".")[2] not in {"vtkITK", "vtkTeem"}


def _is_qt_class(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, sip.simplewrapper)


def _has(owner: Any, members: list[str]) -> bool:
    """Whether there is such an attribute; what PyQt5 adds to Qt does not count."""
    for member in members:
        if member.startswith(("_", "pyqt", "toPy")) or not hasattr(owner, member):
            return False
        owner = getattr(owner, member)
    return True
