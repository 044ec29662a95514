"""What works without the extras, and the sentence that names the one that something needs."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from cxr_grounding.cli.doctor import EXTRAS
from cxr_grounding.sources.credentials import PASSWORD, secret
from cxr_grounding.sources.servers import Server

ROOT = Path(__file__).parents[3]
MODULES = {"PyQt5": "PyQt5", "slicer-core": "slicer", "keyring": "keyring", "pyarrow": "pyarrow", "ray": "ray"}
"""What is imported of each package that an extra brings."""

WITHOUT = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
import cxr_grounding
for name in cxr_grounding.__all__:
    if name != "Grounder":  # brings torch
        getattr(cxr_grounding, name)
from cxr_grounding.cli.main import main
sys.argv = ["cxr-ground", "phantom", "--size", "64", "--out", "out"]
main()
"""


def declared() -> dict[str, list[str]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["optional-dependencies"]


def test_each_extra_brings_what_doctor_looks_for() -> None:
    found = {
        extra: tuple(name for line in lines for name in names_of(line))
        for extra, lines in declared().items()
        if extra not in ("dev", "docs")  # for those who change the program
    }
    assert found == EXTRAS


def names_of(line: str) -> list[str]:
    asked = Requirement(line)
    if asked.name != "cxr-grounding":
        return [asked.name]
    return [name for extra in asked.extras for inner in declared()[extra] for name in names_of(inner)]


def test_the_core_works_without_any(tmp_path: Path) -> None:
    program = f"HIDDEN = {sorted(MODULES.values())}\n{WITHOUT}"
    told = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "out" / "phantom-2000000.dcm").is_file()


def test_without_the_keyring_a_secret_is_asked_for_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Exception, match=r'cxr-grounding\[keyring\]"') as caught:
        secret(Server("main", "http://localhost/dicom-web"), PASSWORD)
    assert "Set the environment variable" in str(caught.value)


def test_without_pyarrow_several_images_get_a_table_as_csv_alone(
    cxr_ground, tiny_model_folder: Path, phantom_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    told = cxr_ground(
        *("ground", phantom_file.parent, "--phrase", "effusion", "--out", tmp_path / "out"),
        *("--model", tiny_model_folder, "--preset", "fast"),
    )
    assert told.code == 0, told.err
    assert 'pip install "cxr-grounding[tables]"' in told.err
    assert (tmp_path / "out" / "results.csv").is_file()
    assert not (tmp_path / "out" / "results.parquet").exists()


@pytest.mark.parametrize("missing", ["pyarrow", "ray"])
def test_without_what_a_cohort_needs_it_is_refused_with_the_extra(
    cxr_ground, tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch, phantom_file: Path
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(f"image,phrases\n{phantom_file},effusion\n", encoding="utf-8")
    told = cxr_ground("cohort", manifest, "--out", tmp_path / "out")
    assert told.code == 2
    assert 'pip install "cxr-grounding[cluster]"' in told.err
