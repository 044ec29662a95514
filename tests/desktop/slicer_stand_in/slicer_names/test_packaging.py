"""Missing Python packages: asked for, and installed by pip into a folder of this test, from a wheel beside it."""

from __future__ import annotations

import logging
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from subprocess import CalledProcessError
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from PyQt5.QtCore import QEventLoop, Qt, QTimer
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QApplication, QMainWindow, QMessageBox, QProgressDialog

from cxr_grounding_desktop.slicer_stand_in.host import Host

NAME = "cxr-grounding-nothing"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder into which pip installs, and in which Python looks for packages."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    for name, value in {"TARGET": site, "NO_INDEX": 1, "FIND_LINKS": tmp_path, "UPGRADE": 1}.items():
        monkeypatch.setenv(f"PIP_{name}", str(value))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    # It would look through all packages of this environment; of an option that begins with "no" it takes the contrary.
    monkeypatch.setenv("PIP_NO_WARN_CONFLICTS", "false")
    return site


def wheel(folder: Path, version: str) -> None:
    """A package with one empty file."""
    stem = f"{NAME.replace('-', '_')}-{version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as file:
        file.writestr("cxr_grounding_nothing.py", "")
        file.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {version}\n")
        file.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{stem}.dist-info/RECORD", "cxr_grounding_nothing.py,,\n")


@pytest.fixture
def asking(qapp: Any) -> Iterator[Host]:
    """A host with a window, outside of testing mode: it asks."""
    host = Host(testing=False)
    window = QMainWindow()
    window.setObjectName("qSlicerMainWindow")
    window.show()
    yield host
    window.close()
    window.deleteLater()
    host.close()


def in_event_loop(function: Callable[[], None]) -> None:
    """Call a function as a slot is called. Outside of a loop, what a message box says of its end (`deleteLater`) would
    come before its beginning.
    """
    loop, raised = QEventLoop(), []

    def call() -> None:
        try:
            function()
        except Exception as error:  # noqa: BLE001 - raised again below
            raised.append(error)
        loop.quit()

    QTimer.singleShot(0, call)
    loop.exec_()
    if raised:
        raise raised[0]


@pytest.fixture
def answer(qapp: Any) -> Iterator[Any]:
    """Presses a button of each message box that comes up, and keeps what the boxes said."""
    said: list[str] = []
    buttons: list[int] = []
    timer = QTimer()

    def press() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            said.append(f"{box.windowTitle().strip()}: {box.text()} {box.detailedText()}")
            box.button(buttons.pop(0)).click()

    def answers(*chosen: int) -> list[str]:
        buttons.extend(chosen)
        timer.start(20)
        return said

    timer.timeout.connect(press)
    yield answers
    timer.stop()
    assert not buttons, "a question was expected that did not come"


def test_what_is_there_is_not_installed(host_names: Host, site: Path) -> None:
    from slicer.packaging import pip_ensure

    version = metadata.version("numpy")
    pip_ensure(f"numpy numpy>={version} numpy=={version}", skip_in_testing=False)
    pip_ensure(Requirement("numpy"), skip_in_testing=False)
    pip_ensure(["numpy", Requirement(f"{NAME}; python_version < '3'")], skip_in_testing=False)
    pip_ensure(f"{NAME}; sys_platform == 'nowhere'", skip_in_testing=False)
    assert list(site.iterdir()) == []


def test_tests_install_nothing(host_names: Host, site: Path, caplog: pytest.LogCaptureFixture) -> None:
    from slicer.packaging import pip_ensure

    with caplog.at_level(logging.INFO):
        pip_ensure(NAME)
    assert NAME in caplog.text
    assert list(site.iterdir()) == []


def test_who_declines_gets_an_error_and_nothing_else(asking: Host, site: Path, answer: Any) -> None:
    from slicer.packaging import pip_ensure

    said = answer(QMessageBox.Cancel)
    with pytest.raises(RuntimeError, match="declined"):
        in_event_loop(lambda: pip_ensure(f"{NAME}>=1", requester="CXRGrounding"))
    (question,) = said
    assert "CXRGrounding" in question
    assert f"{NAME}>=1" in question
    assert list(site.iterdir()) == []


def test_who_agrees_gets_the_package(asking: Host, site: Path, answer: Any, tmp_path: Path) -> None:
    from slicer.packaging import pip_ensure

    wheel(tmp_path, "1.0")
    answer(QMessageBox.Ok)
    in_event_loop(lambda: pip_ensure(NAME))
    assert metadata.version(NAME) == "1.0"
    pip_ensure(NAME)  # and is not asked again


def test_constraints_are_kept_to(asking: Host, site: Path, tmp_path: Path) -> None:
    from slicer.packaging import pip_ensure

    for version in ("1.0", "1.5", "2.0"):
        wheel(tmp_path, version)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(f"{NAME}<2\n", encoding="utf-8")
    pip_ensure([NAME], constraints=constraints, prompt_install=False)
    assert metadata.version(NAME) == "1.5"


def test_a_window_that_cannot_be_closed_says_what_pip_does(asking: Host, site: Path, tmp_path: Path) -> None:
    from slicer.packaging import pip_ensure

    wheel(tmp_path, "1.0")
    seen: list[str] = []
    timer = QTimer()

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QProgressDialog):
            seen.append(dialog.windowTitle())
            QTest.keyClick(dialog, Qt.Key_Escape)
            dialog.close()
            assert dialog.isVisible()

    timer.timeout.connect(look)
    timer.start(20)
    pip_ensure(NAME, prompt_install=False, requester="CXRGrounding")
    timer.stop()
    assert set(seen) == {"CXRGrounding - Install Python packages"}
    assert len(seen) > 3
    assert QApplication.activeModalWidget() is None


def test_what_pip_says_of_a_failure_is_shown_and_raised(asking: Host, site: Path, answer: Any) -> None:
    from slicer.packaging import pip_ensure

    said = answer(QMessageBox.Ok)
    with pytest.raises(CalledProcessError) as raised:
        in_event_loop(lambda: pip_ensure(NAME, prompt_install=False))
    assert raised.value.returncode == 1
    assert NAME in raised.value.output
    assert "could not be installed" in said[0]
    assert "No matching distribution found" in said[0]


def test_python_that_cannot_be_started_is_a_failure(
    asking: Host, site: Path, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from slicer.packaging import pip_ensure

    monkeypatch.setattr(sys, "executable", str(site / "nowhere"))
    answer(QMessageBox.Ok)
    with pytest.raises(CalledProcessError):
        in_event_loop(lambda: pip_ensure(NAME, prompt_install=False))


@pytest.mark.parametrize("prompt_restart", [True, False])
def test_a_package_that_is_in_use_is_told_unless_not_wanted(
    asking: Host, site: Path, answer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt_restart: bool
) -> None:
    from slicer.packaging import pip_ensure

    # As after the package was imported, and then taken away.
    monkeypatch.setitem(sys.modules, "cxr_grounding_nothing", ModuleType("cxr_grounding_nothing"))
    wheel(tmp_path, "1.0")
    said = answer(*[QMessageBox.Ok] * prompt_restart)
    in_event_loop(lambda: pip_ensure(NAME, prompt_install=False, prompt_restart=prompt_restart))
    assert len(said) == prompt_restart
    assert all(NAME in text and "open it again" in text for text in said)


@pytest.mark.parametrize("option", [{"skip_packages": ["torch"]}, {"show_progress": False}])
def test_options_that_are_not_done_here_are_refused(host_names: Host, option: dict[str, Any]) -> None:
    from slicer.packaging import pip_ensure

    with pytest.raises(NotImplementedError, match="skip_packages"):
        pip_ensure("numpy", **option)


def test_requirements_of_another_type_are_refused(host_names: Host) -> None:
    from slicer.packaging import pip_ensure

    with pytest.raises(TypeError, match="no tuple"):
        pip_ensure((NAME,))


@pytest.mark.parametrize("name", ["pip_install", "pip_check", "load_requirements", "pip_uninstall"])
def test_nothing_else_is_offered(host_names: Host, name: str) -> None:
    import slicer.packaging

    with pytest.raises(AttributeError, match=f"{name} .*this host does not offer it"):
        getattr(slicer.packaging, name)
