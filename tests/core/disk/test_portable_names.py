"""Names that every system takes, and that none takes for another one's."""

from __future__ import annotations

import pytest

from cxr_grounding.disk.portable_names import folded, is_portable


@pytest.mark.parametrize("name", ["con", "NUL", "aux.dcm", "com1", "LPT9.tar.gz", "lpt¹", "conin$", "chest.", "chest "])
def test_what_windows_keeps_for_itself_is_none(name: str) -> None:
    assert not is_portable(name)


@pytest.mark.parametrize("name", ["chest", "console", "com10", "nullary", "01-left-effusion.png", "Röntgen 胸"])
def test_other_names_are(name: str) -> None:
    assert is_portable(name)


@pytest.mark.parametrize(("one", "other"), [("Chest", "CHEST"), ("Ärzte", "a\u0308rzte"), ("STRASSE", "straße")])
def test_names_that_a_file_system_takes_for_one_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_other_letters_make_another_name() -> None:
    assert folded("chest-1") != folded("chest-2")
