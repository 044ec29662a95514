"""The questions about one case as rows of radio buttons, which number keys press."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from cxr_grounding import QuestionKind
from CXRGroundingLib import texts

if TYPE_CHECKING:
    from cxr_grounding import Question

NOW, LATER = "font-weight: bold", "font-weight: normal"
"""Of a question's text: of the one that the number keys answer, and of the others."""


class QuestionRows:
    """One case's questions; made anew for each case.

    Args:
        questions: of the study.
        given: what was answered before, by the questions' names.
        onDraw: called when the reader wants to draw the box.
    """

    def __init__(self, questions: Sequence[Question], given: Mapping[str, Any], onDraw: Callable[[], None]) -> None:
        self.widget = qt.QWidget()
        self._questions = list(questions)
        self._labels: list[Any] = []
        self._buttons: dict[str, list[Any]] = {}
        self._groups: list[Any] = []
        self._edits: dict[str, Any] = {}
        self._drawButton: Any = None
        self._now = 0
        layout = qt.QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        for number, question in enumerate(self._questions):
            label = qt.QLabel(texts.shown(_labelOf(question)))
            label.setWordWrap(True)
            layout.addWidget(label)
            self._labels.append(label)
            if question.has_options:
                self._addOptions(layout, number, question, given.get(question.name))
            elif question.kind is QuestionKind.TEXT:
                edit = qt.QLineEdit(texts.shown(given.get(question.name) or ""))
                layout.addWidget(edit)
                self._edits[question.name] = edit
            else:
                self._drawButton = qt.QPushButton(_("Draw a box (D)"))
                self._drawButton.setFocusPolicy(qt.Qt.NoFocus)
                self._drawButton.connect("clicked()", onDraw)
                layout.addWidget(self._drawButton)
        self._goTo(self._firstOpen(0))

    def _addOptions(self, layout: Any, number: int, question: Question, given: Any) -> None:
        group = qt.QButtonGroup(self.widget)
        self._groups.append(group)
        chosen = question.option_of(given)
        self._buttons[question.name] = []
        for option, text in enumerate(question.options):
            button = qt.QRadioButton(texts.shown(f"{option + 1}   {text}".replace("&", "&&")))
            button.setFocusPolicy(qt.Qt.NoFocus)  # the keys are the study's, whatever was clicked last
            button.setChecked(option == chosen)
            button.connect("clicked()", lambda number=number: self._goTo(self._firstOpen(number)))
            group.addButton(button)
            layout.addWidget(button)
            self._buttons[question.name].append(button)

    def press(self, number: int) -> None:
        """Answer the question in turn with its option of a number, from 1; one that there is not is left."""
        buttons = self._buttons.get(self._questions[self._now].name, [])
        if 1 <= number <= len(buttons):
            buttons[number - 1].setChecked(True)
            self._goTo(self._firstOpen(self._now))

    def move(self, by: int) -> None:
        """Have the next question in turn, or the one before."""
        withOptions = [n for n, question in enumerate(self._questions) if question.has_options]
        if withOptions:
            place = withOptions.index(self._now) if self._now in withOptions else 0
            self._goTo(withOptions[max(0, min(place + by, len(withOptions) - 1))])

    def write(self) -> None:
        """Put the cursor into the first free text."""
        for edit in list(self._edits.values())[:1]:
            edit.setFocus()

    def values(self) -> dict[str, Any]:
        """What is answered, by the questions' names; the box is not among it."""
        answers: dict[str, Any] = {name: edit.text for name, edit in self._edits.items()}
        for question in self._questions:
            for option, button in enumerate(self._buttons.get(question.name, [])):
                if button.checked:
                    answers[question.name] = question.value_of(option)
        return answers

    def showBox(self, isDrawn: bool, isDrawing: bool) -> None:
        """Say at the button whether there is a box."""
        if self._drawButton is not None:
            if isDrawing:
                text = _("Arrows move it, with Shift they size it; D takes it away, Enter is done")
            else:
                text = _("Box drawn; draw it again (D)") if isDrawn else _("Draw a box (D)")
            self._drawButton.setText(texts.shown(text))

    def _firstOpen(self, first: int) -> int:
        """The next question with options and without an answer; where there is none, the one that it was."""
        for number in (*range(first, len(self._questions)), *range(first)):
            buttons = self._buttons.get(self._questions[number].name)
            if buttons and not any(button.checked for button in buttons):
                return number
        return first

    def _goTo(self, number: int) -> None:
        self._now = number
        for place, label in enumerate(self._labels):
            label.setStyleSheet(NOW if place == number else LATER)


def _labelOf(question: Question) -> str:
    if question.kind is QuestionKind.TEXT:
        return _("{question} (T)").format(question=question.text)
    return question.text if question.required else _("{question} (may be left out)").format(question=question.text)
