"""What Slicer's parameter connectors cannot do: list models and phrases used before, ask for a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from CXRGroundingLib import texts
from CXRGroundingLib.scene_writer import RESEARCH_USE_ONLY

HISTORY_KEY = "CXRGrounding/PhraseHistory"
FOLDER_KEY = "CXRGrounding/LastFolder"
"""In the application's settings: the phrases grounded before, and where a file was opened last."""


def askForFile(title: str, kinds: str) -> str:
    """The path of a file that the user picks; "" when there was none. The next time begins in its folder.

    Args:
        title: of the dialog.
        kinds: of files, as Qt wants its filter.
    """
    settings = qt.QSettings()
    path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), title, settings.value(FOLDER_KEY) or "", kinds)
    if path:
        settings.setValue(FOLDER_KEY, texts.shown(str(Path(path).parent)))
    return path


class ModelChoice:
    """The list of models, each with its state.

    Args:
        comboBox: a QComboBox.
        logic: a GroundingLogic.
    """

    def __init__(self, comboBox: Any, logic: Any) -> None:
        self._comboBox, self.logic = comboBox, logic
        self._entries: dict[str, Any] = {}
        self._toDownload: list[str] = []

    @property
    def name(self) -> str:
        """Of the chosen model."""
        return self._comboBox.itemData(self._comboBox.currentIndex) or ""

    @property
    def first(self) -> str:
        """The name of the first one, which is chosen when none is named."""
        return self._comboBox.itemData(0) or ""

    @property
    def problem(self) -> str:
        """Why the chosen model cannot be used, or ""."""
        entry = self._entries.get(self.name)
        return self._missing(self.name) if entry is None else _problem(entry)

    @property
    def isToDownload(self) -> bool:
        """Whether the chosen model is a published one that is not here."""
        return self.name in self._toDownload

    @property
    def isRemovable(self) -> bool:
        """Whether the chosen model is here, and did not come with the program."""
        entry = self._entries.get(self.name)
        return entry is not None and not entry.bundled

    @property
    def demonstrationLabel(self) -> str:
        """What must be said beside results of the chosen model when it is a demonstration, else ""."""
        entry = self._entries.get(self.name)
        identity = None if entry is None else entry.identity
        return identity.label if identity is not None and identity.demonstration else ""

    def labelText(self, result: dict[str, Any] | None) -> str:
        """What must be said of the chosen model, and of the one behind a result, where they are demonstrations."""
        labels = {self.demonstrationLabel: None}
        if result is not None and result["model"]["demonstration"]:
            labels[result["model"]["label"]] = None
        # The panel says once that it is for research use only.
        said = (label.replace(RESEARCH_USE_ONLY, "").strip() for label in labels)
        return "\n".join(label for label in said if label)

    def refresh(self, chosen: str) -> None:
        """List the models that are there now and those that can be downloaded, and choose one of them.

        Args:
            chosen: by name; "" for the first, the bundled one. One that is not there is listed all the same, so
                that no other model takes its place unseen.
        """
        self._entries = {}
        for entry in self.logic.models():
            self._entries.setdefault(texts.shown(entry.name), entry)
        wasBlocked = self._comboBox.blockSignals(True)
        self._comboBox.clear()
        for name, entry in self._entries.items():
            demonstration = entry.identity is not None and entry.identity.demonstration
            problem = _problem(entry)
            self._add(texts.modelText(name, demonstration, problem), name, problem or str(entry.folder))
        self._toDownload = self.logic.modelsToDownload()
        for name in self._toDownload:
            self._add(_("{name} - to download").format(name=name), name, self._missing(name))
        if chosen and chosen not in {*self._entries, *self._toDownload}:
            self._add(_("{name} - not here").format(name=chosen), chosen, self._missing(chosen))
        self._comboBox.setCurrentIndex(max(0, self._comboBox.findData(chosen)))
        self._comboBox.blockSignals(wasBlocked)

    def _missing(self, name: str) -> str:
        return texts.missingModelProblem(name, canBeDownloaded=name in self._toDownload)

    def _add(self, text: str, name: str, toolTip: str) -> None:
        self._comboBox.addItem(texts.shown(text), texts.shown(name))
        self._comboBox.setItemData(self._comboBox.count - 1, texts.shown(toolTip), qt.Qt.ToolTipRole)


def _problem(entry: Any) -> str:
    """Why a model that is here cannot be used, or ""."""
    name = texts.shown(entry.name)
    return entry.problem if name == entry.name else texts.undecodableModelProblem(name)


class PhraseField:
    """The phrase, and the list of those that were grounded before, kept in the application's settings.

    Args:
        comboBox: an editable QComboBox.
        onEdited: called with the text after each change.
        onEntered: called when the user pressed Enter in it.
    """

    def __init__(self, comboBox: Any, onEdited: Callable[[str], None], onEntered: Callable[[], None]) -> None:
        self._comboBox = comboBox
        self._history = texts.historyFrom(qt.QSettings().value(HISTORY_KEY))
        # Completion would turn what was typed into an earlier phrase, and Enter would ground that one.
        comboBox.setCompleter(None)
        comboBox.addItems(self._history)
        comboBox.setCurrentIndex(-1)
        comboBox.lineEdit().setPlaceholderText(_("For example: small left pleural effusion"))
        comboBox.connect("editTextChanged(QString)", onEdited)
        comboBox.lineEdit().connect("returnPressed()", onEntered)

    @property
    def text(self) -> str:
        """What stands in the field, without blanks at the ends."""
        return self._comboBox.currentText.strip()

    def focus(self) -> None:
        """Take the keyboard, with all that stands in the field selected, so that typing replaces it."""
        self._comboBox.setFocus()
        self._comboBox.lineEdit().selectAll()

    def setText(self, text: str) -> None:
        """Write into the field, unless it says that already: writing moves the cursor."""
        if self._comboBox.currentText != text:
            self._comboBox.setEditText(texts.shown(text))

    def remember(self, phrase: str) -> None:
        """Put a phrase at the head of the list, here and in the settings."""
        self._history = texts.historyWith(self._history, texts.shown(phrase))
        qt.QSettings().setValue(HISTORY_KEY, self._history)
        wasBlocked = self._comboBox.blockSignals(True)
        self._comboBox.clear()
        self._comboBox.addItems(self._history)
        self._comboBox.setEditText(texts.shown(phrase))
        self._comboBox.blockSignals(wasBlocked)
