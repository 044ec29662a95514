"""The other commands: phantom, models, doctor."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from cxr_grounding import __version__
from cxr_grounding.cli.loaded_when_run import LoadedWhenRun
from cxr_grounding.cli.main import app
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.reading.read_image import read_image


def test_phantom_writes_a_radiograph_its_report_and_the_truth(cxr_ground, tmp_path: Path) -> None:
    told = cxr_ground("phantom", "--count", 2, "--seed", 40, "--size", 128, "--out", tmp_path, "--json")
    assert told.code == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        f"phantom-{seed}.{end}" for seed in (40, 41) for end in ("dcm", "json", "txt")
    ]
    assert min(read_image(tmp_path / "phantom-40.dcm").shape) == 128
    truth = json.loads((tmp_path / "phantom-41.json").read_text())
    drawn = draw_phantom(41, 128)
    assert truth == told.document[1]
    assert [finding["sentence"] for finding in truth["findings"]] == [one.sentence for one in drawn.drawn]
    boxes = [tuple(box.values()) for finding in truth["findings"] for box in finding["boxes_pixels"]]
    assert boxes == [(box.x, box.y, box.width, box.height) for one in drawn.drawn for box in one.boxes]


def test_models_list_and_show_the_bundled_model(cxr_ground) -> None:
    assert "phantom-ldm" in cxr_ground("models", "list").out
    (entry,) = [one for one in cxr_ground("models", "list", "--json").document if one["bundled"]]
    assert entry["bytes"] < 26e6
    shown = cxr_ground("models", "show", "phantom-ldm")
    assert "latent_scale" in shown.out
    assert "says nothing about real patients" in shown.out


def test_a_model_in_the_user_s_folder_is_listed_by_its_name(
    cxr_ground, monkeypatch: pytest.MonkeyPatch, own_model_folder: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "models").mkdir(parents=True)
    own_model_folder.rename(tmp_path / "home" / "models" / "mine")
    assert cxr_ground("models", "show", "mine", "--json").document["model"]["name"] == "tiny"


def test_an_unknown_model_is_refused_with_the_names_there_are(cxr_ground) -> None:
    told = cxr_ground("models", "show", "nothing-such")
    assert told.code == 2
    assert "phantom-ldm" in told.err


def test_a_model_whose_recipe_is_damaged_is_listed_as_such_and_not_shown(cxr_ground, own_model_folder: Path) -> None:
    (own_model_folder / "grounding.json").write_text("{")
    told = cxr_ground("models", "show", own_model_folder)
    assert told.code == 2
    assert "grounding.json" in told.err


def test_doctor_names_versions_devices_and_models_and_no_secret(cxr_ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_GROUNDING_MAIN_PACS_TOKEN", "hunter2")
    told = cxr_ground("doctor", "--json")
    assert "hunter2" not in told.out
    assert str(Path.home()) not in told.out or Path.home() == Path("/")
    report = told.document
    assert report["program"]["cxr-grounding"] == __version__
    assert report["program"]["memory"].endswith("GiB")
    assert report["packages"]["torch"].startswith("2.")
    assert "cpu" in report["devices"]
    assert report["extras"]["tables"] == "installed"
    assert report["places"]["own folder"] == str(Path("~/.cxr_grounding"))
    assert "phantom-ldm" in report["models"]
    assert "pydicom" in cxr_ground("doctor").out


def test_the_version_and_the_help_are_there(cxr_ground) -> None:
    assert cxr_ground("--version").out.strip() == f"cxr-ground {__version__}"
    assert "Research use only" in cxr_ground("--help").out


def test_a_wrong_option_is_a_usage_error(cxr_ground) -> None:
    told = cxr_ground("phantom", "--count", 0, "--out", "x")
    assert told.code == 2
    assert not Path("x").exists()


HEAVY = ("torch", "diffusers", "transformers", "matplotlib", "scipy", "pydicom", "SimpleITK", "PIL", "numpy")


@pytest.mark.parametrize("arguments", [("--help",), ("ground", "--help"), ("--version",)], ids=" ".join)
def test_to_show_help_loads_no_library_that_computes(arguments: tuple[str, ...]) -> None:
    program = (
        f"import sys, runpy; sys.argv = ['cxr-ground', *{arguments}]\n"
        "try: runpy.run_module('cxr_grounding.cli.main', run_name='__main__')\n"
        "except SystemExit: pass\n"
        f"print(sorted({set(HEAVY)} & set(sys.modules)), file=sys.stderr)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stderr.strip() == "[]"
    assert "cxr-ground" in told.stdout


def test_each_command_is_listed_by_the_first_line_of_its_own_help() -> None:
    commands = typer.main.get_command(app)
    assert isinstance(commands, LoadedWhenRun)
    own = {name: commands.loaded(name).help for name in commands.listed}
    assert {name: text.split("\n\n")[0].replace("\n", " ") for name, text in own.items()} == {
        name: command.summary for name, command in commands.listed.items()
    }


@pytest.mark.parametrize(
    ("encoding", "folder", "printed"),
    [
        ("cp1252", "\u2265 \u80f8", rb"\u2265 \u80f8"),
        ("ascii", "\u2265 \u80f8", rb"\u2265 \u80f8"),
        ("utf-8", os.fsdecode(b"na\xefve"), rb"na\udcefve"),
    ],
)
def test_a_terminal_that_lacks_a_letter_gets_an_escape(
    cxr_ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, folder: str, printed: bytes
) -> None:
    # On stdout: what goes to stderr, Python itself escapes.
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding=encoding, errors="strict"))
    monkeypatch.chdir(tmp_path)
    told = cxr_ground("phantom", "--size", "64", "--out", folder)
    sys.stdout.flush()
    assert told.code == 0, told.err
    assert printed in shown.getvalue()


def test_an_argument_in_utf8_is_understood_in_the_plainest_locale() -> None:
    program = "import sys; from cxr_grounding.cli.ground_one import _as_typed; print(ascii(_as_typed(sys.argv[1])))"
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", program, "effusion \u2265 3 cm"]
    told = subprocess.run(command, env=os.environ | plain, stdout=subprocess.PIPE, check=True)
    assert told.stdout.strip() == rb"'effusion \u2265 3 cm'"


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b"])
def test_a_model_name_that_no_folder_can_have_is_refused(
    cxr_ground, phantom_file: Path, tmp_path: Path, name: str
) -> None:
    told = cxr_ground("ground", phantom_file, "effusion", "--out", tmp_path / "out", "--model", name)
    assert told.code == 2
    assert "There is no model 'a" in told.err
    assert len(told.err) < 600
