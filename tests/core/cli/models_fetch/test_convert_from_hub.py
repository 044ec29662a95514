"""`models convert` with a text side that is named by its repository on the hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cxr_grounding.models.provenance import read_provenance
from toy_hub import MODEL, TEXT


@pytest.fixture
def convert(cxr_ground: Callable[..., Any], hub: Any, cache: Path, tmp_path: Path) -> Callable[..., Any]:
    """Convert local checkpoints with this text side."""
    files = {}
    for name in ("autoencoder", "diffusion_model"):
        files[name] = tmp_path / f"{name}.pt"
        files[name].write_bytes(hub.repositories[MODEL].files[f"models/{name}.pt"])

    def run(text_side: str, **changes: Path) -> Any:
        return cxr_ground(
            *("models", "convert", "--autoencoder", (files | changes)["autoencoder"]),
            *("--unet", (files | changes)["diffusion_model"]),
            *("--text-encoder", text_side, "--tokenizer", text_side, "--out", tmp_path / "model"),
        )

    return run


def test_the_text_side_comes_from_the_hub_and_is_recorded(
    convert: Callable[..., Any], hub: Any, tmp_path: Path
) -> None:
    assert convert(TEXT).code == 0
    recorded = read_provenance(tmp_path / "model")
    assert recorded is not None
    origins = {source.name: source.repository for source in recorded.sources}
    assert origins["autoencoder.pt"] == ""
    assert {name for name, repository in origins.items() if repository == TEXT} == {
        *("text_encoder/config.json", "text_encoder/model.safetensors"),
        *("tokenizer/merges.txt", "tokenizer/tokenizer_config.json", "tokenizer/vocab.json"),
    }
    commits = {source.revision for source in recorded.sources if source.repository}
    assert commits == {hub.repositories[TEXT].commit}


def test_a_name_that_is_neither_folder_nor_repository_is_told_as_both(
    convert: Callable[..., Any], tmp_path: Path
) -> None:
    told = convert("somebody/nothing")
    assert told.code == 2
    assert "There is no folder somebody/nothing here, and as a repository on the hub: There is no repo" in told.err
    assert not (tmp_path / "model").exists()


def test_a_repository_without_the_part_is_named(convert: Callable[..., Any]) -> None:
    told = convert(MODEL)
    assert told.code == 2
    assert f"{MODEL} has no config.json" in told.err


def test_a_misspelt_checkpoint_is_told_before_anything_is_asked_of_the_hub(
    convert: Callable[..., Any], hub: Any, tmp_path: Path
) -> None:
    told = convert(TEXT, autoencoder=tmp_path / "nowhere.pt")
    assert told.code == 2
    assert "There is no checkpoint" in told.err
    assert hub.asked == []
