"""Model folders by name: added, listed, verified, removed."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from cxr_grounding.models.provenance import SourceFile, write_provenance
from cxr_grounding.models.registry import find_model, list_models

MINE = {"model": {"name": "mine", "licence": "mit"}, "recipe": {"frame_size": 64, "layers": [0], "steps": 20}}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's models folder; it does not exist yet."""
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models"


@pytest.fixture
def made(own_model_folder: Path, home: Path) -> Path:
    """A model in the models folder, with a record of its files."""
    home.mkdir(parents=True)
    folder = Path(shutil.move(own_model_folder, home / "made"))
    write_provenance(folder, [SourceFile("unet.pt", "0" * 64, 7, "owner/name", "c0ffee" * 6, "mit")])
    return folder


@pytest.fixture
def plain(own_model_folder: Path) -> Path:
    """A diffusers folder without a recipe."""
    (own_model_folder / "grounding.json").unlink()
    return own_model_folder


def test_an_added_folder_is_known_by_its_name_and_stays_where_it_is(
    cxr_ground, own_model_folder: Path, home: Path
) -> None:
    before = sorted(own_model_folder.rglob("*"))
    assert cxr_ground("models", "add", own_model_folder).out == f"own is {own_model_folder}.\n"
    assert (home / "own.path").read_text(encoding="utf-8") == f"{own_model_folder}\n"
    assert sorted(own_model_folder.rglob("*")) == before
    entry = find_model("own")
    assert (entry.folder, entry.added, entry.bundled) == (own_model_folder, True, False)
    assert f"{own_model_folder} (added)" in cxr_ground("models", "show", "own").out


def test_a_relative_path_is_found_from_everywhere(
    cxr_ground, own_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_model_folder.parent)
    assert cxr_ground("models", "add", "own", "--name", "b").code == 0
    monkeypatch.chdir("/")
    assert find_model("b").folder == own_model_folder


def test_the_bundled_model_comes_first_and_the_others_by_name(cxr_ground, own_model_folder: Path, home: Path) -> None:
    for name in ("c", "a"):
        assert cxr_ground("models", "add", own_model_folder, "--name", name).code == 0
    shutil.copytree(own_model_folder, home / "b")
    shutil.copytree(own_model_folder, home / ".unfinished")
    assert [entry.name for entry in list_models()] == ["phantom-ldm", "a", "b", "c"]
    listed = cxr_ground("models", "list", "--json").document
    assert [(one["name"], one["added"]) for one in listed[1:] if one["here"]] == [
        ("a", True),
        ("b", False),
        ("c", True),
    ]


@pytest.mark.parametrize("name", ["phantom-ldm", "Phantom-LDM", "made", "MADE"])
def test_a_name_that_is_taken_is_refused(name: str, cxr_ground, made: Path, tiny_model_folder: Path) -> None:
    told = cxr_ground("models", "add", tiny_model_folder, "--name", name)
    assert told.code == 2
    assert "already" in told.err
    assert [path.name for path in made.parent.iterdir()] == ["made"]


@pytest.mark.parametrize("name", ["..", "a/b", ".hidden", "", "two words", "n" * 65])
def test_a_name_that_cannot_be_one_is_refused(name: str, cxr_ground, own_model_folder: Path, home: Path) -> None:
    told = cxr_ground("models", "add", own_model_folder, "--name", name)
    assert told.code == 2
    assert "cannot be a model's name" in told.err
    assert not home.exists()


def test_a_folder_that_is_no_model_is_told_with_what_it_lacks(cxr_ground, own_model_folder: Path, home: Path) -> None:
    shutil.rmtree(own_model_folder / "unet")
    (own_model_folder / "scheduler" / "scheduler_config.json").unlink()
    told = cxr_ground("models", "add", own_model_folder)
    assert told.code == 2
    assert "no unet/config.json, no scheduler/scheduler_config.json" in told.err
    assert cxr_ground("models", "add", own_model_folder / "nothing").code == 2
    assert not home.exists()


def test_a_folder_whose_weights_do_not_open_is_not_added(cxr_ground, own_model_folder: Path, home: Path) -> None:
    (own_model_folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"torn")
    told = cxr_ground("models", "add", own_model_folder)
    assert told.code == 2
    assert "diffusion_pytorch_model.safetensors" in told.err
    assert not home.exists()


def test_a_folder_in_the_models_folder_need_not_be_added(cxr_ground, made: Path) -> None:
    told = cxr_ground("models", "add", made, "--name", "again")
    assert told.code == 2
    assert "is listed already" in told.err


def test_a_plain_folder_gets_its_recipe_from_a_file(cxr_ground, plain: Path, tmp_path: Path) -> None:
    told = cxr_ground("models", "add", plain)
    assert told.code == 2
    assert "--recipe" in told.err
    (tmp_path / "mine.json").write_text(json.dumps(MINE))
    assert cxr_ground("models", "add", plain, "--recipe", tmp_path / "mine.json").code == 0
    assert json.loads((plain / "grounding.json").read_text()) == MINE
    entry = find_model("own")
    assert entry.recipe is not None
    assert entry.recipe.layers == (0,)


def test_a_ready_made_recipe_goes_by_its_name(
    cxr_ground, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = cxr_ground("models", "add", plain, "--recipe", "nothing-such")
    assert told.code == 2
    assert "cxr-bert-ldm, monai-cxr-ldm, stable-diffusion, stable-diffusion-bert" in told.err
    told = cxr_ground("models", "add", plain, "--recipe", "monai-cxr-ldm")
    assert "names the layer 7, but the model has 7" in told.err  # the shipped one is for a larger model
    monkeypatch.setattr("cxr_grounding.models.add.RECIPES", tmp_path)
    (tmp_path / "small.json").write_text(json.dumps(MINE))
    assert cxr_ground("models", "add", plain, "--recipe", "small").code == 0
    assert json.loads((plain / "grounding.json").read_text()) == MINE


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("{", "cannot be read as JSON"),
        (json.dumps(MINE | {"recipe": {"layer": [0]}}), "unknown name 'layer'"),
        (json.dumps(MINE | {"recipe": MINE["recipe"] | {"layers": [99]}}), "names the layer 99"),
    ],
)
def test_a_recipe_that_does_not_fit_leaves_the_folder_as_it_was(
    document: str, sentence: str, cxr_ground, plain: Path, tmp_path: Path, home: Path
) -> None:
    (tmp_path / "mine.json").write_text(document)
    told = cxr_ground("models", "add", plain, "--recipe", tmp_path / "mine.json")
    assert told.code == 2
    assert sentence in told.err
    assert not (plain / "grounding.json").exists()
    assert not home.exists()


def test_a_recipe_that_is_there_is_kept(cxr_ground, own_model_folder: Path) -> None:
    before = (own_model_folder / "grounding.json").read_text()
    told = cxr_ground("models", "add", own_model_folder, "--recipe", "monai-cxr-ldm")
    assert told.code == 2
    assert "is there already and is kept" in told.err
    assert (own_model_folder / "grounding.json").read_text() == before


def test_a_folder_that_has_gone_away_is_a_problem_and_not_a_crash(
    cxr_ground, own_model_folder: Path, phantom_file: Path, tmp_path: Path
) -> None:
    cxr_ground("models", "add", own_model_folder)
    own_model_folder.rename(tmp_path / "moved")
    listed = cxr_ground("models", "list")
    assert listed.code == 0
    assert "gone" in listed.out
    assert "is not there. Connect its drive" in listed.err
    for command in (["models", "show"], ["models", "verify"], ["ground", phantom_file, "x", "--out", "o", "--model"]):
        told = cxr_ground(*command, "own")
        assert told.code == 2
        assert str(own_model_folder) in told.err
    assert cxr_ground("doctor").code == 0
    assert cxr_ground("models", "remove", "own").code == 0
    assert [entry.name for entry in list_models()] == ["phantom-ldm"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not/absolute"])
def test_a_damaged_registration_is_a_problem_and_can_be_removed(content: bytes, cxr_ground, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "torn.path").write_bytes(content)
    told = cxr_ground("models", "show", "torn")
    assert told.code == 2
    assert "cxr-ground models remove torn" in told.err
    assert cxr_ground("models", "remove", "torn").code == 0
    assert list(home.iterdir()) == []


def test_removing_an_added_model_keeps_its_files(cxr_ground, own_model_folder: Path, home: Path) -> None:
    cxr_ground("models", "add", own_model_folder)
    told = cxr_ground("models", "remove", "own")
    assert told.code == 0
    assert "its files stay" in told.out
    assert (own_model_folder / "grounding.json").is_file()
    assert list(home.iterdir()) == []


def test_removing_another_deletes_it_after_a_yes(cxr_ground, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert "give --yes" in cxr_ground("models", "remove", "made").err
    assert made.is_dir()
    told = cxr_ground("models", "remove", "made", "--yes")
    assert told.out == f"made is removed from {made}.\n"
    assert list(made.parent.iterdir()) == []


def test_a_link_in_the_models_folder_is_removed_and_not_what_it_leads_to(
    cxr_ground, own_model_folder: Path, home: Path
) -> None:
    home.mkdir(parents=True)
    (home / "linked").symlink_to(own_model_folder, target_is_directory=True)
    assert cxr_ground("models", "remove", "linked", "--yes").code == 0
    assert (own_model_folder / "grounding.json").is_file()
    assert list(home.iterdir()) == []


def test_the_bundled_model_and_an_unknown_one_cannot_be_removed(cxr_ground, made: Path) -> None:
    for name in ("phantom-ldm", "nothing-such", made):
        told = cxr_ground("models", "remove", name, "--yes")
        assert told.code == 2
        assert "made" in told.err
    assert made.is_dir()
    assert find_model().folder.is_dir()


def test_show_names_sources_and_licence(cxr_ground, made: Path) -> None:
    shown = cxr_ground("models", "show", "made").out
    assert "owner/name@c0ffeec0ffee  mit  sha256:000000000000…" in shown
    (source,) = cxr_ground("models", "show", "made", "--json").document["sources"]
    assert source["repository"] == "owner/name"
    (made / "provenance.json").write_text("{")
    told = cxr_ground("models", "show", "made")
    assert told.code == 0
    assert "provenance.json" in told.err


def test_verify_says_that_a_model_is_whole(cxr_ground, made: Path) -> None:
    told = cxr_ground("models", "verify", "made")
    assert (told.code, told.out) == (0, "made is whole: every file is as it was made, and the model opens.\n")
    assert cxr_ground("models", "verify", made, "--json").document == {
        "name": "made",
        "folder": str(made),
        "recorded": True,
        "problems": [],
    }


def test_verify_without_a_record_says_that_only_opening_was_checked(cxr_ground) -> None:
    told = cxr_ground("models", "verify", "phantom-ldm")
    assert told.code == 0
    assert "Only that was checked" in told.out


def test_verify_names_each_file_that_is_not_as_it_was(cxr_ground, made: Path) -> None:
    weights = made / "unet" / "diffusion_pytorch_model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    (made / "tokenizer" / "merges.txt").unlink()
    (made / "extra.bin").write_text("?")
    told = cxr_ground("models", "verify", "made")
    assert told.code == 2
    for sentence in (
        "unet/diffusion_pytorch_model.safetensors has changed since the model was made.",
        "tokenizer/merges.txt is missing.",
        "extra.bin is not in provenance.json",
        "The model has no tokenizer",
    ):
        assert sentence in told.err
    answer = cxr_ground("models", "verify", "made", "--json")
    assert answer.code == 2
    assert len(answer.document["problems"]) == 4


def test_verify_opens_the_model_also_where_no_file_is_recorded(cxr_ground, made: Path) -> None:
    (made / "provenance.json").unlink()
    (made / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    told = cxr_ground("models", "verify", "made")
    assert told.code == 2
    assert "The model has no weights in vae/" in told.err
