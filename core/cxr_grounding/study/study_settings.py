"""study.toml: what a study is called, what it asks, in which order, and what its readers are told."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxr_grounding.disk.foreign_text import read_foreign_text
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import StudyError
from cxr_grounding.study.questions import DEFAULT_QUESTIONS, Question, QuestionKind, primary_of

SETTINGS_FILE = "study.toml"
LARGEST_BYTES = 2**20
MOST_QUESTIONS = 12

DEFAULT_INSTRUCTIONS = """\
You will see chest radiographs, each with a phrase and a map of heat. The map is a program's answer to the question
where on the radiograph the phrase points.

- Look at the radiograph with the heat off first, then with it on (**0**).
- Rate how well the map shows the phrase, not whether the phrase is right.
- Some cases come twice. Rate each as if it were the first.

Take a break when you like (**P**): the clock stops meanwhile."""


@dataclass(frozen=True)
class StudySettings:
    """What study.toml holds; valid once built.

    Args:
        title: of the study.
        questions: asked about each case, in this order; one of them has a scale.
        instructions: for the readers, in Markdown.
        seed: of the orders in which readers see the cases.
        repeats: how many cases each reader sees twice.
        back: whether a reader may go back to a case and change the answer.
        break_after: cases after which a break is offered; 0 for never.
        key_sha256: of the sealed key, 64 hexadecimal digits.

    Raises:
        StudyError: when a study cannot be like that.
    """

    title: str
    questions: tuple[Question, ...] = DEFAULT_QUESTIONS
    instructions: str = DEFAULT_INSTRUCTIONS
    seed: int = 0
    repeats: int = 0
    back: bool = True
    break_after: int = 20
    key_sha256: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise StudyError("The study has no title. Give it one.")
        if not 1 <= len(self.questions) <= MOST_QUESTIONS:
            raise StudyError(f"The study asks {len(self.questions)} questions. Ask 1 to {MOST_QUESTIONS}.")
        name, times = Counter(question.name for question in self.questions).most_common(1)[0]
        if times > 1:
            raise StudyError(f"Two questions are called {name}. Give each a name of its own.")
        if sum(question.kind is QuestionKind.BOX for question in self.questions) > 1:
            raise StudyError("Two questions ask for a box. Ask for one.")
        primary_of(self.questions)
        if min(self.seed, self.repeats, self.break_after) < 0:
            raise StudyError("seed, repeats and break_after cannot be below 0. Correct study.toml.")

    def to_toml(self) -> str:
        """The text of study.toml."""
        lines = [
            "# A reader study of CXR Grounding. Once reading has begun, a change here has to be accepted (see",
            "# docs/reader-study.md): the answers before it and after it are to other questions.",
            "",
            f"title = {_quoted(self.title)}",
            f"instructions = {_long(self.instructions)}",
            "",
            "[order]",
            f"seed = {self.seed}  # each reader's order is drawn from it and from the reader's name",
            f"repeats = {self.repeats}  # cases that each reader sees twice, for the agreement with oneself",
            f"back = {_flag(self.back)}  # whether a reader may go back and change an answer",
            f"break_after = {self.break_after}  # cases after which a break is offered; 0 for never",
            "",
            "[blinding]",
            f"key_sha256 = {_quoted(self.key_sha256)}  # of the sealed key, which says whose each map is",
        ]
        for question in self.questions:
            lines += [
                "",
                "[[questions]]",
                f"name = {_quoted(question.name)}",
                f"kind = {_quoted(question.kind.value)}",
                f"text = {_quoted(question.text)}",
            ]
            if question.options:
                lines.append(f"options = [{', '.join(map(_quoted, question.options))}]")
            lines.append(f"required = {_flag(question.required)}")
        return "\n".join(lines) + "\n"


def read_settings(path: Path) -> StudySettings:
    """What a study.toml holds.

    Raises:
        StudyError: when it cannot be read, or no study can be like that.
    """
    try:
        document = tomllib.loads(read_foreign_text(path, LARGEST_BYTES))
    except FileNotFoundError as error:
        raise StudyError(
            f"{path.parent} is no study: there is no {SETTINGS_FILE} in it. Name the folder that "
            "`cxr-ground study make` wrote."
        ) from error
    except (OSError, ValueError, RecursionError) as error:  # tomllib's errors are ValueErrors
        raise StudyError(f"{path} cannot be read ({reason(error)}). Correct it, or make the study again.") from error
    try:
        return _settings_of(JsonFields(document))
    except JsonError as error:
        raise StudyError(f"{path} cannot be used: {error}. Correct it, or make the study again.") from error


def _settings_of(entries: JsonFields) -> StudySettings:
    _refuse_others(entries, ("title", "instructions", "order", "blinding", "questions"))
    order, blinding = entries.inner("order"), entries.inner("blinding")
    _refuse_others(order, ("seed", "repeats", "back", "break_after"))
    _refuse_others(blinding, ("key_sha256",))
    return StudySettings(
        title=entries.text("title"),
        questions=tuple(map(_question_of, entries.inners("questions"))),
        instructions=entries.text("instructions"),
        seed=order.whole("seed"),
        repeats=order.whole("repeats"),
        back=order.flag("back"),
        break_after=order.whole("break_after"),
        key_sha256=blinding.text("key_sha256"),
    )


def _question_of(entry: JsonFields) -> Question:
    _refuse_others(entry, ("name", "kind", "text", "options", "required"))
    kinds = {kind.value: kind for kind in QuestionKind}
    if entry.text("kind") not in kinds:
        raise JsonError(f"a question is of the kind {entry.text('kind')[:40]!r}, and there are {', '.join(kinds)}")
    return Question(
        name=entry.text("name"),
        kind=kinds[entry.text("kind")],
        text=entry.text("text"),
        options=entry.texts("options") if "options" in entry else (),
        required=entry.flag("required") if "required" in entry else True,
    )


def _refuse_others(entries: JsonFields, known: Iterable[str]) -> None:
    """A misspelt setting would be left out without a word."""
    others = [name for name in entries.names if name not in known]
    if others:
        raise JsonError(f"there is no setting {others[0][:40]!r}")


def _quoted(text: Any) -> str:
    """A text as TOML writes it: as JSON does, but for one control character."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007F")


def _long(text: str) -> str:
    """A text of several lines, to be read and changed by people."""
    body = "\n".join(_quoted(line)[1:-1] for line in text.splitlines())
    return f'"""\n{body}"""'


def _flag(value: bool) -> str:
    return "true" if value else "false"
