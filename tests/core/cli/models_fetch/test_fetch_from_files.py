"""A published model from files at hand, or from an address: what somebody gives may come from anywhere."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cxr_grounding.models.catalogue import PUBLISHED_MODELS
from cxr_grounding.models.provenance import read_provenance
from toy_hub import MODEL, NAME, TEXT, Hub

INSIDE = "cxr_image_synthesis_latent_diffusion_model"
"""The folder that the release archive holds."""


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def release(hub: Hub) -> bytes:
    """As MONAI's release archive: all of the first repository, in a folder."""
    return zipped({f"{INSIDE}/{name}": content for name, content in hub.repositories[MODEL].files.items()})


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change what is known of the published model."""

    def change(**fields: object) -> None:
        monkeypatch.setitem(PUBLISHED_MODELS, NAME, dataclasses.replace(PUBLISHED_MODELS[NAME], **fields))

    return change


def test_a_folder_with_all_files_needs_no_hub(cxr_ground, hub: Hub, cache: Path, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    for repository, top in ((MODEL, "model"), (TEXT, "text")):
        for name, content in hub.repositories[repository].files.items():
            (folder / top / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / top / name).write_bytes(content)
    told = cxr_ground("models", "fetch", NAME, "--yes", "--from", folder)
    assert told.code == 0, told.err
    assert hub.asked == []
    assert [path.name for path in (home / "models").iterdir()] == [NAME]
    recorded = read_provenance(home / "models" / NAME)
    assert recorded is not None
    sources = {source.name: source for source in recorded.sources}
    assert sources["model/models/autoencoder.pt"].licence == "apache-2.0"
    assert (
        sources["model/models/autoencoder.pt"].sha256
        == hashlib.sha256(hub.repositories[MODEL].files["models/autoencoder.pt"]).hexdigest()
    )
    assert "To download: 0 bytes" in told.err


def test_the_release_archive_is_fetched_from_its_address_and_known_by_its_sha1(
    cxr_ground, hub: Hub, cache: Path, home: Path, release: bytes, publish
) -> None:
    hub.archive, address = release, f"{hub.address}/{hub.archive_path}"
    publish(archive=address, archive_sha1=hashlib.sha1(release).hexdigest())
    told = cxr_ground("models", "fetch", NAME, "--yes", "--from", address)
    assert told.code == 0, told.err
    assert "is taken as it is" not in told.err
    assert not any(MODEL in path for _, path in hub.asked)
    assert list((home / "downloads").iterdir()) == []
    assert cxr_ground("models", "verify", NAME).code == 0


def test_what_the_address_gives_in_place_of_the_release_is_refused_and_removed(
    cxr_ground, hub: Hub, cache: Path, home: Path, release: bytes, publish
) -> None:
    hub.archive, address = release, f"{hub.address}/{hub.archive_path}"
    publish(archive=address, archive_sha1="0" * 40)
    told = cxr_ground("models", "fetch", NAME, "--yes", "--from", address)
    assert told.code == 2
    assert "its SHA-1 is not" in told.err
    assert list((home / "downloads").iterdir()) == []
    assert not (home / "models").exists()


def test_another_archive_is_warned_of_and_asked_about(
    cxr_ground, hub: Hub, cache: Path, home: Path, release: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.zip").write_bytes(release)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    told = cxr_ground("models", "fetch", NAME, "--from", tmp_path / "mine.zip")
    assert told.code == 2
    assert "its content is not that of the published release archive" in told.err
    assert "licence: apache-2.0, as LICENSE reads" in told.err
    assert not home.exists()


def member(name: str, kind: int = 0) -> bytes:
    """An archive with one such member beside the model's files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("models/autoencoder.pt", b"x")
        entry = zipfile.ZipInfo(name)
        entry.external_attr = kind << 16
        archive.writestr(entry, b"x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (member("../outside.pt"), "leads out of the archive"),
        (member("/etc/passwd"), "leads out of the archive"),
        (member("C:\\\\windows.pt"), "leads out of the archive"),
        (member("models/link", stat.S_IFLNK | 0o777), "is a link"),
        (member("models/autoencoder.pt"), "there twice"),
        (zipped({str(number): b"" for number in range(10_001)}), "more than 10000 files"),
        (b"no archive", "no zip archive that can be read"),
        (zipped({"notes.txt": b"x"}), "it lacks models/autoencoder.pt, models/diffusion_model.pt"),
        (zipped({"notes.txt": b"x" * 1000})[:-30], "no zip archive that can be read"),
    ],
    ids=["up", "root", "drive", "link", "twice", "many", "none", "others", "cut"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_is_none_or_was_made_to_do_harm_is_one_sentence(
    content: bytes, sentence: str, cxr_ground, hub: Hub, cache: Path, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "given.zip").write_bytes(content)
    told = cxr_ground("models", "fetch", NAME, "--yes", "--from", tmp_path / "given.zip")
    assert told.code == 2
    assert sentence in told.err
    assert hub.asked == []
    assert not home.exists()


def test_a_member_that_is_damaged_leaves_no_model(
    cxr_ground, hub: Hub, cache: Path, home: Path, release: bytes, tmp_path: Path
) -> None:
    torn = bytearray(release)
    at = release.index(b"models/diffusion_model.pt") + 5000
    torn[at] ^= 255
    (tmp_path / "torn.zip").write_bytes(bytes(torn))
    told = cxr_ground("models", "fetch", NAME, "--yes", "--from", tmp_path / "torn.zip")
    assert told.code == 2
    assert "is damaged" in told.err
    assert not home.exists()


def test_a_place_that_is_not_there_is_named(cxr_ground, hub: Hub, cache: Path, tmp_path: Path) -> None:
    told = cxr_ground("models", "fetch", NAME, "--yes", "--from", tmp_path / "nowhere")
    assert told.code == 2
    assert "There is no folder and no file" in told.err
