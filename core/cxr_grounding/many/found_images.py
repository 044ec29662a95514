"""The images that a command is given: files, folders, patterns; and the name of its own that each gets."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.answers.earlier import RESULT_NAME
from cxr_grounding.disk.dicom_elements import text
from cxr_grounding.disk.portable_names import folded, is_portable
from cxr_grounding.disk.sentences import printable, reason
from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.describe_file import PICTURES, describe_file
from cxr_grounding.reading.dicom.read_header import is_dicom, read_header

LONGEST_NAME = 60
"""Letters of a file's name in the name that its image gets."""

DICOM_SUFFIXES = (".dcm", ".dicom")
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Scanned:
    """What lies in a folder, or matches a pattern.

    Args:
        images: files that may hold a radiograph, sorted.
        others: DICOM files that say of themselves that they are none: reports, segmentations, CT slices.
    """

    images: tuple[Path, ...]
    others: int = 0


def is_pattern(name: str) -> bool:
    """Whether a text is a pattern of names rather than one name."""
    return glob.has_magic(name)


def matching(pattern: str) -> Iterator[Path]:
    """What a pattern matches, as shells know it ("**" for any depth)."""
    return map(Path, glob.iglob(pattern, recursive=True))  # noqa: PTH207 - Path's own takes no pattern that is absolute


def scan(given: str, out: Path) -> Scanned:
    """The images of a folder, at any depth, or of a pattern.

    Hidden names are passed over, and so is what this program wrote to `out`.

    Args:
        given: the folder or the pattern.
        out: folder with results.

    Raises:
        RadiographError: when it cannot be listed, or there is no image.
    """
    folder = Path(given)
    try:
        files = _below(folder) if folder.is_dir() else matching(given)
        found = [_kind(file) for file in sorted(files) if file.is_file() and not _is_result(file, out)]
    except OSError as error:
        raise RadiographError(
            f"{printable(given)} cannot be listed ({reason(error)}). Check its permissions."
        ) from error
    images = tuple(file for file, is_image in found if is_image)
    if not images:
        what = "holds no file" if folder.is_dir() else "matches no file"
        raise RadiographError(f"{printable(given)} {what} that may be a radiograph. Check the name.")
    return Scanned(images, len([one for one in found if one[1] is False]))


def names_for(images: Sequence[Path | str], taken: Mapping[str, str], *, hidden: bool = False) -> list[str]:
    """A name for each image, another one for each, which is the same again in the next run.

    Args:
        images: their paths or addresses.
        taken: names that earlier runs gave, with the image of each as `written` has it.
        hidden: whether file names must not be told of: a digest stands in their place.
    """
    by_image = {image: name for name, image in taken.items()}
    stems = [_plain(image) for image in images]
    count = Counter(map(folded, stems))
    used = set(map(folded, taken))
    names = []
    for image, stem in zip(images, stems, strict=True):
        digest = hashlib.sha256(written(image).encode(errors="surrogatepass")).hexdigest()
        if hidden:
            name = f"image-{digest[:12]}"
        elif written(image) in by_image:
            name = by_image[written(image)]
        else:
            is_free = count[folded(stem)] == 1 and folded(stem) not in used
            name = stem if is_free else f"{stem}-{digest[:8]}"
        names.append(name)
    return names


def written(image: Path | str) -> str:
    """An image as the table names it: its whole path, or its address."""
    whole = image if isinstance(image, str) else str(image.absolute())
    return whole.encode(errors="replace").decode()


def _plain(image: Path | str) -> str:
    """A file's name as a folder may be called everywhere, without what says which kind of file it is."""
    if isinstance(image, str):
        return image.rpartition("/")[2].rpartition(":")[2]
    name = image.name
    ending = next((end for end in (*DICOM_SUFFIXES, *PICTURES) if name.lower().endswith(end)), "")
    whole = unicodedata.normalize("NFC", printable(name[: len(name) - len(ending)]))
    plain = _UNSAFE.sub("-", whole).strip("-.")[:LONGEST_NAME].rstrip("-.") or "image"
    return plain if is_portable(plain) else f"image-{plain}"


def _below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for path, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [one for one in folders if not one.startswith(".")]
        yield from (Path(path) / file for file in files if not file.startswith("."))


def _is_result(file: Path, out: Path) -> bool:
    """Whether a file is one that a run into `out` wrote."""
    return RESULT_NAME.fullmatch(file.name) is not None and out.absolute() in list(file.absolute().parents)[:2]


def _kind(file: Path) -> tuple[Path, bool | None]:
    """Whether a file may be a radiograph; False for DICOM that says it is none, None for what is no image at all.

    A damaged one counts as one: that it cannot be read is told.
    """
    try:
        if not is_dicom(file):
            return file, True if file.name.lower().endswith((*PICTURES, *DICOM_SUFFIXES)) else None
    except OSError:
        return file, True
    if describe_file(file) is not None:
        return file, True
    try:
        says_what_it_is = bool(text(read_header(file), "SOPClassUID"))
    except RadiographError:
        return file, True
    return file, not says_what_it_is
