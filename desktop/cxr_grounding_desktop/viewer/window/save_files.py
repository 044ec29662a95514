"""Where things are saved to, and the picture."""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtCore import QIODevice, QSaveFile
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
    file = QSaveFile(path)
    if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and picture.save(file, "PNG") and file.commit()):
        raise OutputError(f"{path} could not be written: {file.errorString()}. Choose another folder.")
