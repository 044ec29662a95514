"""Findings as DICOM objects into a folder, or into Slicer's DICOM database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from cxr_grounding import OutputError
from CXRGroundingLib import dicom_texts, texts
from CXRGroundingLib.widget_dicom import DicomDialog

FOLDER_KEY = "CXRGrounding/LastExportFolder"
"""In the application's settings."""


class ExportDialog(DicomDialog):
    """Asks where to; the arguments are those of `DicomDialog`."""

    NAME = "exportDicomDialog"

    def _title(self) -> str:
        return _("Export as DICOM")

    def _buildWhere(self, layout: Any) -> None:
        kept = qt.QSettings().value(FOLDER_KEY) or ""
        self._folder = kept if kept and Path(kept).is_dir() else ""
        self._toFolder = qt.QRadioButton(_("Into a folder"), self._dialog)
        self._toFolder.setObjectName("folderRadioButton")
        self._toDatabase = qt.QRadioButton(_("Into Slicer's DICOM database"), self._dialog)
        self._toDatabase.setObjectName("databaseRadioButton")
        self._toFolder.setChecked(True)
        row = qt.QHBoxLayout()
        row.addWidget(self._toFolder)
        row.addStretch(1)
        self._choose = self._button(row, "chooseFolderButton", _("Choose folder..."), self._onChoose)
        layout.addLayout(row)
        self._folderLabel = self._label(layout, "folderLabel", self._folder)
        layout.addWidget(self._toDatabase)
        hasDatabase = openDatabase() is not None
        self._toFolder.setVisible(hasDatabase)
        self._toDatabase.setVisible(hasDatabase)
        self._toFolder.connect("toggled(bool)", self._onWhere)

    def _onWhere(self) -> None:
        with self._told():
            self._showState()

    def _onChoose(self) -> None:
        with self._told():
            title = _("Folder for DICOM objects")
            path = qt.QFileDialog.getExistingDirectory(self._dialog, title, self._folder)
            if path:
                self._folder = path
                qt.QSettings().setValue(FOLDER_KEY, texts.shown(path))
                self._folderLabel.setText(texts.shown(path))
                self._folderLabel.setVisible(True)
                self._toFolder.setChecked(True)
                self._say("")
            self._showState()

    def _goText(self) -> str:
        return _("Export")

    def _whyNotGo(self) -> str:
        if self._toFolder.checked and not self._folder:
            return _("Choose a folder first.")
        return self._whyNothing()

    def _showChoices(self, isEnabled: bool) -> None:
        DicomDialog._showChoices(self, isEnabled)
        for widget in (self._choose, self._toFolder, self._toDatabase):
            widget.setEnabled(isEnabled)

    def _go(self) -> None:
        if self._toFolder.checked:
            folder, then = Path(self._folder), self._onWritten
        else:
            folder, then = self._scratchFolder(), self._onMade
        self._begin(self._logic.startExport(self._ticked(), folder, self._kinds()), then)

    def _onWritten(self, objects: Sequence[Any]) -> None:
        self._say(dicom_texts.writtenText(objects, objects[0].file.parent))

    def _onMade(self, objects: Sequence[Any]) -> None:
        importIntoDatabase(objects)
        self._say(dicom_texts.importedText(objects))


def openDatabase() -> Any | None:
    """Slicer's DICOM database (a ctkDICOMDatabase); None where there is none, or it is not open."""
    database = getattr(slicer, "dicomDatabase", None)
    return database if database is not None and database.isOpen else None


def importIntoDatabase(objects: Sequence[Any]) -> None:
    """Copy objects into Slicer's DICOM database, as its own import does, and look whether they are there.

    Args:
        objects: in one folder, that holds nothing else.

    Raises:
        OutputError: when they are not.
    """
    from DICOMLib import DICOMUtils

    database = openDatabase()
    if database is not None:
        DICOMUtils.importDicom(str(objects[0].file.parent), database, True)
    missing = [one.kind for one in objects if database is None or not database.fileForInstance(one.address.instance)]
    if missing:
        raise OutputError(
            f"Slicer's DICOM database has not taken {', '.join(missing)}. Open the DICOM module and check its "
            "database, or export into a folder."
        )
