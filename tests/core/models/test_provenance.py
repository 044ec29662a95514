"""A model folder remembers where it comes from, and what its files were."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from cxr_grounding import __version__
from cxr_grounding.errors import ModelError
from cxr_grounding.models.provenance import (
    PROVENANCE_FILE,
    SourceFile,
    changed_files,
    read_provenance,
    write_provenance,
)

DIGEST = hashlib.sha256(b"weights").hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files, recorded with one source."""
    folder = tmp_path / "model"
    (folder / "unet").mkdir(parents=True)
    (folder / "unet" / "config.json").write_text("{}")
    (folder / "grounding.json").write_text("{ }")
    write_provenance(folder, [SourceFile("unet.pt", DIGEST, 7, "owner/name", "c0ffee", "mit")], ["Converted."])
    return folder


def test_the_record_names_sources_notes_and_every_other_file(folder: Path) -> None:
    document = json.loads((folder / PROVENANCE_FILE).read_text())
    assert document == {
        "made_by": f"cxr-grounding {__version__}",
        "sources": [
            {
                "name": "unet.pt",
                "sha256": DIGEST,
                "bytes": 7,
                "repository": "owner/name",
                "revision": "c0ffee",
                "licence": "mit",
            }
        ],
        "notes": ["Converted."],
        "files": {
            "grounding.json": {"sha256": hashlib.sha256(b"{ }").hexdigest(), "bytes": 3},
            "unet/config.json": {"sha256": hashlib.sha256(b"{}").hexdigest(), "bytes": 2},
        },
    }


def test_it_is_read_as_it_was_written(folder: Path) -> None:
    recorded = read_provenance(folder)
    assert recorded is not None
    assert recorded.sources == (SourceFile("unet.pt", DIGEST, 7, "owner/name", "c0ffee", "mit"),)
    assert recorded.notes == ("Converted.",)
    assert list(recorded.files) == ["grounding.json", "unet/config.json"]


def test_a_folder_as_it_was_made_has_no_changed_file_also_when_recorded_anew(folder: Path) -> None:
    assert changed_files(folder) == []
    write_provenance(folder, [])
    assert changed_files(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["grounding.json", PROVENANCE_FILE, "unet"]


def test_each_changed_missing_and_added_file_is_named(folder: Path) -> None:
    (folder / "grounding.json").unlink()
    (folder / "unet" / "config.json").write_text("[]")
    (folder / "extra.bin").write_text("?")
    assert changed_files(folder) == [
        "extra.bin is not in provenance.json: it was added after the model was made.",
        "grounding.json is missing.",
        "unet/config.json has changed since the model was made.",
    ]


def test_a_folder_without_a_record_is_no_error(tmp_path: Path) -> None:
    assert read_provenance(tmp_path) is None
    assert changed_files(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        "[" * 100_000,
        '{"made_by": "", "sources": [{"name": "a"}], "notes": [], "files": {}}',
        '{"made_by": "", "sources": [{"name": "a", "sha256": 3, "bytes": 1}], "notes": [], "files": {}}',
        '{"made_by": "", "sources": [], "notes": [], "files": {"a": {"sha256": "", "bytes": "many"}}}',
        '{"made_by": "", "sources": [], "notes": [], "files": [1]}',
    ],
)
def test_a_damaged_record_is_refused_in_a_sentence(folder: Path, text: str) -> None:
    (folder / PROVENANCE_FILE).write_text(text)
    with pytest.raises(ModelError, match=r"provenance\.json .*Fetch or convert the model again"):
        changed_files(folder)


def test_a_source_is_hashed_piece_by_piece(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 + b"more"
    (tmp_path / "weights.pt").write_bytes(content)
    source = SourceFile.of(tmp_path / "weights.pt")
    assert source == SourceFile("weights.pt", hashlib.sha256(content).hexdigest(), 2**20 + 4)


def test_a_source_that_is_not_there_or_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        SourceFile.of(tmp_path / "nothing")
    with pytest.raises(ModelError, match="64 hexadecimal digits"):
        SourceFile("a", "abc", 1)
