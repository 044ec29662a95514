"""What breaks on the way: the connection, a file's content, the disk, the cache."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from toy_hub import MODEL, NAME, TEXT

UNET = "models/diffusion_model.pt"


@contextlib.contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """The system lets no file of this process grow further, as on a full disk."""
    resource = pytest.importorskip("resource", reason="only POSIX systems have such a limit")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def cached(cache: Path, repository: str) -> set[str]:
    """Names of the whole files that the cache holds of a repository."""
    found = cache.glob(f"models--{repository.replace('/', '--')}/snapshots/*/**/*")
    return {
        path.relative_to(path.parents[-1]).as_posix().split("/snapshots/")[1][41:] for path in found if path.is_file()
    }


def test_a_broken_download_goes_on_where_it_broke(
    cxr_ground, hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The library keeps whole chunks; its own size, 10 MB, is more than the toy has.
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.cut[UNET] = 100_000
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 0
    gets = [path for method, path in hub.asked if method == "GET" and path.endswith(UNET)]
    assert len(gets) == 2
    assert hub.sent[UNET] == hub.size(MODEL, UNET)


def test_after_a_connection_that_stays_broken_the_second_call_asks_for_the_rest_only(
    cxr_ground, hub, cache: Path, home: Path
) -> None:
    hub.cut[UNET] = 100_000
    hub.down.add(UNET)
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"did not give {UNET} of {MODEL} (answer 503)" in told.err
    assert "Try again: what has come stays in the cache." in told.err
    assert not home.exists()
    assert cached(cache, MODEL) == {"LICENSE", "configs/inference.json", "models/autoencoder.pt"}
    hub.sent.clear()
    hub.down.clear()
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 0
    assert {name for name in hub.repositories[MODEL].files if hub.sent[name]} == {UNET}
    assert hub.sent[UNET] == hub.size(MODEL, UNET)


def test_a_second_call_takes_up_a_large_file_where_the_first_one_stopped(
    cxr_ground, hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    hub.cut[UNET] = 100_000
    hub.down.add(UNET)
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 2
    (part,) = cache.rglob("*.part")
    kept = part.stat().st_size
    assert 0 < kept <= 100_000
    hub.sent.clear()
    hub.down.clear()
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 0
    assert hub.sent[UNET] == hub.size(MODEL, UNET) - kept
    assert list(cache.rglob("*.part*")) == []


def test_no_connection_at_all_is_one_sentence(
    cxr_ground, hub, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert "The connection to http://127.0.0.1:9 failed" in told.err
    assert "HTTPS_PROXY" in told.err
    assert not home.exists()


@pytest.mark.parametrize(
    ("repository", "name"), [(MODEL, UNET), (TEXT, "tokenizer/vocab.json")], ids=["large file", "small file"]
)
def test_a_wrong_checksum_installs_nothing_and_a_second_call_fetches_that_file_again(
    repository: str, name: str, cxr_ground, hub, cache: Path, home: Path
) -> None:
    right = hub.repositories[repository].files[name]
    hub.spoilt[name] = right[:-1] + bytes([right[-1] ^ 1])
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"{name} of {repository} does not have the checksum" in told.err
    assert not home.exists()
    assert name not in cached(cache, repository)
    hub.spoilt.clear()
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 0
    assert hub.sent[name] == 2 * len(right)


def test_a_file_that_comes_too_short_is_named(cxr_ground, hub, cache: Path, home: Path) -> None:
    hub.spoilt[UNET] = hub.repositories[MODEL].files[UNET][:-10]
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"{UNET} of {MODEL} did not come whole" in told.err
    assert not home.exists()


def test_a_disk_that_fills_during_the_download_leaves_the_whole_files(cxr_ground, hub, cache: Path, home: Path) -> None:
    with no_file_above(hub.size(MODEL, UNET) - 1):
        told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert "The disk is full" in told.err
    assert f"{UNET} of {MODEL}" in told.err
    assert "HF_HOME" in told.err
    assert not home.exists()
    assert UNET not in cached(cache, MODEL)
    assert list(cache.rglob("*.incomplete")) == []
    assert cxr_ground("models", "fetch", NAME, "--yes").code == 0


def test_a_disk_that_fills_during_the_conversion_leaves_no_model(cxr_ground, hub, cache: Path, home: Path) -> None:
    assert cxr_ground("models", "fetch", NAME, "--yes", "--name", "first").code == 0
    unet = home / "models" / "first" / "unet" / "diffusion_pytorch_model.safetensors"
    with no_file_above(unet.stat().st_size - 1):
        told = cxr_ground("models", "fetch", NAME, "--yes")
        replaced = cxr_ground("models", "fetch", NAME, "--yes", "--name", "first", "--force")
    for answer in (told, replaced):
        assert answer.code == 2
        assert "space" in answer.err
    assert [path.name for path in (home / "models").iterdir()] == ["first"]
    assert cxr_ground("models", "verify", "first").code == 0


def test_a_cache_that_cannot_be_written_is_one_sentence(cxr_ground, cache: Path, home: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("in the way")
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert f"cannot be kept in {cache}" in told.err
    assert not home.exists()


def test_checkpoints_that_are_no_such_model_leave_nothing_but_the_cache(
    cxr_ground, hub, cache: Path, home: Path
) -> None:
    hub.repositories[MODEL].files[UNET] = b"no checkpoint"
    told = cxr_ground("models", "fetch", NAME, "--yes")
    assert told.code == 2
    assert "diffusion_model.pt" in told.err
    assert not home.exists()
