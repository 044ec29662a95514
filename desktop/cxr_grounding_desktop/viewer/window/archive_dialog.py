"""Radiographs out of a hospital's archive: looked for, listed, brought here.

The archive is asked by another process (`cxr_grounding.Courier`); a timer looks at it, and nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cxr_grounding import (
    MOST_STUDIES,
    ArchiveError,
    Cancelled,
    Courier,
    CXRGroundingError,
    ListedObject,
    ListedStudy,
    Server,
    StudyContents,
    StudyQuery,
    WorkerTask,
    read_servers,
    readable,
)
from cxr_grounding_desktop.viewer.window.archive_tables import (
    OBJECT_COLUMNS,
    STUDY_COLUMNS,
    ListingTable,
    object_words,
    study_words,
)
from cxr_grounding_desktop.viewer.window.message_strip import MessageStrip
from cxr_grounding_desktop.viewer.window.session_folder import SessionFolder

POLL_MILLISECONDS = 100
WIDTH, HEIGHT = 820, 620

NO_ARCHIVE = (
    "No archive is set up. Write its address down in the file archives.toml in the folder .cxr_grounding of your home "
    "folder, as docs/archive.md shows, and open this again."
)
KEPT_FOR_NOW = "What is fetched is kept until the program is closed."


class ArchiveDialog(QDialog):
    """Asks an archive, and brings what is chosen.

    Args:
        session: where files go that the user does not want to keep.
        ask_folder: asks for a folder to keep them in; "" for none.
    """

    brought = pyqtSignal(list)
    """The paths of the files that were brought, as texts; the dialog is closed then."""

    def __init__(self, session: SessionFolder, ask_folder: Callable[[QWidget], str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("archiveDialog")
        self.setWindowTitle("Open from archive")
        self.resize(WIDTH, HEIGHT)
        self._session, self._ask_folder = session, ask_folder
        self._courier = Courier()
        self._task: WorkerTask[Any] | None = None
        self._then: Callable[[Any], None] = self._show_studies
        self._what = ""
        self._folder: Path | None = None
        self._wanted: list[ListedObject] = []
        self._files: list[str] = []
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MILLISECONDS)
        self._timer.timeout.connect(self._guarded(self._poll))
        self._make_parts()
        self._show_servers()
        self._asked = self._servers[0] if self._servers else None
        self._show_state()

    # How it looks

    def _make_parts(self) -> None:
        column = QVBoxLayout(self)
        self._strip = MessageStrip(self)
        column.addWidget(self._strip)
        form = QFormLayout()
        self._archives = QComboBox(self)
        self._archives.setObjectName("archiveComboBox")
        form.addRow("Archive:", self._archives)
        self._patient = self._line(form, "Patient:", "patientEdit", "ID, or name as FAMILY^GIVEN; * for any letters")
        self._date = self._line(form, "Date:", "dateEdit", "2026-11-27, or 2026-11-01..2026-11-27")
        self._accession = self._line(form, "Accession number:", "accessionEdit", "")
        column.addLayout(form)
        self._search = self._button("searchButton", "Search", self._look_for)
        self._search.setDefault(True)
        column.addWidget(self._search, 0, Qt.AlignmentFlag.AlignRight)
        self._studies = ListingTable[ListedStudy]("studiesTable", STUDY_COLUMNS, False, self)
        self._studies.itemSelectionChanged.connect(self._guarded(self._list_chosen))
        column.addWidget(self._studies, 3)
        self._others = self._label("othersLabel")
        column.addWidget(self._others)
        self._radiographs = ListingTable[ListedObject]("radiographsTable", OBJECT_COLUMNS, True, self)
        self._radiographs.itemSelectionChanged.connect(self._guarded(self._show_state))
        self._radiographs.itemDoubleClicked.connect(self._guarded(lambda item: self._bring_chosen()))
        column.addWidget(self._radiographs, 2)
        row = QHBoxLayout()
        self._kept = self._label("keptLabel")
        self._kept.setText(KEPT_FOR_NOW)
        row.addWidget(self._kept, 1)
        self._keep = self._button("keepButton", "Keep in a folder...", self._choose_folder)
        row.addWidget(self._keep)
        column.addLayout(row)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        column.addWidget(self._bar)
        row = QHBoxLayout()
        self._progress = self._label("progressLabel")
        row.addWidget(self._progress, 3)
        row.addStretch(1)
        self._open = self._button("openButton", "Open", self._bring_chosen)
        self._cancel = self._button("cancelButton", "Close", self._stop)
        row.addWidget(self._open)
        row.addWidget(self._cancel)
        column.addLayout(row)

    def _line(self, form: QFormLayout, title: str, name: str, hint: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(name)
        line.setPlaceholderText(hint)
        form.addRow(title, line)
        return line

    def _label(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        return label

    def _button(self, name: str, text: str, slot: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(self._guarded(lambda checked: slot()))
        return button

    def _guarded(self, slot: Callable[..., None]) -> Callable[..., None]:
        """A slot that says here, where the user looks, what goes wrong; an earlier message stays until the next one."""

        def run(*arguments: object) -> None:
            said = self._strip.message
            with self._strip.errors_told():
                if said:
                    self._strip.show_message(said)
                slot(*arguments)

        return run

    def _show_servers(self) -> None:
        self._servers: list[Server] = []
        try:
            self._servers = read_servers()
            if not self._servers:
                self._strip.show_message(NO_ARCHIVE)
        except CXRGroundingError as error:
            self._strip.show_message(str(error))
        for server in self._servers:
            self._archives.addItem(f"{server.name} ({server.url})")

    def _show_state(self) -> None:
        """What can be done now."""
        is_busy = self._task is not None
        self._bar.setVisible(is_busy)
        self._progress.setVisible(is_busy)
        self._archives.setEnabled(bool(self._servers) and not is_busy)
        self._search.setEnabled(bool(self._servers) and not is_busy)
        self._studies.setEnabled(not is_busy)
        self._radiographs.setEnabled(not is_busy)
        self._keep.setEnabled(not is_busy)
        self._open.setEnabled(not is_busy and bool(self._radiographs.chosen))
        self._cancel.setText("Cancel" if is_busy else "Close")
        self._cancel.setEnabled(True)

    # What is looked for

    def _look_for(self) -> None:
        query = StudyQuery(self._patient.text().strip(), self._date.text().strip(), self._accession.text().strip())
        if not query:
            raise ArchiveError("Say what to look for: a patient, a date, or an accession number.")
        self._studies.fill([], [])
        self._show_contents(StudyContents((), ()))
        self._others.clear()
        self._asked = self._servers[self._archives.currentIndex()]  # and not whichever is chosen later
        self._begin("Looking for studies", self._courier.find(self._asked, query), self._show_studies)

    def _show_studies(self, studies: list[ListedStudy]) -> None:
        shown = studies[:MOST_STUDIES]
        self._studies.fill(shown, [study_words(study) for study in shown])
        if len(studies) > len(shown):
            self._strip.show_message(f"There are more than {MOST_STUDIES} such studies. Ask for less, by a date.")
        if not studies:
            self._others.setText("There is no such study.")
        elif len(studies) == 1:
            self._studies.selectRow(0)

    def _list_chosen(self) -> None:
        if self._task is None and self._asked is not None and self._studies.chosen:
            (study,) = self._studies.chosen
            task = self._courier.list_study(self._asked, study.address)
            self._begin("Listing the study", task, self._show_contents)

    def _show_contents(self, contents: StudyContents) -> None:
        """The radiographs of a study, the likeliest one chosen; what else there is, by its kind."""
        self._radiographs.fill(contents.radiographs, [object_words(one) for one in contents.radiographs])
        if contents.radiographs:
            self._radiographs.selectRow(0)
        others = f" Besides: {', '.join(contents.others)}." if contents.others else ""
        count = len(contents.radiographs)
        radiographs = {0: "No radiograph", 1: "1 radiograph"}.get(count, f"{count} radiographs")
        self._others.setText(f"{radiographs} in the study.{others}")

    # What is brought

    def _choose_folder(self) -> None:
        path = self._ask_folder(self)
        if path:
            self._folder = Path(path)
            self._kept.setText(f"What is fetched is kept in {path}.")

    def _bring_chosen(self) -> None:
        if self._task is None and self._radiographs.chosen:
            self._wanted, self._files = list(self._radiographs.chosen), []
            self._bring_next()

    def _bring_next(self) -> None:
        """Bring the next one; after the last, hand them over."""
        if self._asked is None or len(self._files) == len(self._wanted):
            self.accept()
            self.brought.emit(self._files)
            return
        folder = self._session.path if self._folder is None else self._folder
        task = self._courier.bring(self._asked, self._wanted[len(self._files)].address, folder)
        self._begin("Fetching", task, self._take)

    def _take(self, file: Path) -> None:
        self._files.append(str(file))
        self._bring_next()

    # How far it is

    def _begin(self, what: str, task: WorkerTask[Any], then: Callable[[Any], None]) -> None:
        self._strip.clear()
        self._what, self._task, self._then = what, task, then
        self._bar.setRange(0, 0)
        self._progress.setText(what)
        self._timer.start()
        self._show_state()

    def _poll(self) -> None:
        self._courier.poll()
        task = self._task
        if task is None:
            return
        if not task.done:
            if task.progress is not None:
                self._show_progress(*task.progress)
            return
        self._task = None
        self._timer.stop()
        try:
            self._then(task.result())
        except Cancelled:
            self._strip.show_message("Stopped. What is whole stays, and is not fetched again.")
        finally:
            self._show_state()

    def _show_progress(self, stage: str, done: int, total: int) -> None:
        if stage == "receiving":
            self._bar.setRange(0, 1000 if total else 0)  # bytes are more than a bar can count
            self._bar.setValue(1000 * done // total if total else 0)
            number = f"{len(self._files) + 1} of {len(self._wanted)}, " if len(self._wanted) > 1 else ""
            said = f"{readable(done)} of {readable(total)}" if total else readable(done)
            self._progress.setText(f"{self._what}: {number}{said}")

    def _stop(self) -> None:
        if self._task is None:
            self.reject()
        else:
            self._courier.cancel()
            self._cancel.setEnabled(False)

    def done(self, result: int) -> None:
        """However it was closed: what is under way ends, and what is whole stays."""
        self._timer.stop()
        self._task = None
        self._courier.close()
        super().done(result)
