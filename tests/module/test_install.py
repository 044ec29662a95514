"""What is missing, what is asked, and what is said when it stays missing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from subprocess import CalledProcessError, run
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement

from cxr_grounding import CXRGroundingError

MODULE = Path(__file__).parents[2] / "CXRGrounding"
SHIPPED = MODULE / "Resources" / "requirements.txt"


@pytest.fixture
def install(untranslated: None) -> ModuleType:
    return importlib.import_module("CXRGroundingLib.install")


@pytest.fixture
def needed(tmp_path: Path) -> Path:
    """Requirements of which one is met and one, a package that does not exist, is not."""
    path = tmp_path / "requirements.txt"
    path.write_text("# what is needed\n\nnumpy>=1.20\nno-such-package>=2\n", encoding="utf-8")
    return path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which packages are found before all others."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def put(site: Path, name: str, version: str) -> None:
    """Have a package installed, as far as its metadata says."""
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")


class Person:
    """Someone who is asked, and agrees or not."""

    def __init__(self, agrees: bool) -> None:
        self.agrees = agrees
        self.asked: list[tuple[str, str]] = []

    def __call__(self, question: str, details: str) -> bool:
        self.asked.append((question, details))
        return self.agrees


def never(*given: object) -> Any:
    raise RuntimeError(f"this must not be called: {given}")


@pytest.mark.parametrize(
    ("line", "met"),
    [
        ("numpy>=1.20", True),
        ("NumPy", True),
        ("numpy>=999", False),
        ("no-such-package", False),
        ("no-such-package; python_version < '3'", True),
        ("torch>=2.10", True),  # with a local version such as 2.13.0+cpu
    ],
)
def test_a_requirement_is_met_by_what_is_installed(install: ModuleType, line: str, met: bool) -> None:
    assert install.isInstalled(Requirement(line)) is met


def test_a_pre_release_of_a_newer_version_counts(install: ModuleType, site: Path) -> None:
    put(site, "some-package", "2.1.0rc1")
    importlib.invalidate_caches()
    assert install.isInstalled(Requirement("some-package>=2.0"))


def test_the_shipped_requirements_can_be_read_and_hold_nothing_that_slicer_brings(install: ModuleType) -> None:
    names = {requirement.name.lower() for requirement in install.readRequirements(SHIPPED)}
    assert "torch" in names
    assert not names & {name.lower() for name in install.HELD}


def test_what_slicer_brings_is_held_at_its_version(install: ModuleType) -> None:
    lines = install.constraints(["numpy", "no-such-package"])
    assert lines == [f"numpy=={metadata.version('numpy')}"]


def test_nothing_is_asked_or_done_when_nothing_is_missing(install: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy>=1.20\n", encoding="utf-8")
    install.ensureInstalled(path, testing=never, ask=never, install=never)


def test_the_person_is_asked_once_with_all_names_and_can_decline(install: ModuleType, needed: Path) -> None:
    person = Person(agrees=False)
    with pytest.raises(CXRGroundingError, match=r"no-such-package.*Press Ground again"):
        install.ensureInstalled(needed, testing=lambda: False, ask=person, install=never)
    ((question, details),) = person.asked
    assert "no-such-package" in question
    assert details == "no-such-package>=2"


def test_tests_install_nothing_and_ask_nothing(install: ModuleType, needed: Path) -> None:
    with pytest.raises(CXRGroundingError, match="tests install nothing"):
        install.ensureInstalled(needed, testing=lambda: True, ask=never, install=never)


def test_what_is_missing_is_installed_under_constraints(install: ModuleType, needed: Path, site: Path) -> None:
    seen: dict[str, Any] = {}

    def pip(missing: Sequence[Requirement], held: Path) -> None:
        seen.update(missing=[str(requirement) for requirement in missing], held=held.read_text(encoding="utf-8"))
        put(site, "no-such-package", "2.5")

    install.ensureInstalled(needed, testing=lambda: False, ask=Person(agrees=True), install=pip)
    assert seen["missing"] == ["no-such-package>=2"]
    assert f"numpy=={metadata.version('numpy')}" in seen["held"].splitlines()


@pytest.mark.parametrize("error", [CalledProcessError(1, "pip"), RuntimeError("no connection"), OSError("disk full")])
def test_an_installation_that_fails_ends_in_one_sentence(install: ModuleType, needed: Path, error: Exception) -> None:
    def pip(missing: Sequence[Requirement], held: Path) -> None:
        raise error

    with pytest.raises(CXRGroundingError, match="connection to the internet"):
        install.ensureInstalled(needed, testing=lambda: False, ask=Person(agrees=True), install=pip)


def test_what_is_still_missing_afterwards_is_named(install: ModuleType, needed: Path) -> None:
    with pytest.raises(CXRGroundingError, match="still missing after the installation: no-such-package"):
        install.ensureInstalled(
            needed, testing=lambda: False, ask=Person(agrees=True), install=lambda missing, held: None
        )


@pytest.fixture
def pip_ensured(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Slicer's own installer was asked for; its parameters are those of Slicer 5.12."""
    calls: list[dict[str, Any]] = []

    def pip_ensure(
        requirements: list[str],
        constraints: str | None = None,
        skip_packages: list[str] | None = None,
        prompt_install: bool = True,
        prompt_restart: bool = True,
        requester: str | None = None,
        skip_in_testing: bool = True,
        show_progress: bool = True,
    ) -> None:
        calls.append({"requirements": requirements, "constraints": constraints, "prompt_install": prompt_install})

    packaging = ModuleType("slicer.packaging")
    packaging.pip_ensure = pip_ensure
    monkeypatch.setitem(sys.modules, "slicer.packaging", packaging)
    monkeypatch.setattr("slicer.packaging", packaging, raising=False)
    return calls


def extension(put_torch: bool, site: Path, asked: list[dict[str, Any]]) -> ModuleType:
    """Slicer's PyTorch extension, as far as it is called."""

    class PyTorchUtilsLogic:
        def installTorch(self, askConfirmation: bool = False, torchVersionRequirement: str | None = None) -> None:
            asked.append({"askConfirmation": askConfirmation, "torchVersionRequirement": torchVersionRequirement})
            if put_torch:
                put(site, "torch", "999.1")

    module = ModuleType("PyTorchUtils")
    module.PyTorchUtilsLogic = PyTorchUtilsLogic
    return module


@pytest.mark.parametrize(
    ("works", "left_to_pip"), [(True, ["no-such-package>=2"]), (False, ["torch>=999", "no-such-package>=2"])]
)
def test_torch_comes_by_its_extension_and_else_by_pip(
    install: ModuleType,
    site: Path,
    pip_ensured: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    works: bool,
    left_to_pip: list[str],
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setitem(sys.modules, "PyTorchUtils", extension(works, site, asked))
    held = tmp_path / "constraints.txt"
    install._install([Requirement("torch>=999"), Requirement("no-such-package>=2")], held)
    assert asked == [{"askConfirmation": False, "torchVersionRequirement": ">=999"}]
    assert pip_ensured == [{"requirements": left_to_pip, "constraints": str(held), "prompt_install": False}]


def test_without_the_extension_pip_brings_torch_too(
    install: ModuleType, pip_ensured: list[dict[str, Any]], tmp_path: Path
) -> None:
    install._install([Requirement("torch>=999")], tmp_path / "constraints.txt")
    assert pip_ensured[0]["requirements"] == ["torch>=999"]


def test_looking_for_what_is_missing_imports_no_torch() -> None:
    code = (
        "import sys, types; t = types.ModuleType('slicer.i18n'); t.tr = str; sys.modules['slicer.i18n'] = t\n"
        f"sys.path.insert(0, {str(MODULE)!r})\n"
        "from CXRGroundingLib import install\n"
        f"install.unmet({str(SHIPPED)!r})\n"
        "print(sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
