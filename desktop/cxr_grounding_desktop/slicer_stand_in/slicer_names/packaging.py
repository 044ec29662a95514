"""`slicer.packaging`: only `pip_ensure`, which brings missing Python packages after asking."""

from __future__ import annotations

import importlib
import inspect
import logging
import sys
from importlib import metadata
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, cast

import slicer
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from PyQt5.QtCore import QEventLoop, QProcess, Qt
from PyQt5.QtGui import QCloseEvent
from PyQt5.QtWidgets import QApplication, QProgressDialog

__all__ = ["pip_ensure"]


def pip_ensure(
    requirements: str | Requirement | list[str | Requirement],
    constraints: str | Path | None = None,
    skip_packages: list[str] | None = None,
    prompt_install: bool = True,
    prompt_restart: bool = True,
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> None:
    """Install what of the requirements is missing; does nothing when nothing is, or in testing mode.

    Args:
        requirements: a text, one requirement or several with blanks between; or a Requirement; or a list of either.
        constraints: of a file of constraints for pip.
        skip_packages: refused, unless None.
        prompt_install: whether the user is asked before.
        prompt_restart: whether the user is told when a package has changed that was imported before.
        requester: for whom it is done; the messages say it.
        skip_in_testing: whether nothing is installed in testing mode.
        show_progress: False is refused: a window shows what pip says last.

    Raises:
        RuntimeError: when the user declines.
        subprocess.CalledProcessError: when pip fails.
        NotImplementedError: for options that are refused.
    """
    if skip_packages is not None or not show_progress:
        raise NotImplementedError("slicer.packaging.pip_ensure: this host takes no skip_packages, and shows progress")
    missing = [requirement for requirement in _listed(requirements) if not _is_met(requirement)]
    if not missing:
        return
    if skip_in_testing and slicer.app.testingEnabled():
        logging.info(f"Not installed, because this is testing mode: {', '.join(map(str, missing))}")
        return
    title = f"{requester} - Install Python packages" if requester else "Install Python packages"
    if prompt_install:
        question = f"Python packages that have to be installed: {len(missing)}. Install them now?"
        details = "\n".join(map(str, missing))
        if not slicer.util.confirmOkCancelDisplay(question, title, detailedText=details):
            raise RuntimeError("The user declined the installation of Python packages")
    before = _versions()
    arguments = ["-m", "pip", "install", *map(str, missing)]
    _run([*arguments, "-c", str(constraints)] if constraints is not None else arguments, title)
    changed = _imported_before(before, _versions())
    if prompt_restart and changed:
        slicer.util.warningDisplay(
            f"Installed, but in use as before until you close this program and open it again: {', '.join(changed)}",
            title,
        )


def _listed(requirements: str | Requirement | list[str | Requirement]) -> list[Requirement]:
    if isinstance(requirements, str):
        try:
            return [Requirement(requirements)]  # whose marker may have blanks
        except InvalidRequirement:
            return [Requirement(word) for word in requirements.split()]
    if isinstance(requirements, Requirement):
        return [requirements]
    if not isinstance(requirements, list):
        raise TypeError(f"Requirements are a text, a Requirement or a list, and no {type(requirements).__name__}")
    return [Requirement(one) if isinstance(one, str) else one for one in requirements]


def _is_met(requirement: Requirement) -> bool:
    """Whether a package of a right version is installed; of its extras, whether their packages are."""
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    try:
        installed = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    if installed not in requirement.specifier:
        return False
    needed = [Requirement(text) for text in metadata.requires(requirement.name) or []] if requirement.extras else []
    return all(
        _is_met(Requirement(str(one).partition(";")[0].strip()))
        for one in needed
        if one.marker is not None and any(one.marker.evaluate({"extra": extra}) for extra in requirement.extras)
    )


def _versions() -> dict[str, str]:
    """Of all installed packages, by name."""
    importlib.invalidate_caches()
    told = (one.metadata for one in metadata.distributions())  # each look at it reads the file again
    return {canonicalize_name(one["Name"]): one["Version"] for one in told}


def _imported_before(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Names of the packages of which another version is in memory than is installed now."""
    changed = [name for name, version in after.items() if before.get(name) != version]
    return [name for name in changed if not _modules_of(name).isdisjoint(sys.modules)]


def _modules_of(name: str) -> set[str]:
    """What a package brings that can be imported, and what else lies beside it."""
    tops = {file.parts[0] for file in metadata.files(name) or []}
    return {inspect.getmodulename(top) or top for top in tops}


class _Progress(QProgressDialog):
    """Says what pip does, and cannot be closed before that is done: it may not be stopped between two packages."""

    def __init__(self, title: str) -> None:
        super().__init__("Starting pip ...", "", 0, 0, QApplication.activeWindow())
        self.setWindowTitle(title)
        self.setCancelButton(None)
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setMinimumSize(480, 0)

    def reject(self) -> None:
        """What Esc would do."""

    def closeEvent(self, event: QCloseEvent) -> None:
        """What the button of the window's frame would do."""
        event.ignore()


def _run(arguments: list[str], title: str) -> None:
    """Run Python in a process of its own, with a window over the program that says how far it is."""
    dialog = _Progress(title)
    process, loop, output = QProcess(), QEventLoop(), []

    def show() -> None:
        for line in bytes(process.readAll()).decode(errors="replace").splitlines():
            output.append(line)
            logging.info(line)
            dialog.setLabelText(line[:80])

    process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
    process.readyRead.connect(show)
    process.finished.connect(loop.quit)
    process.errorOccurred.connect(loop.quit)
    process.start(sys.executable, arguments)
    if process.state() != QProcess.ProcessState.NotRunning:
        dialog.show()
        loop.exec_()
    dialog.hide()
    dialog.deleteLater()
    show()
    error = cast("Any", process).error()  # PyQt5's type stubs know the signal of that name only
    ended = error == QProcess.ProcessError.UnknownError and process.exitStatus() == QProcess.ExitStatus.NormalExit
    code = process.exitCode() if ended else -1
    if code != 0:
        slicer.util.errorDisplay("The Python packages could not be installed.", title, detailedText="\n".join(output))
        raise CalledProcessError(code, [sys.executable, *arguments], "\n".join(output))
