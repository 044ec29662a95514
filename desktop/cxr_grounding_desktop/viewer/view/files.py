"""Files that are dropped on the view or its window."""

from __future__ import annotations

from PyQt5.QtCore import QMimeData


def local_paths(data: QMimeData) -> list[str]:
    """The paths of the files of this computer in what is dragged."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile() and url.toLocalFile()]
