"""Which study is read, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from CXRGroundingLib import texts

FOLDER_KEY, READER_KEY = "CXRGrounding/StudyFolder", "CXRGrounding/StudyReader"
"""In the application's settings: what was read last, and by whom."""


class StudyChoice:
    """The folder of a study, and the reader's name.

    Args:
        onBegin: called with both when the reader wants to begin.
        guard: a context in which slots run, that tells the user of errors.

    Attributes:
        widget: that holds it all.
    """

    def __init__(self, onBegin: Callable[[str, str], None], guard: Callable[[], Any]) -> None:
        self._onBegin, self._guard = onBegin, guard
        self.widget = qt.QWidget()
        form = qt.QFormLayout(self.widget)
        form.setContentsMargins(0, 0, 0, 0)
        settings = qt.QSettings()
        self._folder = qt.QLineEdit(settings.value(FOLDER_KEY) or "")
        self._folder.objectName = "studyFolderEdit"
        self._folder.setToolTip(_("The folder that `cxr-ground study make` wrote."))
        browse = qt.QPushButton(_("Choose..."))
        row = qt.QHBoxLayout()
        row.addWidget(self._folder)
        row.addWidget(browse)
        form.addRow(_("Study:"), row)
        self._reader = qt.QLineEdit(settings.value(READER_KEY) or "")
        self._reader.objectName = "studyReaderEdit"
        self._reader.setToolTip(_("A name or a code. One that has read before goes on where it was."))
        form.addRow(_("Reader:"), self._reader)
        begin = qt.QPushButton(_("Begin reading"))
        begin.objectName = "studyBeginButton"
        form.addRow(begin)
        browse.connect("clicked()", self._browse)
        begin.connect("clicked()", self._begin)
        self._reader.connect("returnPressed()", self._begin)

    def choose(self, folder: str) -> None:
        """Fill in a folder, and put the cursor where the name is to be written."""
        self._folder.setText(texts.shown(folder))
        self._reader.setFocus()
        self._reader.selectAll()

    def remember(self, folder: str, reader: str) -> None:
        """Propose both the next time."""
        settings = qt.QSettings()
        settings.setValue(FOLDER_KEY, texts.shown(folder))
        settings.setValue(READER_KEY, texts.shown(reader))

    def _browse(self) -> None:
        with self._guard():
            chosen = qt.QFileDialog.getExistingDirectory(
                slicer.util.mainWindow(), _("Choose a reader study"), self._folder.text
            )
            if chosen:
                self.choose(chosen)

    def _begin(self) -> None:
        with self._guard():
            self._onBegin(self._folder.text.strip(), self._reader.text)
