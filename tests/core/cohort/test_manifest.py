"""The manifest of a cohort: CSV or Parquet, and what of it is refused."""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from cxr_grounding.cohort.manifest import (
    Entry,
    cut_into_parts,
    part_name,
    read_manifest,
    read_part,
    write_parts,
)
from cxr_grounding.cohort.store import Store
from cxr_grounding.errors import PhraseError


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "manifest.csv").write_text(text)
    return tmp_path / "manifest.csv"


def test_a_csv_names_images_from_its_own_folder_and_addresses_as_they_are(tmp_path: Path) -> None:
    text = "Path;ID;Phrases\nscans/a.dcm;one;left effusion | edema\ndicomweb:1.2/3.4/5.6;two;edema\n"
    assert read_manifest(written(tmp_path, text)) == [
        Entry("one", str(tmp_path / "scans" / "a.dcm"), ("left effusion", "edema")),
        Entry("two", "dicomweb:1.2/3.4/5.6", ("edema",)),
    ]


def test_parquet_may_have_lists_of_phrases(tmp_path: Path) -> None:
    rows = [
        {"image": "/a.dcm", "phrases": ["left effusion", "edema|"], "age": 50},
        {"image": "/b.dcm", "phrases": None},
    ]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "m.parquet")
    assert read_manifest(tmp_path / "m.parquet") == [
        Entry("/a.dcm", "/a.dcm", ("left effusion", "edema|")),
        Entry("/b.dcm", "/b.dcm", ()),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file,age\na.dcm,50\n", "has no column phrases, and none report. Its columns are: file, age"),
        ("phrases,age\nedema,50\n", "has no column image"),
        ("image,phrases\na.dcm,edema\na.dcm,effusion\n", "twice, at line 2 and line 3. Put all phrases of an image"),
        (
            "image,id,phrases\na.dcm,1,edema\nb.dcm,1,edema\n",
            "has '1' twice, at line 2 and line 3. Give each its own id",
        ),
        ("image,phrases\n,edema\n", "line 2 of .* names no image"),
        ("image,phrases\na.dcm\n", "Line 2 of .* has 1 cells"),
        ("image,phrases\n", "names no image"),
    ],
)
def test_a_manifest_that_cannot_be_meant_so_is_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PhraseError, match=said):
        read_manifest(written(tmp_path, text))


def test_parts_are_the_same_again_and_are_read_back(tmp_path: Path) -> None:
    entries = [Entry(f"id-{n}", f"/{n}.dcm", ("edema",), "Edema." * (n % 2)) for n in range(20)]
    manifest = cut_into_parts(entries)
    assert (manifest.images, manifest.phrases, manifest.reports) == (20, 20, 10)
    assert (manifest.parts, manifest.part_images) == (3, 8)
    store = Store(str(tmp_path))
    write_parts(store, entries, manifest)
    assert [entry for number in range(3) for entry in read_part(store, number)] == entries
    assert store.names("manifest") == [part_name(number) for number in range(3)]
    assert cut_into_parts(entries) == manifest
    assert cut_into_parts(entries[:-1]).sha256 != manifest.sha256
    assert cut_into_parts(entries * 2_000).parts == 4_000


def test_a_store_by_its_address_is_the_same_as_by_its_path(tmp_path: Path) -> None:
    by_address = Store((tmp_path / "out").as_uri())
    (tmp_path / "out" / "results").mkdir(parents=True)
    by_address.write("results/a.parquet", b"content")
    by_path = Store(str(tmp_path / "out"))
    for store in (by_address, by_path):
        assert store.names("results") == ["a.parquet"]
        assert (store.read("results/a.parquet"), store.read("results/b.parquet")) == (b"content", None)
        assert store.names("nothing") == []
    by_address.remove("results/a.parquet")
    assert by_path.names("results") == []
