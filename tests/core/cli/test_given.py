"""Words behind `cxr-ground ground`: images or phrases, and what is refused with the right command."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.cli.given import Given, sort_out
from cxr_grounding.errors import PhraseError, RadiographError

OUT = Path("out")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two pictures, and one more in a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scans").mkdir()
    for name in ("a.png", "b.png", "scans/c.png"):
        (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n")
    return tmp_path


def sorted_out(*words: str, phrases: tuple[str, ...] = (), reported: bool = False) -> Given:
    first, *rest = words
    return sort_out(first, rest, phrases, OUT, reported=reported)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "phrases", "images", "asked", "several"),
    [
        (("a.png", "left effusion"), (), ["a.png"], ["left effusion"], False),
        (("a.png", "left effusion", "edema"), (), ["a.png"], ["left effusion", "edema"], False),
        (("a.png",), ("edema",), ["a.png"], ["edema"], False),
        (("a.png", "b.png", "effusion"), (), ["a.png", "b.png"], ["effusion"], True),
        (("a.png", "effusion", "b.png"), (), ["a.png", "b.png"], ["effusion"], True),
        (("a.png", "a.png", "effusion"), (), ["a.png"], ["effusion"], True),
        (("scans",), ("effusion",), ["scans/c.png"], ["effusion"], True),
        (("a.png", "scans", "effusion"), (), ["a.png", "scans/c.png"], ["effusion"], True),
        (("*.png",), ("effusion",), ["a.png", "b.png"], ["effusion"], True),
        (("**/*.png", "effusion"), (), ["a.png", "b.png", "scans/c.png"], ["effusion"], True),
        (("a.png", "gone.png"), ("effusion",), ["a.png", "gone.png"], ["effusion"], True),
        (("a.png", "left/right effusion?"), (), ["a.png"], ["left/right effusion?"], False),
        (("a.png", "consolidation", "effusion"), (), ["a.png"], ["consolidation", "effusion"], False),
        (("gone.png", "effusion"), (), ["gone.png"], ["effusion"], False),
        (("a.png", "effusion " * 80), (), ["a.png"], ["effusion " * 80], False),
    ],
)
def test_what_is_there_as_a_file_is_an_image_and_the_rest_are_phrases(words, phrases, images, asked, several) -> None:
    given = sorted_out(*words, phrases=phrases)
    assert [str(one) for one in given.images] == images
    assert (list(given.phrases), given.is_several) == (asked, several)


def test_a_folder_that_is_called_as_what_is_looked_for_is_no_image(here: Path) -> None:
    (here / "effusion").mkdir()
    assert sorted_out("a.png", "effusion").phrases == ("effusion",)
    (here / "out").mkdir()
    assert sorted_out("a.png", "out", phrases=("edema",)).phrases == ("out", "edema")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("word", ["c.dcm", "./gone", "/nowhere/chest", "*.dcm", "gone.nii.gz"])
def test_a_phrase_that_looks_like_a_path_is_refused_with_what_to_type(word: str) -> None:
    with pytest.raises(RadiographError, match="looks like a file") as told:
        sorted_out("a.png", word, "left effusion")
    assert f"cxr-ground ground a.png 'left effusion' --phrase {word if '*' not in word else repr(word)}" in str(
        told.value
    )


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("words", [("small", "left", "pleural", "effusion"), ("left", "lung"), ("enlarged", "heart")])
def test_the_words_of_an_unquoted_phrase_are_refused_with_what_to_type(words: tuple[str, ...]) -> None:
    with pytest.raises(PhraseError, match="stand apart") as told:
        sorted_out("a.png", *words)
    assert f"cxr-ground ground a.png '{' '.join(words)}' --out out" in str(told.value)


def test_a_folder_or_pattern_without_images_is_refused(here: Path) -> None:
    (here / "empty").mkdir()
    (here / "empty" / "notes.txt").write_text("no image")
    for word in ("empty", "*.dcm"):
        with pytest.raises(RadiographError, match="no file that may be a radiograph"):
            sorted_out(word, phrases=("effusion",))
