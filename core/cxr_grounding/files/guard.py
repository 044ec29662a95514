"""The watch at the gate: what is checked of a file before its bytes reach a decoder, and what becomes of failures.

Image files come from anywhere, and the libraries that decode them fail on damaged ones in as many ways as Python
has exceptions. Everything that touches the bytes of a file runs inside `untrusted`, which turns each of them into
one sentence. It is the only place of the package where every exception is caught.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxr_grounding.errors import CXRGroundingError, RadiographError

LARGEST_PIXELS = 2**26
"""Most pixels of an image that is decoded (8192 x 8192); the largest digitised films have half of it."""

LARGEST_FILE_BYTES = 2**30
"""Largest file that is read, in bytes; one radiograph, even in 16-bit colour, is well below."""

LONGEST_REASON = 200
"""Most characters of a library's own message that are passed on to the user."""


def checked_file(path: Path | str) -> Path:
    """The path of a file that is there, is a file, can be opened, and is neither empty nor huge.

    Raises:
        RadiographError: when one of these does not hold.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise RadiographError(f"There is no file {path}. Check its name and folder.")
        if path.is_dir():
            raise RadiographError(f"{path} is a folder. Choose one image file in it.")
        if not path.is_file():
            raise RadiographError(f"{path} is not a regular file. Choose an image file.")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise RadiographError(f"{path} cannot be opened ({short(error)}). Check its name and permissions.") from error
    if size == 0:
        raise RadiographError(f"{path} is empty. Copy the image again from where it came.")
    if size > LARGEST_FILE_BYTES:
        raise RadiographError(
            f"{path} has {size / 2**30:.1f} GiB, far more than one radiograph takes. Choose a file with a single image."
        )
    return path


def check_pixel_count(path: Path, rows: int, columns: int) -> None:
    """Refuse a size that no radiograph has, before memory is asked for it.

    Raises:
        RadiographError: when rows or columns are below 1, or their product is above `LARGEST_PIXELS`.
    """
    if rows < 1 or columns < 1:
        raise RadiographError(f"{path} declares an image of {columns} x {rows} pixels. Export the image again.")
    if rows * columns > LARGEST_PIXELS:
        raise RadiographError(
            f"{path} declares an image of {columns} x {rows} pixels, far more than a radiograph has. The file is "
            "damaged or is no radiograph; export the image again."
        )


_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def without_warnings() -> Iterator[None]:
    """Ignore warnings, and restore the state of `warnings` after.

    One thread at a time: that state belongs to the process, and two threads that restore it in turns would leave it
    changed.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def untrusted(path: Path) -> Iterator[None]:
    """Run code that reads the bytes of `path`; whatever it raises becomes a RadiographError.

    Warnings of the libraries are kept from the terminal. Files are read one at a time (see `without_warnings`).

    Raises:
        RadiographError: in place of any other exception.
    """
    with without_warnings():
        try:
            yield
        except CXRGroundingError:
            raise
        except MemoryError as error:
            raise RadiographError(
                f"There is not enough memory to read {path}. Close other programs, or choose a smaller image."
            ) from error
        except RecursionError as error:
            raise RadiographError(
                f"{path} nests its parts too deeply to be read, as no radiograph does. Export the image again."
            ) from error
        except Exception as error:
            # Broad, and only here: pydicom and its plug-ins, pillow and ITK raise whatever a damaged byte leads to
            # (struct.error, KeyError, IndexError, UnicodeError, zlib.error, their own ...); no list of them is
            # complete, and an image that cannot be read is one thing to the user.
            raise RadiographError(
                f"{path} is damaged or cut off and cannot be read ({short(error)}). Copy or export the image again."
            ) from error


@contextmanager
def silent_libraries() -> Iterator[None]:
    """Keep what ITK, libtiff and their like print about damaged files from the terminal.

    They write to the process's standard error from C, past Python, so the descriptor itself is turned away while a
    file is read, and put back. Their complaint reaches the user as the exception's message. Only inside `untrusted`,
    which lets in one thread at a time.
    """
    try:
        kept = os.dup(2)
    except OSError:  # no standard error, as under pythonw
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def printable(text: str) -> str:
    """Text from a file on one line, fit for a terminal: control characters, escapes among them, become spaces."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def short(error: BaseException) -> str:
    """The last telling line of an exception's message, or its kind, at most `LONGEST_REASON` characters."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    text = printable(lines[-1]).rstrip(".") if lines else type(error).__name__
    return text if len(text) <= LONGEST_REASON else text[:LONGEST_REASON] + "…"
