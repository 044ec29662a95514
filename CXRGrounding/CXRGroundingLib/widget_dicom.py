"""What the dialogs that take findings out of the program share: which findings, as what objects, how far it is.

Objects are made, and sent, in another process (DicomCourier); a timer looks at it, and nothing here waits.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

import cxr_grounding
from cxr_grounding import Cancelled, CXRGroundingError, OutputError
from CXRGroundingLib import dicom_texts, texts
from CXRGroundingLib.dicom_courier import kindsOf
from CXRGroundingLib.widget_message import say

POLL_MILLISECONDS = 100

WIDTH = 560
"""Of the dialogs at first, in pixels."""


class DicomDialog:
    """Findings and kinds to tick, a bar, and two buttons; what is done with the objects, the subclass knows.

    Args:
        logic: a GroundingLogic.
        volumeNode: the radiograph, which can be exported (`checkCanExport`).
        onClosed: called once, when it is closed.
        guard: a context in which slots run, that tells the user of errors.
    """

    NAME = ""
    """Of the dialog, for Qt."""

    def __init__(self, logic: Any, volumeNode: Any, onClosed: Callable[[], None], guard: Callable[[], Any]) -> None:
        self._logic, self._onClosed, self._guard = logic, onClosed, guard
        self._labelNodes = list(logic.findings(volumeNode))
        self._task: Any = None
        self._then: Callable[[Any], None] = self._nothing
        self._scratch: Any = None
        self._build(volumeNode.GetName())
        self._timer = qt.QTimer(self._dialog)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.connect("timeout()", self._poll)
        self._showState()
        self._dialog.open()

    def close(self) -> None:
        """As if the user closed it."""
        self._dialog.reject()

    # What the subclass does

    def _title(self) -> str:
        raise NotImplementedError

    def _buildWhere(self, layout: Any) -> None:
        """Add what says where to."""
        raise NotImplementedError

    def _go(self) -> None:
        """The button was pressed."""
        raise NotImplementedError

    def _goText(self) -> str:
        """What the button says now."""
        raise NotImplementedError

    def _whyNotGo(self) -> str:
        """Why the button is grey, or ""."""
        raise NotImplementedError

    def _stopped(self) -> str:
        """What is said after it was stopped."""
        return _("Stopped. Nothing was written.")

    def _failed(self, error: CXRGroundingError) -> None:
        """What is under way came to a bad end."""
        self._say(self._stopped() if isinstance(error, Cancelled) else str(error))

    # How it looks

    def _build(self, radiograph: str) -> None:
        self._dialog = qt.QDialog(slicer.util.mainWindow())
        self._dialog.setObjectName(self.NAME)
        self._dialog.setWindowTitle(self._title())
        self._dialog.resize(WIDTH, 0)
        self._dialog.connect("finished(int)", self._onFinished)
        layout = qt.QVBoxLayout(self._dialog)
        self._label(layout, "whatLabel", _("Findings on {radiograph}").format(radiograph=radiograph))
        self._list = qt.QListWidget(self._dialog)
        self._list.setObjectName("findingsList")
        self._list.setMaximumHeight(140)
        self._items = []
        for labelNode in self._labelNodes:
            item = qt.QListWidgetItem(texts.shown(self._logic.result(labelNode)["phrase"]), self._list)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            item.setCheckState(qt.Qt.Checked)
            self._items.append(item)
        self._list.connect("itemChanged(QListWidgetItem*)", self._onTicked)
        layout.addWidget(self._list)
        self._boxes = {}
        for kind, words in dicom_texts.KINDS:
            box = self._boxes[kind] = qt.QCheckBox(words, self._dialog)
            box.setObjectName(f"{kind}CheckBox")
            box.setChecked(kind != "sc")
            box.connect("toggled(bool)", self._onTicked)
            layout.addWidget(box)
        problem = cxr_grounding.why_no_pictures()
        if problem:
            self._boxes["sc"].setEnabled(False)
            self._label(layout, "noPicturesLabel", problem)
        self._noPictures = bool(problem)
        self._buildWhere(layout)
        self._bar = qt.QProgressBar(self._dialog)
        self._bar.setTextVisible(False)
        layout.addWidget(self._bar)
        self._progress = self._label(layout, "courierProgressLabel")
        self._message = self._label(layout, "courierMessageLabel")
        row = qt.QHBoxLayout()
        layout.addLayout(row)
        row.addStretch(1)
        self._goButton = self._button(row, "goButton", "", self._onGo)
        self._cancelButton = self._button(row, "cancelButton", "", self._onCancel)

    def _label(self, layout: Any, name: str, text: str = "") -> Any:
        label = qt.QLabel(texts.shown(text), self._dialog)
        label.setObjectName(name)
        label.setTextFormat(qt.Qt.PlainText)
        label.setTextInteractionFlags(qt.Qt.TextSelectableByMouse)
        label.setWordWrap(True)
        label.setVisible(bool(text))
        layout.addWidget(label)
        return label

    def _button(self, layout: Any, name: str, text: str, slot: Callable[[], None]) -> Any:
        button = qt.QPushButton(text, self._dialog)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.connect("clicked()", slot)
        layout.addWidget(button)
        return button

    def _say(self, text: str) -> None:
        say(self._message, text)

    # What the user does

    def _ticked(self) -> list[Any]:
        """The findings that are ticked and still in the scene."""
        pairs = zip(self._items, self._labelNodes, strict=True)
        present = set(self._logic.findings())
        return [node for item, node in pairs if item.checkState() == qt.Qt.Checked and node in present]

    def _kinds(self) -> str:
        """The kinds that are ticked, as the core takes them."""
        ticked = {kind: box.checked for kind, box in self._boxes.items()}
        return kindsOf(segmentation=ticked["seg"], report=ticked["sr"], pictures=ticked["sc"])

    def _whyNothing(self) -> str:
        """Why there is nothing to make, or ""."""
        if not self._ticked():
            return _("Tick at least one finding.")
        return "" if any(box.checked for box in self._boxes.values()) else _("Tick at least one kind of object.")

    def _onTicked(self) -> None:
        with self._told():
            self._showState()

    def _onGo(self) -> None:
        with self._told():
            self._say("")
            self._go()
            self._showState()

    def _onCancel(self) -> None:
        with self._told():
            if self._task is None:
                self._dialog.reject()
            else:
                self._logic.cancelCourier()
                self._cancelButton.setEnabled(False)

    def _onFinished(self, result: int) -> None:
        """However it was closed: what is under way ends, and what was made on the way is removed."""
        with self._guard():
            self._timer.stop()
            if self._task is not None:
                self._task = None
                self._logic.closeCourier()
            if self._scratch is not None:
                self._scratch.cleanup()
            self._dialog.deleteLater()
            self._onClosed()

    # How far it is

    def _scratchFolder(self) -> Path:
        """A folder that goes when the dialog is closed.

        Raises:
            OutputError: when there is no room for one.
        """
        try:
            self._scratch = self._scratch or tempfile.TemporaryDirectory(
                prefix="cxr-grounding-", ignore_cleanup_errors=True
            )
        except OSError as error:
            raise OutputError(
                f"There is no room for files that are on their way ({error.strerror}). Free some space in "
                f"{tempfile.gettempdir()}."
            ) from error
        return Path(self._scratch.name)

    def _begin(self, task: Any, then: Callable[[Any], None]) -> None:
        self._task, self._then = task, then
        self._bar.setRange(0, 0)
        self._timer.start()
        self._showState()

    def _poll(self) -> None:
        with self._told():
            self._logic.pollCourier()
            task = self._task
            if task is None:
                return
            if not task.done:
                if task.progress is not None:
                    self._showProgress(*task.progress)
                return
            self._task = None
            self._timer.stop()
            try:
                result = task.result()
            except CXRGroundingError as error:
                self._failed(error)
            else:
                self._then(result)
            self._showState()

    def _showProgress(self, stage: str, done: int, total: int) -> None:
        self._bar.setRange(0, total if total > 1 else 0)
        self._bar.setValue(done)
        say(self._progress, dicom_texts.progressText(stage, done, total))

    def _showState(self) -> None:
        """What can be done now."""
        isBusy = self._task is not None
        self._bar.setVisible(isBusy)
        self._progress.setVisible(isBusy and bool(self._progress.text))
        self._showChoices(not isBusy)
        whyNot = self._whyNotGo()
        self._goButton.setText(texts.shown(self._goText()))
        self._goButton.setEnabled(not isBusy and not whyNot)
        self._goButton.setToolTip(texts.shown(whyNot))
        self._cancelButton.setEnabled(True)
        self._cancelButton.setText(_("Cancel") if isBusy else _("Close"))

    def _showChoices(self, isEnabled: bool) -> None:
        self._list.setEnabled(isEnabled)
        for kind, box in self._boxes.items():
            box.setEnabled(isEnabled and not (kind == "sc" and self._noPictures))

    def _nothing(self, result: Any) -> None:
        """Before anything was begun."""

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say an error here, where the user looks; one without a sentence is the panel's affair."""
        with self._guard():
            try:
                yield
            except CXRGroundingError as error:
                self._say(str(error))
                self._showState()
