"""What the words behind `cxr-ground ground` are: images or phrases. A wrong guess is refused with what to type."""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.errors import PhraseError, RadiographError
from cxr_grounding.many.found_images import DICOM_SUFFIXES, is_pattern, matching, scan
from cxr_grounding.reading.describe_file import PICTURES
from cxr_grounding.signals.assertion import read_sentence
from cxr_grounding.sources.address import is_address

_LIKE_A_PATH = re.compile(r"[~.]{0,2}[\\/]|[A-Za-z]:[\\/]")
"""How texts begin that are paths: /, ./, ../, ~/, C:\\."""

_NO_PHRASE = re.compile(
    "an?|and|at|bilateral|both|bas(?:e|al|ilar)|apical|in|is|large|left|lingula|lower|lungs?|mid|middle|mild|minimal|"
    "moderate|new|no|not|of|on|or|pleural|possible|probable|prominent|right|severe|sided?|small|the|there|tiny|trace|"
    "upper|with|without|zone",
    re.IGNORECASE,
)
"""Words that say nothing to look for when each stands alone."""


@dataclass(frozen=True)
class Given:
    """The words, sorted out.

    Args:
        images: paths or addresses, in their order.
        phrases: in theirs.
        is_several: whether this is a run over several: not just one image, named as such.
        others: DICOM files in folders that say that they are no radiographs.
    """

    images: tuple[Path | str, ...]
    phrases: tuple[str, ...]
    is_several: bool
    others: int = 0


def sort_out(first: str, rest: Sequence[str], phrases: Sequence[str], out: Path, *, reported: bool) -> Given:
    """Tell images from phrases: what exists as a file is an image, and what looks like a path is no phrase.

    Args:
        first: word, an image, a folder or a pattern.
        rest: of the words.
        phrases: that were given as such.
        out: folder for the results; a word that names it is no image.
        reported: whether phrases come from reports too.

    Raises:
        RadiographError: when a file is not there; or a folder or pattern gives none.
        PhraseError: when the words of one phrase stand apart.
    """
    words: list[str] = []
    images = [first]
    for word in rest:
        (images if _is_image(word) else words).append(word)
    if words or phrases or reported:  # a folder may also be called as what is looked for is, where that is all there is
        folders = [word for word in words if _is_folder(word) and Path(word).absolute() != out.absolute()]
        if len(folders) < len(words) or phrases or reported:
            images += folders
            words = [word for word in words if word not in folders]
    lost = [word for word in words if _looks_like_a_path(word)]
    if lost and not (phrases or reported):
        others = [word for word in words if word not in lost]
        raise RadiographError(
            f"{lost[0]!r} looks like a file, but there is none of that name. Check it. If it is what to look for, say "
            f"so: {_command(images, others, lost, out)}"
        )
    images += lost  # what to look for was said to be so: these are images that are not there
    words = [word for word in words if word not in lost]
    _refuse_apart(words, images, out)
    found = [_found(image, out) for image in images]
    several = len(images) > 1 or any(scanned for _, scanned, _ in found)
    unique = dict.fromkeys(itertools.chain.from_iterable(files for files, _, _ in found))
    return Given(tuple(unique), (*words, *phrases), several, sum(count for _, _, count in found))


def _is_image(word: str) -> bool:
    """Whether a word is an image beyond doubt."""
    if is_address(word):
        return True
    try:
        return Path(word).is_file() or (is_pattern(word) and any(matching(word)))
    except (OSError, ValueError):  # a text that no file can be called by
        return False


def _is_folder(word: str) -> bool:
    try:
        return Path(word).is_dir()
    except (OSError, ValueError):  # likewise
        return False


def _looks_like_a_path(word: str) -> bool:
    return word.lower().endswith((*PICTURES, *DICOM_SUFFIXES)) or _LIKE_A_PATH.match(word) is not None or "*" in word


def _refuse_apart(words: Sequence[str], images: Sequence[str], out: Path) -> None:
    """Refuse single words in a row that together name a finding, or of which one alone names nothing."""
    for is_single, run in itertools.groupby(words, key=lambda word: len(word.split()) == 1):
        apart = list(run)
        if not is_single or len(apart) < 2:
            continue
        whole = " ".join(apart)
        each_names = all(read_sentence(word).findings for word in apart)
        some_name_nothing = any(map(_NO_PHRASE.fullmatch, apart))
        if some_name_nothing or (read_sentence(whole).findings and not each_names):
            raise PhraseError(
                f"The words {', '.join(apart)} stand apart, and each would be looked for alone. Put one phrase in "
                f"quotes: {_command(images, [whole], (), out)}"
            )


def _found(image: str, out: Path) -> tuple[list[Path | str], bool, int]:
    """The files of one image's word, whether it stands for any number of them, and how many are no radiographs."""
    if is_address(image):
        return [image], False, 0
    path = Path(image)
    try:
        is_many = path.is_dir() or (is_pattern(image) and not path.exists())
    except (OSError, ValueError):
        is_many = False
    if not is_many:
        return [path], False, 0
    scanned = scan(image, out)
    return [*scanned.images], True, scanned.others


def _command(images: Sequence[str], quoted: Sequence[str], named: Sequence[str], out: Path) -> str:
    return "cxr-ground ground " + typed([*images, *quoted, *_options(named), "--out", str(out)])


def _options(phrases: Sequence[str]) -> Iterator[str]:
    for phrase in phrases:
        yield from ("--phrase", phrase)


def typed(words: Sequence[str]) -> str:
    """Words as a shell takes them."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
