"""What is not fetched: without consent, without space, or because the hub does not have it or give it."""

from __future__ import annotations

import io
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from toy_hub import COPY, MODEL, NAME, TEXT, WANTED


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


def nothing_is_left(*folders: Path) -> bool:
    return not any(folder.exists() for folder in folders)


def test_it_tells_what_is_fetched_and_under_which_licence_and_no_leaves_nothing(
    cxr_ground, hub, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    answer = cxr_ground("models", "fetch", NAME)
    assert answer.code == 2
    assert "Nothing was fetched" in answer.err
    assert nothing_is_left(cache, home)
    assert "models/diffusion_model.pt" not in hub.sent
    told = answer.err
    for name in (name for names in WANTED.values() for name in names):
        assert f"  {name} (" in told
    assert "not wanted" not in told
    assert "pytorch_model.bin" not in told
    assert f"from {hub.address}/{MODEL}\n" in told
    assert "licence: apache-2.0, as LICENSE reads; no model card states one; LICENSE: Apache License (" in told
    assert "licence: openrail++\n" in told
    size = sum(hub.size(repository, name) for repository, names in WANTED.items() for name in names)
    assert f"To download: {size / 1e6:.1f} MB, kept in {cache}." in told


@pytest.mark.parametrize(
    ("card", "stated"),
    [
        ({"license": "other", "license_name": "terms-of-its-own"}, "terms-of-its-own"),
        ({"license": "other"}, "other"),
        ({"license": ["mit", "apache-2.0"]}, "mit, apache-2.0"),
        ({"license": "m\x1b[31mit"}, "m [31mit"),
        ({}, "none stated on the model card"),
    ],
)
def test_the_licence_is_told_as_the_model_card_states_it(
    card: dict[str, object], stated: str, cxr_ground, hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    hub.repositories[TEXT].card = card
    assert f"  licence: {stated}\n" in cxr_ground("models", "fetch", NAME).err


def test_consent_can_be_typed(cxr_ground, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert cxr_ground("models", "fetch", NAME).code == 0
    assert (home / "models" / NAME / "grounding.json").is_file()


def test_without_a_terminal_consent_is_asked_for_beforehand(
    cxr_ground, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    told = cxr_ground("models", "fetch", NAME)
    assert told.code == 2
    assert "give --yes" in told.err
    assert nothing_is_left(cache, home)


def test_too_little_space_is_told_in_bytes_before_anything_is_downloaded(
    cxr_ground, hub, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(hub.size(repository, name) for repository, names in WANTED.items() for name in names)
    usage = namedtuple("usage", "total used free")
    # Both folders lie on one disk here, so the download and the model count together.
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 2 * size - 1))
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"{2 * size} bytes are needed" in told.err
    assert f"{2 * size - 1} are free" in told.err
    assert "HF_HOME" in told.err
    assert nothing_is_left(cache, home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 2 * size))
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 0


@pytest.mark.parametrize(
    ("status", "headers", "sentence"),
    [
        (403, {"X-Error-Code": "GatedRepo"}, "is gated"),
        (401, {"X-Error-Code": "GatedRepo"}, "hf auth login"),
        (403, {}, "does not let you have"),
        (404, {"X-Error-Code": "RepoNotFound"}, "There is no repository"),
        (401, {}, "hf auth login"),
        (410, {}, "is gone"),
        (418, {}, "answer 418"),
    ],
)
def test_a_closed_or_vanished_repository_is_named_with_what_to_do(
    status: int, headers: dict[str, str], sentence: str, cxr_ground, hub, cache: Path, home: Path
) -> None:
    hub.repositories[TEXT].refused = (status, headers)
    del hub.repositories[COPY]
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert sentence in told.err
    assert TEXT in told.err
    assert nothing_is_left(cache, home)


def test_a_gated_repository_whose_files_are_closed_installs_nothing(cxr_ground, hub, cache: Path, home: Path) -> None:
    hub.repositories[TEXT].closed = (403, {"X-Error-Code": "GatedRepo"})
    del hub.repositories[COPY]
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"{TEXT} is gated" in told.err
    assert f"{hub.address}/{TEXT}" in told.err
    assert nothing_is_left(home)


def test_a_repository_without_the_wanted_files_is_refused_naming_each(cxr_ground, hub, cache: Path, home: Path) -> None:
    del hub.repositories[MODEL].files["models/diffusion_model.pt"]
    del hub.repositories[TEXT].files["text_encoder/model.safetensors"]
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"models/diffusion_model.pt of {MODEL}, text_encoder/model.safetensors of {TEXT}" in told.err
    assert "--text-encoder-repository" in told.err
    assert nothing_is_left(cache, home)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--revision", "v9", "has no revision 'v9'"),
        ("--repository", "not a name", "is not the name of a repository"),
        ("--repository", "nobody/nothing", "There is no repository nobody/nothing"),
    ],
)
def test_a_wrong_setting_is_named(option: str, value: str, sentence: str, cxr_ground, cache: Path, home: Path) -> None:
    told = cxr_ground("models", "fetch", NAME, "--yes", option, value)
    assert told.code == 2
    assert sentence in told.err
    assert nothing_is_left(cache, home)


def test_a_model_that_is_not_known_is_refused_naming_the_one_that_is(cxr_ground, hub, cache: Path) -> None:
    told = cxr_ground("models", "fetch", "roentgen")
    assert told.code == 2
    assert NAME in told.err
    assert hub.asked == []


@pytest.mark.parametrize("address", ["huggingface.co", "http://host:port", "ftp://host"])
def test_an_address_that_is_none_is_refused(
    address: str, cxr_ground, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"HF_ENDPOINT is '{address}'" in told.err
