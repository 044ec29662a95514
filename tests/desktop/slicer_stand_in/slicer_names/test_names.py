"""No name is invented: what the module uses is Qt's, the MRML core's, or declared in Slicer's or CTK's sources."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer

from cxr_grounding_desktop.slicer_stand_in import slicer_names
from cxr_grounding_desktop.slicer_stand_in.host import PYTHON_MODULES, Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt.wrapper import is_unseen_setter
from cxr_grounding_desktop.slicer_stand_in.slicer_names import (
    application,
    ctk_widgets,
    modules,
    mrml_widgets,
    scene_files,
)
from cxr_grounding_desktop.slicer_stand_in.slicer_names.names import NAMES
from names_in_use import PYTHONQT, invented, names_used
from sources import assert_none, name_of, python_files

FILES = python_files("CXRGrounding")
QT_CLASSES = {
    ctk_widgets: "ctk",
    mrml_widgets: "slicer",
    application: "slicer",
    scene_files: "slicer",
    modules: "slicer",
}


def public(names: Any) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def test_the_module_uses_no_name_that_only_the_host_knows() -> None:
    assert_none(
        [
            f"{name_of(file)} uses {name}"
            for file in FILES
            for name in sorted(invented(names_used(file.read_text(encoding="utf-8"))))
        ]
    )


def test_the_search_finds_the_names_of_the_module() -> None:
    used = set().union(*(names_used(file.read_text(encoding="utf-8")) for file in FILES))
    assert used >= {
        "qt.QTimer",
        "qt.Qt.ItemIsUserCheckable",
        "slicer.app.connect",
        "slicer.app.testingEnabled",
        "slicer.i18n.tr",
        "slicer.mrmlScene.IsBatchProcessing",
        "slicer.parameterNodeWrapper.WithinRange",
        "slicer.vtkMRMLScene.EndCloseEvent",
        "SampleData.SampleDataLogic.registerCustomSampleDataSource",
    }


def test_an_invented_name_is_found() -> None:
    source = """
import ctk, qt, slicer, SampleData
import slicer.packaging as packages
from slicer.parameterNodeWrapper import Anything, WithinRange
from slicer.i18n import tr as _

application = slicer.app

def show(parent, flags=qt.Qt.AlignMagic):
    button = qt.QMagicButton(parent)
    button.text = _("Wish")
    button.connect("clicked()", lambda: slicer.app.ground())
    application.layoutManager().setLayout(3)
    application.wish()
    slicer.util.wishDisplay("x")
    slicer.mrmlScene.Wish()
    slicer.modules.cxrgrounding.wish
    SampleData.SampleDataLogic.wish()
    packages.pip_wish("torch")
    qt.QTimer.singleShot(0, slicer.vtkMRMLWishNode)
    qt.pyqtSignal(int)
    qt.QDate.currentDate.toPyDate
    slicer.arrayFromVolume, slicer.vtkITKArchetypeImageSeriesReader  # slicer-core has them there, Slicer elsewhere
    return ctk.ctkWish(), ctk.ctkSliderWidget.tracking

def other(application, qt):
    application.anything()
    for slicer in ():
        slicer.anything()
"""
    assert invented(names_used(source)) == {
        "SampleData.SampleDataLogic.wish",
        "ctk.ctkSliderWidget.tracking",
        "ctk.ctkWish",
        "qt.QDate.currentDate.toPyDate",
        "qt.QMagicButton",
        "qt.Qt.AlignMagic",
        "qt.pyqtSignal",
        "slicer.app.ground",
        "slicer.app.wish",
        "slicer.arrayFromVolume",
        "slicer.modules.cxrgrounding.wish",
        "slicer.mrmlScene.Wish",
        "slicer.packaging.pip_wish",
        "slicer.parameterNodeWrapper.Anything",
        "slicer.util.wishDisplay",
        "slicer.vtkITKArchetypeImageSeriesReader",
        "slicer.vtkMRMLWishNode",
    }


def test_real_names_are_not_called_invented() -> None:
    assert (
        invented(
            [
                "qt.QTimer.singleShot",
                "qt.QComboBox.NoInsert",
                "qt.QUiLoader",
                "slicer.app.processEvents",
                "slicer.mrmlScene.Clear",
                "slicer.util.loadUI",
                "slicer.vtkMRMLScalarVolumeNode",
                "slicer.modules.cxrgrounding.widgetRepresentation",
                "ctk.ctkSliderWidget.setToolTip",
                "slicer.packaging",
            ]
        )
        == set()
    )


def test_every_name_is_said_to_be_declared_in_a_file_of_a_repository() -> None:
    is_file = re.compile(r"(Slicer|CTK): (\w+/)+\w+\.(h|py|cmake)")
    assert_none(f"{name}: {path}" for name, path in NAMES.items() if not is_file.fullmatch(path))


def offered_by_qt_class(qt_class: type) -> set[str]:
    """What a class has beyond the class of Qt's that it is derived from."""
    base = next(one for one in qt_class.__mro__ if one.__module__.startswith("PyQt5."))
    own = {name for one in qt_class.__mro__[: qt_class.__mro__.index(base)] for name in vars(one)}
    seen = {name for name in public(own) if getattr(qt_class, name) and not is_unseen_setter(qt_class, name)}
    return {name for name in seen if not hasattr(base, name) and name not in PYTHONQT}


def offered_by_python_class(python_class: type) -> set[str]:
    """What a class and its instances have."""
    assigned = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(python_class)))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
    }
    fields = getattr(python_class, "__dataclass_fields__", {})
    return public({*vars(python_class), *assigned, *fields})


def qt_classes() -> Iterator[tuple[str, type]]:
    for module, namespace in QT_CLASSES.items():
        for name in module.__all__:
            owner = "slicer.app" if name == "qSlicerApplication" else f"{namespace}.{name}"
            yield owner, getattr(module, name)


def test_everything_that_a_qt_class_of_the_host_offers_is_in_the_table() -> None:
    offered = {f"{owner}.{member}" for owner, one in qt_classes() for member in offered_by_qt_class(one)}
    assert len(offered) > 50
    assert_none(offered - NAMES.keys())


def test_no_class_with_a_name_of_slicer_s_or_ctk_s_is_kept_from_these_tests() -> None:
    listed = {one for _, one in qt_classes()}
    for file in Path(slicer_names.__path__[0]).glob("*.py"):
        module = importlib.import_module(f"{slicer_names.__name__}.{file.stem}")
        for name, value in vars(module).items():
            if isinstance(value, type) and value.__module__ == module.__name__ and re.match(r"(ctk|q[A-Z])", name):
                assert value in listed, name


def offered_by_python_module(name: str) -> set[str]:
    """What a module has, by full names, with what its classes have."""
    module = importlib.import_module(name)
    offered = {f"{name}.{one}": getattr(module, one) for one in public(vars(module))}
    assert offered, name
    members = {
        f"{one}.{member}"
        for one, value in offered.items()
        if isinstance(value, type)
        for member in offered_by_python_class(value)
    }
    return {*offered, *members}


def test_everything_that_a_python_module_of_the_host_offers_is_in_the_table(host_names: Host) -> None:
    assert_none(set().union(*map(offered_by_python_module, PYTHON_MODULES)) - NAMES.keys())


def test_everything_that_a_class_of_parameters_gets_is_in_the_table(host_names: Host) -> None:
    from slicer.parameterNodeWrapper import parameterNodeWrapper
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    parameters = parameterNodeWrapper(type("Parameters", (), {"__annotations__": {"outline": bool}}))
    instance = parameters(ScriptedLoadableModuleLogic().getParameterNode())
    offered = public(dir(instance)) - {"outline"}
    owner = "slicer.parameterNodeWrapper.parameterNodeWrapper"
    assert {f"{owner}.{name}" for name in offered} - NAMES.keys() == set()


def test_everything_that_the_host_puts_into_slicer_qt_and_ctk_is_in_the_table(qapp: Any) -> None:
    before = set(dir(slicer))
    host = Host(testing=True)
    try:
        host.open_module()
        import ctk
        import qt

        beyond_core = set(dir(slicer)) - before
        assert {"app", "mrmlScene", "modules"} <= beyond_core
        namespaces = {name for name in beyond_core if isinstance(getattr(slicer, name), ModuleType)} - {"modules"}
        offered = {f"slicer.{name}" for name in beyond_core - namespaces}
        assert {f"slicer.{name}" for name in namespaces} <= PYTHON_MODULES.keys()
        its_own = re.compile(r"cxrgrounding(widget|instance)?", re.IGNORECASE)
        offered |= {f"slicer.modules.{name}" for name in public(vars(slicer.modules)) if not its_own.fullmatch(name)}
        offered |= {f"ctk.{name}" for name in public(vars(ctk))}
        offered |= {f"qt.{name}" for name in public(vars(qt))}
        assert invented(offered) == set()
    finally:
        host.close()
    assert set(dir(slicer)) == before
