"""From the hub to a model that grounds: one command."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cxr_grounding.models.provenance import changed_files, read_provenance
from toy_hub import MODEL, NAME, TEXT, WANTED


def test_one_command_makes_a_model_that_grounds_a_phrase(
    cxr_ground, hub, cache: Path, home: Path, phantom_file: Path, tmp_path: Path
) -> None:
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 0
    assert f"{NAME} is ready in {home / 'models' / NAME}" in told.out
    assert [path.name for path in (home / "models").iterdir()] == [NAME]
    grounding = ("ground", phantom_file, "left effusion", "--model", NAME, "--steps", 10, "--device", "cpu")
    answer = cxr_ground(*grounding, "--out", tmp_path / "out", "--json")
    assert answer.code == 0
    model = answer.document["results"][0]["model"]
    assert model["name"] == NAME
    assert model["version"] == hub.repositories[MODEL].commit[:12]
    assert model["licence"] == "apache-2.0; text encoder: openrail++"
    assert "Research use only." in model["label"]


def test_only_what_is_needed_is_downloaded_and_all_of_it_is_recorded_and_shown(
    cxr_ground, hub, cache: Path, home: Path
) -> None:
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 0
    for repository, names in WANTED.items():
        commit = hub.repositories[repository].commit
        snapshot = cache / f"models--{repository.replace('/', '--')}" / "snapshots" / commit
        files = (path for path in snapshot.rglob("*") if path.is_file())
        assert sorted(path.relative_to(snapshot).as_posix() for path in files) == names
    recorded = read_provenance(home / "models" / NAME)
    assert recorded is not None
    assert {(source.repository, source.name) for source in recorded.sources} == {
        (repository, name) for repository, names in WANTED.items() for name in names
    }
    for source in recorded.sources:
        content = hub.repositories[source.repository].files[source.name]
        assert (source.sha256, source.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
        assert source.revision == hub.repositories[source.repository].commit
        assert source.licence == {MODEL: "apache-2.0", TEXT: "openrail++"}[source.repository]
    assert "tokenizer/tokenizer.json" in recorded.files
    assert changed_files(home / "models" / NAME) == []
    shown = cxr_ground("models", "show", NAME).out
    assert f"{MODEL}@{hub.repositories[MODEL].commit[:12]}  apache-2.0" in shown
    assert len(cxr_ground("models", "show", NAME, "--json").document["sources"]) == 10
    assert "apache-2.0; text encoder: openrail++" in cxr_ground("models", "list", "--json").out
    assert cxr_ground("models", "verify", NAME).out == (
        f"{NAME} is whole: every file is as it was made, and the model opens.\n"
    )


def test_what_is_there_is_not_fetched_again_unless_forced(cxr_ground, hub, cache: Path, home: Path) -> None:
    cxr_ground("models", "fetch", NAME, "--yes")
    asked, made = len(hub.asked), (home / "models" / NAME).stat().st_ino
    told = cxr_ground("models", "fetch", NAME)
    assert told.code == 0
    assert "is there already" in told.err
    assert len(hub.asked) == asked
    (home / "models" / NAME / "grounding.json").write_text("{")
    sent = hub.sent["models/diffusion_model.pt"]
    assert cxr_ground("models", "fetch", NAME, "--yes", "--force").code == 0
    assert hub.sent["models/diffusion_model.pt"] == sent
    assert (home / "models" / NAME).stat().st_ino != made
    assert [path.name for path in (home / "models").iterdir()] == [NAME]
    assert cxr_ground("models", "verify", NAME).code == 0


def test_another_name_repository_revision_and_suffix(cxr_ground, hub, cache: Path) -> None:
    hub.repositories["copies/text"] = hub.repositories.pop(TEXT)
    hub.repositories["copies/model"] = hub.repositories.pop(MODEL)
    files = hub.repositories["copies/model"].files
    for stem in ("autoencoder", "diffusion_model"):  # the suffix of the older layout
        files[f"models/{stem}.pth"] = files.pop(f"models/{stem}.pt")
    commit = hub.repositories["copies/model"].commit
    told = cxr_ground(
        *("models", "fetch", NAME, "--yes", "--json", "--name", "mine", "--text-encoder-repository", "copies/text"),
        *("--repository", "copies/model", "--revision", commit),
    )
    assert told.code == 0
    assert told.document["name"] == "mine"
    sources = cxr_ground("models", "show", "mine", "--json").document["sources"]
    assert {source["repository"] for source in sources} == {"copies/model", "copies/text"}
    assert "models/diffusion_model.pth" in [source["name"] for source in sources]


@pytest.mark.parametrize("name", ["phantom-ldm", "PHANTOM-LDM", "..", ".hidden", "a/b", "", "x" * 65])
def test_a_name_that_is_taken_or_is_none_is_refused_before_anything_is_asked(
    name: str, cxr_ground, hub, cache: Path, home: Path
) -> None:
    told = cxr_ground("models", "fetch", NAME, "--yes", "--force", "--name", name)
    assert told.code == 2
    assert "--name" in told.err
    assert hub.asked == []
    assert not home.exists()


def test_no_other_command_reaches_the_network(cxr_ground, hub, cache: Path, own_model_folder: Path) -> None:
    for command in (["list"], ["show", "phantom-ldm"], ["add", own_model_folder], ["verify", "own"], ["remove", "own"]):
        assert cxr_ground("models", *command).code == 0
    assert cxr_ground("doctor", "--json").code == 0
    assert hub.asked == []


def test_the_library_s_own_environment_says_which_hub_and_which_cache(hub, tmp_path: Path) -> None:
    # What it makes of the files is shown above: it ends at the first that it reads, before it loads any library.
    hub.repositories[MODEL].files["configs/inference.json"] = b"{"
    settings = {
        "HF_ENDPOINT": hub.address,
        "HF_HOME": str(tmp_path / "hf"),
        "CXR_GROUNDING_HOME": str(tmp_path / "home"),
        "NO_PROXY": "127.0.0.1",
    }
    told = subprocess.run(
        [
            *(sys.executable, "-m", "cxr_grounding.cli.main", "models", "fetch", NAME, "--yes", "--json"),
            *("--revision", "main", "--text-encoder-repository", TEXT),  # the toys have other commits and weights
        ],
        env={name: value for name, value in os.environ.items() if not name.startswith("HF_")} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2, told.stderr
    assert "inference.json" in told.stderr
    for repository, names in WANTED.items():
        (snapshot,) = (tmp_path / "hf" / "hub" / f"models--{repository.replace('/', '--')}" / "snapshots").iterdir()
        files = (path for path in snapshot.rglob("*") if path.is_file())
        assert sorted(path.relative_to(snapshot).as_posix() for path in files) == names
