"""Whole files are read; taken apart and put together they are the same, so that what is damaged is one part of them."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from fuzzing.inputs import FORMATS, Format, Input
from fuzzing.layouts import PNG
from fuzzing.seeds.pictures import png_seeds
from fuzzing.trial import Verdict, memory_taken, put, quiet_folder, try_input

REFUSED = {
    "second.nii": "ITK reads no NIfTI of version 2",
    "b.nii.gz": "the same",
    "pages.tif": "two pictures",
    "htj2k-0.dcm": "no library here writes such streams, so these only say that they are such",
    "htj2k-1.dcm": "the same",
    "as-j2k-0.dcm": "the same",
    "as-j2k-1.dcm": "the same",
}
"""Whole files that are refused all the same, and why."""


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_whole_files_are_read(kind: Format) -> None:
    wanted = {whole.name: Verdict.REFUSED if whole.name in REFUSED else Verdict.READ for whole in kind.seeds}
    if kind.name == "JP2 and other kinds":
        wanted = dict.fromkeys(wanted, Verdict.REFUSED)
    with quiet_folder() as folder:
        found = {
            whole.name: try_input(Input(kind, whole.name, whole.content, whole.beside), 0, folder, memory_taken())
            for whole in kind.seeds
        }
    assert {name: outcome.verdict for name, outcome in found.items()} == wanted, found


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_what_is_put_together_again_has_the_same_parts(kind: Format) -> None:
    for whole in kind.seeds:
        for layout in whole.layouts:
            parts = layout.split(whole.content)
            assert layout.split(layout.join(parts)) == parts, whole.name


def test_a_picture_with_damaged_pixels_has_right_checksums() -> None:
    """So that the damage reaches what stands behind the checksums."""
    parts = PNG.split(png_seeds()[0].content)
    place = next(number for number, part in enumerate(parts) if part.startswith(b"IDAT"))
    parts[place] = parts[place][:4] + b"\x09" + parts[place][5:]
    content = PNG.join(parts)
    start = content.index(b"IDAT")
    length = int.from_bytes(content[start - 4 : start], "big")
    checksum = int.from_bytes(content[start + 4 + length : start + 8 + length], "big")
    assert checksum == zlib.crc32(content[start : start + 4 + length])
    assert zlib.decompress(content[start + 4 : start + 4 + length]) == parts[place][4:]


def test_a_file_can_be_put_into_a_folder_with_what_its_header_may_name(tmp_path: Path) -> None:
    kind = next(kind for kind in FORMATS if kind.name == "NRRD, detached")
    whole = kind.seeds[0]
    path = put(Input(kind, whole.name, whole.content, whole.beside), tmp_path / "files")
    assert {each.name for each in path.parent.iterdir()} == {"a.nhdr", "data.raw", "fifo", "folder", "link"}
