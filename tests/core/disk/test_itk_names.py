"""ITK gets only paths that it opens, on each platform."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from cxr_grounding.disk import itk_names
from cxr_grounding.disk.itk_names import folder_for_itk, itk_takes
from cxr_grounding.errors import CXRGroundingError


@pytest.mark.parametrize(
    ("platform", "path", "taken"),
    [
        ("linux", "/data/chest.nii", True),
        ("linux", "/data/R\u00f6ntgen/\u80f8.nii", True),
        ("linux", "/data/na\udcefve.nii", False),
        ("darwin", "/data/R\u00f6ntgen.nii", True),
        ("win32", "C:\\data\\chest.nii", True),
        ("win32", "C:\\data\\R\u00f6ntgen.nii", False),
    ],
)
def test_a_path_is_taken_where_itk_opens_it(
    platform: str, path: str, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(itk_names, "PLATFORM", platform)
    assert itk_takes(path) is taken


def test_a_folder_of_our_own_avoids_a_users_name_and_is_gone_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(itk_names, "PLATFORM", "win32")
    users, shared = tmp_path / "J\u00fcrgen", tmp_path / "shared"
    for folder in (users, shared):
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(users))
    monkeypatch.setenv("PROGRAMDATA", str(tmp_path / "missing"))
    monkeypatch.setenv("PUBLIC", str(shared))
    with folder_for_itk() as folder:
        assert folder.parent == shared
        (folder / "volume.nii").touch()
    assert list(shared.iterdir()) == []
    monkeypatch.delenv("PUBLIC")
    with pytest.raises(CXRGroundingError, match="Set the environment variable TEMP"), folder_for_itk():
        pass
