"""PyQt5 objects behave as PythonQt's: attributes, methods, values."""

from __future__ import annotations

from typing import Any

import pytest
from PyQt5 import QtWidgets
from pytestqt.qtbot import QtBot

from cxr_grounding_desktop.slicer_stand_in.pythonqt import make_namespace, unwrap, wrap


@pytest.fixture
def qt(qapp: Any) -> Any:
    """The module `qt`."""
    return make_namespace("qt", qt=True)


def test_a_property_is_an_attribute_that_can_be_read_and_written(qt: Any) -> None:
    button = qt.QPushButton("Ground")
    assert (button.text, button.enabled) == ("Ground", True)
    button.text, button.enabled = "Cancel", False
    assert unwrap(button).text() == "Cancel"
    assert not unwrap(button).isEnabled()


@pytest.mark.parametrize(
    ("make", "name"),
    [
        ("QPushButton", "text"),
        ("QComboBox", "currentText"),
        ("QComboBox", "count"),
        ("QSlider", "value"),
        ("QTimer", "interval"),
        ("QLineEdit", "width"),
    ],
)
def test_a_property_that_is_called_fails(qt: Any, make: str, name: str) -> None:
    with pytest.raises(TypeError, match="not callable"):
        getattr(getattr(qt, make)(), name)()


def test_a_getter_with_another_name_than_the_property_stays_a_method(qt: Any) -> None:
    box = qt.QCheckBox()
    box.checked = True
    assert box.isChecked() is True
    assert box.layout() is None
    assert qt.QTextEdit("one").toPlainText() == "one"


def test_name_is_the_objects_name(qt: Any) -> None:
    button = qt.QPushButton()
    button.name = "groundButton"
    assert (button.name, button.objectName) == ("groundButton", "groundButton")


@pytest.mark.parametrize("name", ["colour", "click", "clicked", "_private", "pyqtConfigure"])
def test_what_is_no_property_cannot_be_set(qt: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        setattr(qt.QPushButton(), name, 1)


@pytest.mark.parametrize(
    ("name", "value"), [("text", 3), ("enabled", "yes"), ("iconSize", "big"), ("autoRepeatDelay", "1")]
)
def test_a_property_takes_values_of_its_type_only(qt: Any, name: str, value: Any) -> None:
    with pytest.raises(AttributeError, match=name):
        setattr(qt.QPushButton(), name, value)


def test_a_read_only_property_cannot_be_set(qt: Any) -> None:
    with pytest.raises(AttributeError, match="read only"):
        qt.QComboBox().count = 3


@pytest.mark.parametrize("name", ["colour", "findChild", "pyqtConfigure", "_name"])
def test_what_slicer_lacks_cannot_be_read(qt: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(qt.QPushButton(), name)


def test_methods_take_exactly_their_arguments_and_no_keywords(qt: Any) -> None:
    button = qt.QPushButton()
    with pytest.raises(TypeError):
        button.setText("a", "b")
    with pytest.raises(TypeError):
        button.setText()
    with pytest.raises(TypeError, match="keyword"):
        button.setText(text="a")


def test_a_list_of_texts_comes_back_as_a_tuple(qt: Any) -> None:
    settings = qt.QSettings()
    settings.setValue("phrases", ["one", "two"])
    assert settings.value("phrases") == ("one", "two")


@pytest.mark.parametrize(("value", "text"), [(False, "false"), (True, "true"), (3, "3"), (0.5, "0.5")])
def test_settings_come_back_as_a_later_session_reads_them(qt: Any, value: Any, text: str) -> None:
    qt.QSettings().setValue("shown", value)
    assert qt.QSettings().value("shown") == text
    assert qt.QSettings().value("never set") is None


@pytest.mark.parametrize("text", ["\udcff", "chest \ud83d"])
def test_half_a_surrogate_pair_is_an_error_wherever_it_goes_to_qt(qt: Any, text: str) -> None:
    label, box = qt.QLabel(), qt.QComboBox()
    with pytest.raises(SystemError):
        label.setText(text)
    with pytest.raises(SystemError):
        label.toolTip = text
    with pytest.raises(SystemError):
        box.addItems(["chest", text])
    with pytest.raises(SystemError):
        qt.QSettings().setValue("shown", {"text": text})
    with pytest.raises(SystemError):
        qt.QLabel(text)
    assert (label.text, box.count) == ("", 0)


def test_a_text_ends_at_nul_and_whole_characters_beyond_16_bits_stay(qt: Any) -> None:
    label = qt.QLabel("\U0001fac1 lung\0and more")
    assert label.text == "\U0001fac1 lung"


def test_a_text_of_none_is_its_name(qt: Any) -> None:
    label, button = qt.QLabel(), qt.QPushButton()
    label.setText(None)
    button.setToolTip(None)
    assert (label.text, button.toolTip) == ("None", "<p>None</p>")


def test_bytes_are_a_qbytearray_that_has_to_be_asked(qt: Any) -> None:
    data = qt.QPushButton().saveGeometry()
    with pytest.raises(TypeError):
        bytes(data)
    assert isinstance(data.data(), bytes)


def test_isinstance_tells_the_exact_class_only(qt: Any) -> None:
    button = qt.QPushButton()
    assert type(button) is qt.QPushButton
    assert not isinstance(button, qt.QWidget)
    assert button.className() == "QPushButton"
    assert button.inherits("QWidget")


def test_an_object_has_one_wrapper(qt: Any) -> None:
    box = qt.QComboBox()
    box.setEditable(True)
    assert box.lineEdit() is box.lineEdit()
    assert wrap(unwrap(box)) is box


def test_a_deleted_object_is_false(qt: Any, qtbot: QtBot) -> None:
    button = qt.QPushButton()
    assert button
    button.deleteLater()
    qtbot.waitUntil(lambda: not button)


def test_a_file_dialog_answers_with_the_path_alone(qt: Any, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QtWidgets.QFileDialog, "getOpenFileName", lambda *arguments: ("/chest.dcm", "All files"))
    assert qt.QFileDialog.getOpenFileName(None, "Load", "", "*") == "/chest.dcm"


def test_other_results_of_several_values_have_no_rule(qt: Any) -> None:
    with pytest.raises(NotImplementedError, match="getContentsMargins"):
        qt.QWidget().getContentsMargins()


def test_enum_values_are_integers_of_their_class(qt: Any) -> None:
    assert qt.Qt.Checked == 2
    assert qt.QSettings.IniFormat == 1
    assert qt.QMessageBox.Ok == 1024


def test_qt_is_flat_and_holds_qts_names_only(qt: Any) -> None:
    for name in ("QtCore", "pyqtSignal", "pyqtProperty", "QMagicButton", "QThread"):
        with pytest.raises(AttributeError, match=name):
            getattr(qt, name)


def test_classes_of_qt_cannot_be_derived_from_or_changed(qt: Any) -> None:
    with pytest.raises(NotImplementedError, match="Panel"):
        type("Panel", (qt.QWidget,), {})
    with pytest.raises(AttributeError, match="helper"):
        qt.QWidget.helper = 1
