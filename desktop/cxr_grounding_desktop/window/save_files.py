"""Where things are saved to, and the picture."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtGui import QImage

from cxr_grounding import OutputError
from cxr_grounding.files.atomic import written_whole


def proposal(folder: str, name: str, suffix: str) -> str:
    """A path to save under.

    Args:
        folder: where.
        name: of the radiograph, or of the file that was saved last; "" for none.
        suffix: with the dot.
    """
    return str(Path(folder) / f"{Path(name).stem or 'scene'}{suffix}")


def write_picture(picture: QImage, path: str) -> None:
    """Write a PNG whole or not at all.

    Raises:
        OutputError: when it could not be written.
    """
    with written_whole(Path(path), ".png") as temporary:
        if not picture.save(str(temporary), "PNG"):
            raise OutputError(f"{path} could not be written. Check the free space and permissions of its folder.")
