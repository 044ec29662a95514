"""With HF_HUB_OFFLINE=1 the cache is all there is."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import pytest

from toy_hub import MODEL, NAME, TEXT


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch):
    """Cut off from here on, by a call."""
    return lambda: monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def test_a_filled_cache_is_all_that_is_needed(cxr_ground, hub, cache: Path, home: Path, offline) -> None:
    assert cxr_ground("models", "fetch", NAME, "--yes", "--name", "online").code == 0
    asked = len(hub.asked)
    offline()
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 0
    assert "from the cache (HF_HUB_OFFLINE is set)" in told.err
    assert "licence: apache-2.0, as LICENSE reads; no model card states one; LICENSE: Apache License" in told.err
    assert "To download: 0 bytes," in told.err
    assert len(hub.asked) == asked
    records = [cxr_ground("models", "show", name, "--json").document for name in ("online", NAME)]
    assert records[0]["sources"] == records[1]["sources"]
    assert records[0]["model"]["version"] == records[1]["model"]["version"]


def test_an_empty_cache_is_told_with_everything_it_lacks(cxr_ground, hub, cache: Path, home: Path, offline) -> None:
    offline()
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"the cache {cache} lacks models/autoencoder.pt of {MODEL}, models/diffusion_model.pt" in told.err
    assert f"tokenizer/merges.txt of {TEXT}" in told.err
    assert hub.asked == []
    assert not home.exists()


def test_a_half_filled_cache_is_told_with_what_it_lacks(cxr_ground, hub, cache: Path, home: Path, offline) -> None:
    hub.spoilt["models/diffusion_model.pt"] = b"too short"
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 2
    offline()
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"lacks models/diffusion_model.pt of {MODEL}, text_encoder/config.json of {TEXT}" in told.err
    assert "autoencoder" not in told.err
    assert not home.exists()


def test_a_damaged_cache_is_found_out(cxr_ground, hub, cache: Path, home: Path, offline) -> None:
    assert cxr_ground("models", "fetch", NAME, "--yes", "--name", "online").code == 0
    (file,) = cache.rglob("snapshots/*/models/autoencoder.pt")
    content = file.read_bytes()
    file.resolve().write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    offline()
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert "models/autoencoder.pt" in told.err
    assert "does not have the checksum" in told.err
    assert not (home / "models" / NAME).exists()
