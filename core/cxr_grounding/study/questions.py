"""What readers are asked about each case, and which answers there are."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxr_grounding.disk.sentences import can_be_shown, shortened
from cxr_grounding.errors import StudyError

MOST_OPTIONS = 9
"""Of a question: each has a number key."""

LONGEST_TEXT = 4000
"""Letters of a free answer."""


class QuestionKind(enum.Enum):
    """How a question is answered; the value stands in study.toml."""

    SCALE = "scale"
    """One of several steps, from the lowest to the highest; stored as 1, 2, ..."""
    CHOICE = "choice"
    """One of several options without an order; stored as its text."""
    TEXT = "text"
    """Free text."""
    BOX = "box"
    """A box on the radiograph; stored as x, y, width, height in pixels (`cxr_grounding.Box`)."""


@dataclass(frozen=True)
class Question:
    """One question; valid once built.

    Args:
        name: of its column in tables: letters, digits and "_", not beginning with a digit.
        kind: how it is answered.
        text: what the reader sees.
        options: the steps of a scale in words, lowest first, or the choices; none for a text or a box.
        required: whether a case cannot be left without an answer to it.

    Raises:
        StudyError: when it cannot be asked so.
    """

    name: str
    kind: QuestionKind
    text: str
    options: tuple[str, ...] = ()
    required: bool = True

    def __post_init__(self) -> None:
        if not (self.name.isascii() and self.name.isidentifier() and self.name == self.name.lower()):
            raise StudyError(
                f"A question's name is {shortened(self.name)!r}. Use small letters, digits and _, beginning with a "
                "letter: it becomes a column of the tables."
            )
        if not self.text.strip() or not all(option.strip() for option in self.options):
            raise StudyError(f"The question {self.name} has no text, or an option without one. Write what is asked.")
        if len(set(self.options)) != len(self.options):
            raise StudyError(f"The question {self.name} has the same option twice. Give each another text.")
        if self.has_options and not 2 <= len(self.options) <= MOST_OPTIONS:
            what = "A scale of one step tells nothing." if len(self.options) < 2 else "There are nine number keys."
            raise StudyError(
                f"The question {self.name} has {len(self.options)} options. {what} Give it 2 to {MOST_OPTIONS}."
            )
        if self.options and not self.has_options:
            raise StudyError(f"The question {self.name} is of the kind {self.kind.value}, which has no options.")

    @property
    def has_options(self) -> bool:
        """Whether it is answered by a number key."""
        return self.kind in (QuestionKind.SCALE, QuestionKind.CHOICE)

    def value_of(self, option: int) -> int | str:
        """What is stored for the option of a number, from 0."""
        return option + 1 if self.kind is QuestionKind.SCALE else self.options[option]

    def option_of(self, value: Any) -> int | None:
        """The inverse; None for no answer."""
        if value is None:
            return None
        return int(value) - 1 if self.kind is QuestionKind.SCALE else self.options.index(value)

    def fits(self, value: Any) -> bool:
        """Whether a value, from anywhere, is an answer to it; None is none."""
        if self.kind is QuestionKind.SCALE:
            return type(value) is int and 1 <= value <= len(self.options)
        if self.kind is QuestionKind.CHOICE:
            return isinstance(value, str) and value in self.options
        if self.kind is QuestionKind.TEXT:
            return isinstance(value, str) and len(value) <= LONGEST_TEXT and can_be_shown(value)
        is_box = isinstance(value, list | tuple) and len(value) == 4
        return is_box and all(type(one) in (int, float) and abs(one) < 1e6 for one in value) and min(value[2:]) > 0


DEFAULT_QUESTIONS = (
    Question(
        "rating",
        QuestionKind.SCALE,
        "How well does the map show the phrase?",
        ("not at all", "poorly", "in part", "well", "exactly"),
    ),
    Question("present", QuestionKind.CHOICE, "Is the finding there?", ("yes", "no", "cannot tell")),
    Question("comment", QuestionKind.TEXT, "Anything to add?", required=False),
)
"""Of a study that names no others."""

DRAW_BOX = Question("box", QuestionKind.BOX, "Draw the right box", required=False)
"""Asked too where it is wanted."""


def checked_answers(questions: Sequence[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to one case as they are stored, None for each that was not given.

    Raises:
        StudyError: when a required one is missing, or one is no answer to its question.
    """
    known = {question.name for question in questions}
    strange = [name for name in answers if name not in known]
    if strange:
        raise StudyError(f"There is no question {shortened(str(strange[0]))!r} in this study. Open the study again.")
    kept: dict[str, Any] = {}
    for question in questions:
        value = answers.get(question.name)
        if isinstance(value, str):
            value = value.strip() or None
        if value is None and question.required:
            raise StudyError(f"Not answered yet: {question.text}")
        if value is not None and not question.fits(value):
            raise StudyError(f'"{question.text}" cannot be answered so. Choose one of its answers.')
        kept[question.name] = list(value) if isinstance(value, tuple) else value
    return kept


def primary_of(questions: Sequence[Question]) -> Question:
    """The first question with a scale, which a study is about.

    Raises:
        StudyError: when there is none.
    """
    for question in questions:
        if question.kind is QuestionKind.SCALE:
            return question
    raise StudyError('No question has a scale. Give one of them kind = "scale": the ratings are what is compared.')
