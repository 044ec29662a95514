"""Where things are saved to, and the picture."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QBuffer, QIODevice, QSaveFile
from PyQt5.QtGui import QImage

from cxr_grounding import OutputError


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
    made = QBuffer()  # first in memory: of a disk that is full, Qt's writer of PNG knows nothing but "Unknown error"
    made.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(made, "PNG")
    file, left = QSaveFile(path), bytes(made.data())
    is_taken = file.open(QIODevice.OpenModeFlag.WriteOnly)
    while is_taken and left:
        count = file.write(left)  # the disk may take a part; why not the rest, the next try says
        is_taken, left = count > 0, left[max(count, 0) :]
    if not (is_taken and file.commit()):
        raise OutputError(
            f"{path} could not be written: {file.errorString()}. Free some space, or choose another folder."
        )
