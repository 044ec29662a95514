"""The Python packages that grounding needs and Slicer does not bring: asked for once, at the first use.

Nothing is imported here: the worker process imports them, and Slicer's own process never does. What Slicer brings
itself is held at its version, since other modules rely on it.
"""

from __future__ import annotations

import importlib
import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from subprocess import CalledProcessError

import slicer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from slicer.i18n import tr as _

from cxr_grounding import CXRGroundingError

HELD = ("numpy", "scipy", "pydicom", "pillow", "SimpleITK", "requests", "typing_extensions")
"""Packages that come with Slicer and stay as they are."""


class InstallError(CXRGroundingError):
    """The packages that grounding needs are not there; the message says why, and what to do."""


def readRequirements(path: str | Path) -> list[Requirement]:
    """The requirements of a file: one a line, beside empty lines and comment lines."""
    lines = (line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def isInstalled(requirement: Requirement) -> bool:
    """Whether it is met, by what the installed packages say of themselves."""
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def unmet(path: str | Path) -> list[Requirement]:
    """The requirements of a file that are not met."""
    importlib.invalidate_caches()
    return [requirement for requirement in readRequirements(path) if not isInstalled(requirement)]


def constraints(names: Iterable[str] = HELD) -> list[str]:
    """Lines of a constraints file that hold packages at their installed versions; one that is missing is left out."""
    lines = []
    for name in names:
        try:
            lines.append(f"{name}=={metadata.version(name)}")
        except metadata.PackageNotFoundError:
            logging.debug(f"{name} is not installed, so there is no version of it to keep")
    return lines


def ensureInstalled(
    path: str | Path,
    *,
    testing: Callable[[], bool] | None = None,
    ask: Callable[[str, str], bool] | None = None,
    install: Callable[[Sequence[Requirement], Path], None] | None = None,
) -> None:
    """Install what is missing after asking once; does nothing when nothing is.

    Args:
        path: of the requirements.
        testing: whether the application runs its tests, in which nothing is installed.
        ask: shows a question and its details, and gives the user's consent.
        install: installs requirements under the constraints of a file. The three are Slicer's own by default.

    Raises:
        InstallError: when something is still missing; the message is for the user.
    """
    missing = unmet(path)
    if not missing:
        return
    if (testing or _isTesting)():
        raise InstallError(
            _("Grounding needs packages that are not installed ({names}), and tests install nothing.").format(
                names=_listed(missing)
            )
        )
    if not (ask or _ask)(_question(missing), "\n".join(str(requirement) for requirement in missing)):
        raise InstallError(
            _("Grounding needs Python packages that are not installed: {names}. Press Ground again to install.").format(
                names=_listed(missing)
            )
        )
    with tempfile.TemporaryDirectory(prefix="CXRGrounding-") as folder:
        held = Path(folder) / "constraints.txt"
        held.write_text("\n".join(constraints()) + "\n", encoding="utf-8")
        _run(install or _install, missing, held)
    left = unmet(path)
    if left:
        raise InstallError(
            _("These packages are still missing after the installation: {names}. The Python console says why.").format(
                names=_listed(left)
            )
        )


def _run(install: Callable[[Sequence[Requirement], Path], None], missing: Sequence[Requirement], held: Path) -> None:
    try:
        install(missing, held)
    except (CalledProcessError, RuntimeError, OSError) as error:
        logging.error(f"Installing {_listed(missing)} failed: {error}")
        raise InstallError(
            _(
                "The Python packages could not be installed. Check the connection to the internet, and press Ground "
                "again; the Python console holds the installer's output."
            )
        ) from error


def _question(missing: Sequence[Requirement]) -> str:
    return _(
        "The first grounding needs Python packages that Slicer does not bring: {names}.\n\n"
        "They are downloaded from the internet and added to Slicer's Python. That can take minutes and, with "
        "PyTorch, up to some gigabytes. Install them now?"
    ).format(names=_listed(missing))


def _listed(requirements: Iterable[Requirement]) -> str:
    return ", ".join(requirement.name for requirement in requirements)


def _isTesting() -> bool:
    return slicer.app.testingEnabled()


def _ask(question: str, details: str) -> bool:
    return slicer.util.confirmOkCancelDisplay(question, _("CXR Grounding"), detailedText=details)


def _install(missing: Sequence[Requirement], held: Path) -> None:
    """PyTorch by the extension of that name, which knows the graphics card; the rest by pip."""
    rest = list(missing)
    for requirement in missing:
        if canonicalize_name(requirement.name) == "torch" and _installTorch(requirement):
            rest.remove(requirement)
    if rest:
        _pip([str(requirement) for requirement in rest], held)


def _installTorch(requirement: Requirement) -> bool:
    """Whether the PyTorch extension is there and did it; the extension looks once whether torch can be imported."""
    try:
        from PyTorchUtils import PyTorchUtilsLogic
    except ImportError:
        return False
    PyTorchUtilsLogic().installTorch(askConfirmation=False, torchVersionRequirement=str(requirement.specifier))
    importlib.invalidate_caches()
    return isInstalled(requirement)


def _pip(requirements: list[str], held: Path) -> None:
    try:
        from slicer import packaging
    except ImportError:  # Slicer 5.10 and older
        slicer.util.pip_install([*requirements, "--constraint", str(held)])
        return
    packaging.pip_ensure(requirements, constraints=str(held), prompt_install=False, requester="CXRGrounding")
