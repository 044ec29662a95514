"""The section "Reader study": a reader takes a study's folder and a name, and rates one case after the other.

Every answer is on the disk before the next case shows; what is shown of a case does not tell whose its map is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from cxr_grounding import Box, QuestionKind, ReadingSession
from CXRGroundingLib import texts
from CXRGroundingLib.scene_study import StudyScene
from CXRGroundingLib.widget_study_choice import StudyChoice
from CXRGroundingLib.widget_study_keys import ReadingKeys
from CXRGroundingLib.widget_study_questions import QuestionRows

PRESENCE_MILLISECONDS = 30_000
"""Between two words to others who share the folder that the reader is still there."""

HIDDEN = (
    *("inputsCollapsibleButton", "findingsCollapsibleButton", "advancedCollapsibleButton", "modelLabel"),
    *("progressBar", "reportCollapsibleButton"),
)
"""Parts of the panel that are out of sight while a study is read: they would tell more than readers may know."""


class StudySection:
    """The section of the panel.

    Args:
        ui: the panel's widgets; the section is put below them.
        panel: the module's.
        logic: a GroundingLogic.
        choose: has the panel choose a radiograph.
        guard: a context in which slots run, that tells the user of errors.
        tell: shows a message in the panel; "" takes it away.
    """

    def __init__(
        self,
        ui: Any,
        panel: Any,
        logic: Any,
        choose: Callable[[Any], None],
        guard: Callable[[], Any],
        tell: Callable[[str], None],
    ) -> None:
        self._ui, self._panel, self._choose, self._guard, self._tell = ui, panel, choose, guard, tell
        self._scene = StudyScene(logic)
        self._session: ReadingSession | None = None
        self._keys: ReadingKeys | None = None
        self._rows: QuestionRows | None = None
        self._hidden: list[Any] = []
        self._isHeatShown, self._isDrawing = True, False
        self._section = ctk.ctkCollapsibleButton(panel)
        self._section.objectName = "studyCollapsibleButton"
        self._section.text = _("Reader study")
        self._section.collapsed = True
        layout = qt.QVBoxLayout(self._section)
        self._choice, self._reading = StudyChoice(self.begin, guard), self._readingPage()
        layout.addWidget(self._choice.widget)
        layout.addWidget(self._reading)
        self._reading.setVisible(False)
        below = panel.layout()
        below.insertWidget(below.indexOf(ui.advancedCollapsibleButton) + 1, self._section)
        self._presence = qt.QTimer(self._section)
        self._presence.setInterval(PRESENCE_MILLISECONDS)
        self._presence.connect("timeout()", self._sayPresent)

    # The pages

    def _readingPage(self) -> Any:
        page = qt.QWidget()
        page.setFocusPolicy(qt.Qt.StrongFocus)  # where keys go that nothing else needs
        self._readingLayout = qt.QVBoxLayout(page)
        self._readingLayout.setContentsMargins(0, 0, 0, 0)
        self._caseLabel, self._phraseLabel, self._helpLabel = (qt.QLabel() for _each in range(3))
        self._caseLabel.objectName, self._phraseLabel.objectName = "studyCaseLabel", "studyPhraseLabel"
        self._phraseLabel.setStyleSheet("font-size: 16pt")
        self._helpLabel.objectName = "studyHelpLabel"
        self._caseLabel.setTextFormat(qt.Qt.PlainText)
        self._phraseLabel.setTextFormat(qt.Qt.PlainText)
        for label in (self._caseLabel, self._phraseLabel, self._helpLabel):
            label.setWordWrap(True)
        self._readingLayout.addWidget(self._caseLabel)
        self._readingLayout.addWidget(self._phraseLabel)
        buttons = qt.QHBoxLayout()
        self._backButton, self._heatButton, self._breakButton, self._endButton, self._nextButton = (
            self._button(text, name, slot, buttons)
            for text, name, slot in (
                (_("Back"), "studyBackButton", self._back),
                (_("Heat off"), "studyHeatButton", self._toggleHeat),
                (_("Break"), "studyBreakButton", self._toggleBreak),
                (_("Leave"), "studyLeaveButton", self.leave),
                (_("Next"), "studyNextButton", self._next),
            )
        )
        self._readingLayout.addLayout(buttons)
        self._readingLayout.addWidget(self._helpLabel)
        return page

    def _button(self, text: str, name: str, slot: Callable[[], None], layout: Any) -> Any:
        button = qt.QPushButton(text)
        button.objectName = name
        button.setFocusPolicy(qt.Qt.NoFocus)
        run = self._guarded(slot)
        button.connect("clicked()", run)
        layout.addWidget(button)
        return button

    # Begin and end

    @property
    def isReading(self) -> bool:
        """Whether a study is being read."""
        return self._session is not None

    def choose(self, folder: str) -> None:
        """Open the section with a study's folder filled in, ready for the reader's name."""
        self._section.collapsed = False
        self._choice.choose(folder)

    def begin(self, folder: str, reader: str) -> None:
        """Begin to read, or go on where this reader was.

        Raises:
            CXRGroundingError: when that cannot be; nothing is read then.
        """
        self.leave()
        self._tell("")
        self._session = ReadingSession(folder, reader)
        self._choice.remember(folder, reader)
        self._hidden = [one for one in (getattr(self._ui, name, None) for name in HIDDEN) if one is not None]
        self._hidden = [one for one in self._hidden if not one.isHidden()]
        for part in self._hidden:
            part.setVisible(False)
        self._choice.widget.setVisible(False)
        self._reading.setVisible(True)
        self._keys = ReadingKeys(self._panel, self._actions(), self._guard)
        self._presence.start()
        self._isHeatShown = True
        self._showCase()
        if self._session is not None and self._session.done == 0:
            self._helpLabel.setTextFormat(qt.Qt.MarkdownText)
            self._helpLabel.setText(texts.shown(self._session.study.settings.instructions))

    def leave(self) -> None:
        """End the reading; what was answered is kept, and another time goes on here."""
        if self._session is None:
            return
        self._session.close()
        self._session = None
        self._presence.stop()
        if self._keys is not None:
            self._keys.close()
            self._keys = None
        self._scene.clear()
        self._dropRows()
        for part in self._hidden:
            part.setVisible(True)
        self._hidden = []
        self._reading.setVisible(False)
        self._choice.widget.setVisible(True)

    def close(self) -> None:
        """For the end of the panel."""
        self.leave()
        self._section.deleteLater()

    def _actions(self) -> dict[str, Callable[[], None]]:
        actions: dict[str, Callable[[], None]] = {
            "Return": self._next,
            "Enter": self._next,
            "0": self._toggleHeat,
            "B": self._toggleBreak,
            "Backspace": self._back,
            "T": self._write,
            "D": self._draw,
        }
        for name, across, down in (("Up", 0, -1), ("Down", 0, 1), ("Left", -1, 0), ("Right", 1, 0)):
            actions[name] = partial(self._arrow, across, down, False)
            actions[f"Shift+{name}"] = partial(self._arrow, across, down, True)
        for number in range(1, 10):
            actions[str(number)] = partial(self._press, number)
        return actions

    # One case

    def _showCase(self) -> None:
        """The case in view of the session; after the last, or when it cannot be shown, the end."""
        try:
            self._fillCase()
        except BaseException:
            self.leave()  # to begin again goes on here
            raise

    def _fillCase(self) -> None:
        session = self._session
        if session is None:
            return
        self._isDrawing = False
        case = session.case
        if case is None:
            total = session.total
            self.leave()
            self._tell(_("All {count} cases are answered. Thank you.").format(count=total))
            return
        self._dropRows()
        self._scene.show(session.image_file(), session.map().finding(), self._isHeatShown)
        self._choose(self._scene.volumeNode)
        self._rows = QuestionRows(session.study.settings.questions, session.given, self._guarded(self._draw))
        self._rows.widget.objectName = "studyQuestions"
        self._readingLayout.insertWidget(2, self._rows.widget)
        drawn = session.given.get(self._boxName)
        if drawn:
            self._scene.setBox(Box(*drawn))
        self._caseLabel.setText(
            texts.shown(
                _("{reader}: case {place} of {total}").format(
                    reader=session.reader, place=session.place + 1, total=session.total
                )
            )
        )
        self._phraseLabel.setText(texts.shown(case.phrase))
        self._helpLabel.setTextFormat(qt.Qt.PlainText)
        self._helpLabel.setText(
            _("1 to 9 answer, Up and Down choose the question, Enter goes on. 0: heat, B: break, T: text.")
        )
        self._backButton.setEnabled(session.can_go_back)
        session.begin()
        self._showState()
        self._reading.setFocus()  # out of the text of the case before
        if session.break_is_due and not session.given:
            self._toggleBreak()
            self._tell(_("Time for a break? Press B to go on."))

    @property
    def _boxName(self) -> str:
        """Of the question for a box; "" where there is none."""
        questions = () if self._session is None else self._session.study.settings.questions
        return next((question.name for question in questions if question.kind is QuestionKind.BOX), "")

    def _next(self) -> None:
        session, rows = self._session, self._rows
        if session is None or rows is None:
            return
        if self._isDrawing:
            self._isDrawing = False
            self._showState()
            return
        if session.is_paused:
            self._toggleBreak()
            return
        answers = rows.values()
        if self._boxName and self._scene.box is not None:
            box = self._scene.box
            answers[self._boxName] = [box.x, box.y, box.width, box.height]
        session.save(answers)  # raises where it could not: the case stays
        self._tell("")
        self._showCase()

    def _back(self) -> None:
        session = self._session
        if session is not None and not session.is_paused:
            session.go_back()
            self._tell("")
            self._showCase()

    def _press(self, number: int) -> None:
        if self._rows is not None and not self._isPaused:
            self._rows.press(number)

    def _write(self) -> None:
        if self._rows is not None and not self._isPaused:
            self._rows.write()

    def _arrow(self, across: int, down: int, isSize: bool) -> None:
        if self._isDrawing:
            self._scene.changeBox(across, down, isSize)
        elif self._rows is not None and down and not isSize:
            self._rows.move(down)
            self._reading.setFocus()

    def _draw(self) -> None:
        """Begin with a box, or take away the one that is being drawn."""
        if not self._boxName or self._isPaused:
            return
        if self._isDrawing:
            self._scene.removeBox()
            self._isDrawing = False
        else:
            if self._scene.box is None:
                self._scene.beginBox()
            self._isDrawing = True
        self._showState()

    def _toggleHeat(self) -> None:
        if not self._isPaused:
            self._isHeatShown = not self._isHeatShown
            self._scene.setHeat(self._isHeatShown)
            self._showState()

    def _toggleBreak(self) -> None:
        """The break screen: an empty view, and a clock that stands still."""
        session, rows = self._session, self._rows
        if session is None or rows is None:
            return
        if session.is_paused:
            self._scene.setInView(True, self._isHeatShown)
            self._choose(self._scene.volumeNode)
            session.resume()
            self._tell("")
        else:
            session.pause()
            self._choose(None)  # else a window that follows the panel would show it again
            self._scene.setInView(False)
            self._tell(_("Break: the clock stands still. Press B to go on."))
        self._showState()

    @property
    def _isPaused(self) -> bool:
        return self._session is not None and self._session.is_paused

    def _showState(self) -> None:
        """What the buttons say."""
        isPaused = self._isPaused
        self._heatButton.setText(_("Heat off (0)") if self._isHeatShown else _("Heat on (0)"))
        self._breakButton.setText(_("Go on (B)") if isPaused else _("Break (B)"))
        for part in (self._phraseLabel, *(() if self._rows is None else (self._rows.widget,))):
            part.setVisible(not isPaused)
        for button in (self._heatButton, self._nextButton):
            button.setEnabled(not isPaused)
        if self._rows is not None:
            self._rows.showBox(self._scene.box is not None, self._isDrawing)

    def _dropRows(self) -> None:
        if self._rows is not None:
            self._rows.widget.setVisible(False)
            self._rows.widget.deleteLater()
            self._rows = None

    def _sayPresent(self) -> None:
        with self._guard():
            if self._session is not None:
                self._session.say_present()

    def _guarded(self, slot: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            with self._guard():
                slot()

        return run
