"""What is published, built as it is published: the source archive of the checkout's files, the wheel of that."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("core", "desktop", "CXRGrounding")
BESIDE = (
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE.txt",
    "MANIFEST.in",
    "README.md",
    "constraints.txt",
    "pyproject.toml",
    "setup.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--packages", help="folder with what `make package` built; built here where it is not given")


@dataclass(frozen=True)
class Packages:
    """The two files that are published."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Packages:
    given = request.config.getoption("packages", None)
    if given:
        (sdist,), (wheel,) = (sorted(Path(given).resolve().glob(pattern)) for pattern in ("*.tar.gz", "*.whl"))
        return Packages(sdist, wheel)
    folder = tmp_path_factory.mktemp("packages")
    sources = folder / "sources"  # a copy, since setuptools writes beside what it reads
    for part in PARTS:
        shutil.copytree(ROOT / part, sources / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in BESIDE:
        shutil.copy(ROOT / name, sources)
    sdist = built("sdist", sources, folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return Packages(sdist, built("wheel", folder / sdist.name.removesuffix(".tar.gz"), folder))


def built(kind: str, sources: Path, folder: Path) -> Path:
    """What the build backend makes, in a process of its own: "sdist" or "wheel"."""
    program = f"from setuptools import build_meta; print(build_meta.build_{kind}({str(folder)!r}))"
    told = subprocess.run([sys.executable, "-c", program], cwd=sources, capture_output=True, text=True, check=True)
    return folder / told.stdout.splitlines()[-1]
