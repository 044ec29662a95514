"""Getting a published model, and removing one: the two buttons beside the list of models, and their dialog.

The transfer is another process's (ModelShelf); a timer looks at it, and nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from cxr_grounding import Cancelled, CXRGroundingError
from CXRGroundingLib import model_texts, texts
from CXRGroundingLib.widget_message import say

POLL_MILLISECONDS = 100

WIDTH, HEIGHT = 640, 640
"""Of the dialog at first, in pixels."""


class ModelButtons:
    """The button that gets the chosen model, and the one that removes it; each is there where it can do something.

    Args:
        ui: with `getModelButton` and `removeModelButton`.
        models: the list, a ModelChoice.
        prepare: brings what fetching needs; may raise a CXRGroundingError.
        onChanged: called when there is a model more or less.
        guard: a context in which slots run, that tells the user of errors.
    """

    def __init__(
        self,
        ui: Any,
        models: Any,
        prepare: Callable[[], None],
        onChanged: Callable[[], None],
        guard: Callable[[], Any],
    ) -> None:
        self._get, self._remove = ui.getModelButton, ui.removeModelButton
        self._logic, self._models, self._guard = models.logic, models, guard
        self._prepare, self._onChanged = prepare, onChanged
        self._dialog: GetModelDialog | None = None
        self._get.connect("clicked()", self._onGet)
        self._remove.connect("clicked()", self._onRemove)
        self.showState()

    def showState(self) -> None:
        """Bring the buttons up to date with the list."""
        name = self._models.name
        self._get.setVisible(self._models.isToDownload)
        self._remove.setVisible(self._models.isRemovable)
        self._remove.setEnabled(bool(name) and not self._logic.isBusy)

    def close(self) -> None:
        """For the end of the panel: the dialog goes too."""
        if self._dialog is not None:
            self._dialog.close()

    def _onGet(self) -> None:
        with self._guard():
            self._prepare()
            if self._dialog is None:
                self._dialog = GetModelDialog(self._logic, self._models.name, self._onClosed, self._guard)

    def _onClosed(self, name: str) -> None:
        """After the dialog; `name` is that of the model that is here now, "" for none."""
        self._dialog = None
        self._models.refresh(name or self._models.name)
        self._onChanged()

    def _onRemove(self) -> None:
        with self._guard():
            name = self._models.name
            question = model_texts.removalQuestion(next(one for one in self._logic.models() if one.name == name))
            if slicer.util.confirmOkCancelDisplay(texts.shown(question), _("CXR Grounding")):
                self._logic.removeModel(name)
                self._models.refresh(name)
                self._onChanged()


class GetModelDialog:
    """What the model is, from where, how large, under which terms; and, once these are accepted, its transfer.

    Args:
        logic: a GroundingLogic.
        name: of the model.
        onClosed: called once, with the name of the model when it is here, else with "".
        guard: a context in which slots run.
    """

    def __init__(self, logic: Any, name: str, onClosed: Callable[[str], None], guard: Callable[[], Any]) -> None:
        self._logic, self._name, self._onClosed, self._guard = logic, name, onClosed, guard
        self._task: Any = None
        self._offer: Any = None
        self._files: list[str] = []
        self._boxes: list[Any] = []
        self._got = ""
        self._build()
        self._timer = qt.QTimer(self._dialog)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.connect("timeout()", self._poll)
        self._ask()
        self._dialog.open()

    def close(self) -> None:
        """As if the user closed it."""
        self._dialog.reject()

    def _build(self) -> None:
        self._dialog = qt.QDialog(slicer.util.mainWindow())
        self._dialog.setObjectName("getModelDialog")
        self._dialog.setWindowTitle(_("Get the model {name}").format(name=self._name))
        self._dialog.resize(WIDTH, HEIGHT)
        self._dialog.connect("finished(int)", self._onFinished)
        layout = qt.QVBoxLayout(self._dialog)
        self._what = self._label(layout, "whatLabel")
        self._warnings = self._label(layout, "offerWarningsLabel")
        self._terms = qt.QWidget(self._dialog)
        self._termsLayout = qt.QVBoxLayout(self._terms)
        self._termsLayout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._terms, 1)
        self._bar = qt.QProgressBar(self._dialog)
        self._bar.setObjectName("fetchProgressBar")
        self._bar.setTextVisible(False)
        layout.addWidget(self._bar)
        self._progress = self._label(layout, "fetchProgressLabel")
        self._message = self._label(layout, "fetchMessageLabel")
        row = qt.QHBoxLayout()
        layout.addLayout(row)
        self._filesButton = self._button(row, "filesButton", _("I have the files..."))
        self._filesButton.setToolTip(_("Take files that are on this computer, where the internet cannot be reached."))
        menu = qt.QMenu(self._filesButton)
        menu.addAction(_("A folder...")).connect("triggered()", self._onFolder)
        menu.addAction(_("A zip archive...")).connect("triggered()", self._onArchive)
        self._filesButton.setMenu(menu)
        row.addStretch(1)
        self._start = self._button(row, "startButton", _("Start"))
        self._start.connect("clicked()", self._onStart)
        self._cancel = self._button(row, "cancelButton", _("Cancel"))
        self._cancel.connect("clicked()", self._onCancel)

    def _label(self, layout: Any, name: str) -> Any:
        label = qt.QLabel(self._dialog)
        label.setObjectName(name)
        label.setTextFormat(qt.Qt.PlainText)
        label.setTextInteractionFlags(qt.Qt.TextSelectableByMouse)
        label.setWordWrap(True)
        layout.addWidget(label)
        return label

    def _button(self, layout: Any, name: str, text: str) -> Any:
        button = qt.QPushButton(text, self._dialog)
        button.setObjectName(name)
        button.setAutoDefault(False)
        layout.addWidget(button)
        return button

    # What the user does

    def _ask(self) -> None:
        """Ask what there is to fetch."""
        self._offer = None
        self._clearTerms()
        say(self._what, _("Asking where the model {name} is...").format(name=self._name))
        say(self._warnings, "")
        self._begin(self._logic.askForOffer(self._name, self._files))

    def _onStart(self) -> None:
        with self._told():
            if self._offer is None:
                self._ask()
            else:
                self._begin(self._logic.startFetch(self._offer))

    def _onCancel(self) -> None:
        with self._told():
            if self._task is None:
                self._dialog.reject()
            else:
                self._logic.cancelFetch()

    def _onFolder(self) -> None:
        path = qt.QFileDialog.getExistingDirectory(self._dialog, _("The folder of the model's files"))
        self._takeFiles(path)

    def _onArchive(self) -> None:
        title, kinds = _("The archive of the model's files"), _("Zip archives (*.zip)")
        self._takeFiles(qt.QFileDialog.getOpenFileName(self._dialog, title, "", kinds))

    def _takeFiles(self, path: str) -> None:
        with self._told():
            if path:
                self._files.append(path)
                self._ask()

    def _onFinished(self, result: int) -> None:
        """However it was closed: a transfer under way ends, and what has come of it stays for the next time."""
        with self._guard():
            self._timer.stop()
            if self._task is not None:
                self._task = None
                self._logic.closeFetch()
            self._dialog.deleteLater()
            self._onClosed(self._got)

    # How far it is

    def _begin(self, task: Any) -> None:
        self._task, self._said = task, model_texts.FetchProgress()
        self._bar.setRange(0, 0)
        say(self._message, "")
        say(self._progress, _("Starting"))
        self._timer.start()
        self._showState()

    def _poll(self) -> None:
        with self._told():
            self._logic.pollFetch()
            task = self._task
            if task is None:
                return
            if not task.done:
                if task.progress is not None:
                    self._showProgress(*task.progress)
                return
            self._task = None
            self._timer.stop()
            self._end(task)

    def _end(self, task: Any) -> None:
        try:
            result = task.result()
        except Cancelled:
            say(self._message, _("Stopped. What has come stays, and the next try takes it up."))
        except CXRGroundingError as error:
            if self._offer is None:
                self._files = []  # they were not what is needed
                say(self._what, _("What the model {name} is and where it lies is not known:").format(name=self._name))
            say(self._message, str(error))
        else:
            if self._offer is not None:
                self._got = self._name
                self._dialog.accept()
                return
            self._show(result)
        self._showState()

    def _showProgress(self, stage: str, done: int, total: int) -> None:
        text = self._said.text(stage, done, total)
        self._bar.setRange(0, 1000 if total > 1 else 0)  # bytes are more than a bar can count
        self._bar.setValue(1000 * done // total if total > 1 else 0)
        say(self._progress, text)

    def _show(self, offer: Any) -> None:
        """What is offered."""
        self._offer = offer
        say(self._what, model_texts.whatText(offer))
        say(self._warnings, "\n".join(offer.warnings))
        for number, terms in enumerate(offer.terms):
            heading = qt.QLabel(texts.shown(model_texts.licenceHeading(terms)), self._terms)
            heading.setWordWrap(True)
            body = qt.QPlainTextEdit(self._terms)
            body.setObjectName(f"licenceText{number}")
            body.setReadOnly(True)
            body.setPlainText(texts.shown(model_texts.licenceBody(terms)))
            box = qt.QCheckBox(texts.shown(model_texts.acceptText(terms)), self._terms)
            box.setObjectName(f"acceptCheckBox{number}")
            box.connect("toggled(bool)", self._onTicked)
            for widget in (heading, body, box):
                self._termsLayout.addWidget(widget)
            self._boxes.append(box)
        say(self._message, model_texts.spaceProblem(offer))

    def _onTicked(self) -> None:
        with self._told():
            self._showState()

    def _clearTerms(self) -> None:
        self._boxes = []
        while (item := self._termsLayout.takeAt(0)) is not None:
            item.widget().deleteLater()

    def _showState(self) -> None:
        """What can be done now."""
        isBusy = self._task is not None
        self._bar.setVisible(isBusy)
        self._progress.setVisible(isBusy)
        self._filesButton.setEnabled(not isBusy)
        for box in self._boxes:
            box.setEnabled(not isBusy)
        whyNot = "" if self._offer is None else self._whyNotStart()
        self._start.setText(_("Try again") if self._offer is None else _("Start"))
        self._start.setEnabled(not isBusy and not whyNot)
        self._start.setToolTip(texts.shown(whyNot))
        self._cancel.setText(_("Cancel") if isBusy else _("Close"))

    def _whyNotStart(self) -> str:
        if not all(box.checked for box in self._boxes):
            return _("Accept each licence first.")
        return model_texts.spaceProblem(self._offer)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say an error here, where the user looks; one without a sentence is the panel's affair."""
        with self._guard():
            try:
                yield
            except CXRGroundingError as error:
                say(self._message, str(error))
