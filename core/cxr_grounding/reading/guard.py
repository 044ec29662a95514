"""The watch at the gate: what is checked of a file before its bytes reach a decoder, and what becomes of failures.

Image files come from anywhere, and the libraries that decode them fail on damaged ones in as many ways as Python
has exceptions. Everything that touches the bytes of a file runs inside `untrusted`, which turns each of them into
one sentence. It is the only place of the package where every exception is caught.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import CXRGroundingError, RadiographError
from cxr_grounding.quiet import without_warnings
from cxr_grounding.radiograph import LARGEST_PIXELS

LARGEST_DECODED_BYTES = 2**29
"""Most bytes that the samples of an image may take in memory, all channels together, whatever file they come from:
`LARGEST_PIXELS` of 64-bit grey, or of 16-bit RGB."""

LARGEST_FILE_BYTES = LARGEST_DECODED_BYTES + 2**24
"""Largest file that is read, in bytes: so much as the pixels may take, and what is written beside them."""

READ_BY_THE_VIEWER = (
    "The pixels are those that the viewer read from the file, since it is of a kind that cannot be decoded here. Check "
    "that the picture looks right."
)


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
        raise RadiographError(f"{path} cannot be opened ({reason(error)}). Check its name and permissions.") from error
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


def check_decoded_size(path: Path, size: int) -> None:
    """Refuse an image whose samples would take more than `LARGEST_DECODED_BYTES`, before memory is asked for them.

    What pillow decodes by itself needs no asking: it takes 4 bytes a pixel at most.

    Args:
        path: of the file, for the message.
        size: bytes of all samples, as they lie in memory while they are decoded.

    Raises:
        RadiographError: when they would.
    """
    if size > LARGEST_DECODED_BYTES:
        raise RadiographError(
            f"{path} takes {size / 2**20:.0f} MB of memory to decode, more than the "
            f"{LARGEST_DECODED_BYTES / 2**20:.0f} MB that one image may. Save it as one grey channel of 16 bits."
        )


@contextmanager
def untrusted_file(path: Path | str) -> Iterator[Path]:
    """Run code that reads the bytes of a file that `checked_file` let pass, `untrusted`.

    Yields:
        Its path.

    Raises:
        RadiographError: as these two.
    """
    path = checked_file(path)
    with untrusted(path):
        yield path


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
                f"{path} is damaged or cut off and cannot be read ({reason(error)}). Copy or export the image again."
            ) from error
