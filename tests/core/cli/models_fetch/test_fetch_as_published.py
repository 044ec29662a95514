"""The hub as it really is: other names, no model card, pinned commits, copies of what is gone."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cxr_grounding.models.catalogue import PUBLISHED_MODELS, TEXT_ENCODER_WEIGHTS, Source
from toy_hub import COPY, MODEL, NAME, TEXT, Hub


@pytest.fixture
def offered(cxr_ground, hub: Hub, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """What is shown before the question, which nobody is there to answer."""

    def ask(*options: object) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO())
        told = cxr_ground("models", "fetch", NAME, *options)
        assert told.code == 2
        assert not cache.exists()
        assert not home.exists()
        return told.err

    return ask


def test_the_unet_goes_by_other_names_and_it_is_said_which_was_taken(offered, hub: Hub) -> None:
    files = hub.repositories[MODEL].files
    files["models/model.safetensors"] = files.pop("models/diffusion_model.pt")
    told = offered()
    assert "As unet, the file models/model.safetensors is taken." in told
    assert "give --yes" in told


def test_the_licence_is_read_from_its_file_where_no_card_states_one(offered, hub: Hub) -> None:
    commit = hub.repositories[MODEL].commit
    assert (
        "licence: apache-2.0, as LICENSE reads; no model card states one; LICENSE: Apache License "
        f"({hub.address}/{MODEL}/blob/{commit}/LICENSE)"
    ) in offered()


def test_a_licence_that_is_not_known_is_called_unknown(offered, hub: Hub) -> None:
    hub.repositories[MODEL].files["LICENSE"] = b"Do what you like.\n"
    assert "licence: unknown; LICENSE: Do what you like. (" in offered()


def test_the_commit_that_is_known_to_work_is_taken_by_default(offered, hub: Hub) -> None:
    hub.repositories[MODEL].latest = "f" * 40  # it has gone on
    told = offered()
    assert f"{MODEL} at {hub.repositories[MODEL].commit[:12]}" in told
    assert ("GET", f"api/models/{MODEL}/commits/main") in hub.asked
    assert ("GET", f"api/models/{TEXT}/revision/{hub.repositories[TEXT].commit}") in hub.asked
    hub.asked.clear()
    offered("--revision", "main")
    assert ("GET", f"api/models/{MODEL}/revision/main") in hub.asked


def test_a_commit_that_is_not_in_the_history_is_named(offered, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = dataclasses.replace(
        PUBLISHED_MODELS[NAME], sides={**PUBLISHED_MODELS[NAME].sides, "model": (Source(MODEL, "abcdef1"),)}
    )
    monkeypatch.setitem(PUBLISHED_MODELS, NAME, gone)
    told = offered()
    assert f"{MODEL} has no commit abcdef1 in its history" in told
    assert "--revision main" in told


def test_a_repository_that_is_gone_is_replaced_by_its_copy(offered, hub: Hub) -> None:
    del hub.repositories[TEXT]
    told = offered()
    assert f"{TEXT} cannot be had any more; its copy {COPY} has the same file." in told
    assert f"{COPY} at {hub.repositories[COPY].commit[:12]}" in told


def test_a_copy_with_another_file_is_not_taken(offered, hub: Hub) -> None:
    del hub.repositories[TEXT]
    hub.repositories[COPY].files[TEXT_ENCODER_WEIGHTS] += b"0"
    told = offered()
    assert f"There is no repository {TEXT}" in told
    assert COPY not in told


def test_another_text_encoder_is_warned_of_before_it_is_taken(offered, hub: Hub) -> None:
    hub.repositories["mine/text"] = hub.repositories[TEXT]
    hub.repositories["mine/text"].files[TEXT_ENCODER_WEIGHTS] += b"0"
    told = offered("--text-encoder-repository", "mine/text")
    assert "is not the file that the model was trained with: its SHA-256 is" in told
    assert told.index("is not the file") < told.index("Do you accept")


def test_published_models_that_are_not_here_are_listed_with_their_size(cxr_ground, hub: Hub, home: Path) -> None:
    told = cxr_ground("models", "list")
    assert NAME in told.out
    assert "about 2.4 GB" in told.out
    assert f"cxr-ground models fetch {NAME}" in told.out
    listed = cxr_ground("models", "list", "--json").document
    assert [(one["name"], one["here"]) for one in listed] == [
        ("phantom-ldm", True),
        (NAME, False),
        ("cxr-bert-ldm", False),
    ]


@pytest.mark.parametrize("name", [NAME, "roentgen"])
def test_a_model_that_is_not_here_is_told_with_what_gets_the_published_one(name: str, cxr_ground, home: Path) -> None:
    told = cxr_ground("models", "show", name)
    assert told.code == 2
    assert f"There is no model '{name}'" in told.err
    assert f"`cxr-ground models fetch {NAME}`" in told.err
    assert "(in the panel: choose it, and press 'Get this model...')" in told.err
