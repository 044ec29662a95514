"""One reader's answers: a file that only grows, and is on the disk before the next case shows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError
from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import OutputError, StudyError

SCHEMA, SCHEMA_VERSION = "cxr-grounding/study-answers", 1
LARGEST_BYTES = 2**27


@dataclass(frozen=True)
class ReadingHeader:
    """The first line of the file: who reads, and in which order.

    Args:
        reader: the name or code.
        study: digest of the study when the reading began.
        order: items; those that come twice stand there twice.
        began: ISO 8601, UTC.
        simulated: whether a program made the answers up.
    """

    reader: str
    study: str
    order: tuple[str, ...]
    began: str
    simulated: bool = False

    def to_document(self) -> dict[str, Any]:
        """As the line holds it."""
        start = {"kind": "reading", "schema": SCHEMA, "schema_version": SCHEMA_VERSION}
        return {**start, **vars(self), "order": list(self.order)}


@dataclass(frozen=True)
class Answer:
    """One line after it: the answers to one case. A later line about the same place takes the place of this one.

    Args:
        place: in the reader's order, from 0.
        item: that was shown there.
        answers: by the questions' names; None for each that was not answered.
        seconds: that the case was looked at, without the breaks.
        paused: seconds of breaks in the case.
        at: ISO 8601, UTC.
        study: digest of the study when it was given.
        computer: where.
    """

    place: int
    item: str
    answers: Mapping[str, Any]
    seconds: float
    at: str
    study: str
    paused: float = 0.0
    computer: str = ""

    def to_document(self) -> dict[str, Any]:
        """As the line holds it."""
        return {"kind": "answer", **vars(self), "answers": dict(self.answers)}


@dataclass
class Reading:
    """All that a file holds.

    Args:
        header: its first line.
        answers: in the order in which they were given.
    """

    header: ReadingHeader
    answers: list[Answer] = field(default_factory=list)

    @property
    def latest(self) -> dict[int, Answer]:
        """The answer that counts, by its place."""
        return {answer.place: answer for answer in self.answers}

    @property
    def is_complete(self) -> bool:
        """Whether every case was answered."""
        return len(self.latest) == len(self.header.order)


class AnswersFile:
    """The file, open for more answers. A line that a stopped program left half written is cut off.

    Args:
        path: of the file.
        header: of a new one; None where it must be there.

    Attributes:
        reading: what it holds.

    Raises:
        StudyError: when it cannot be read or written, or is damaged.
    """

    def __init__(self, path: Path, header: ReadingHeader | None = None) -> None:
        self._path = path
        if header is not None and not path.exists():
            self._make(header)
        self.reading, size, kept = _read(path)
        if kept < size:
            try:
                os.truncate(path, kept)
            except OSError as error:
                raise self._unwritable(error) from error

    def append(self, answer: Answer) -> None:
        """Add an answer; it is on the disk when this returns.

        Raises:
            StudyError: when it cannot be written; the file is then as it was.
        """
        line = _line(answer.to_document())
        try:
            with self._path.open("r+b", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                try:
                    if file.write(line) != len(line):
                        raise OSError("the disk is full")
                    os.fsync(file.fileno())
                except BaseException:
                    file.truncate(end)
                    raise
        except OSError as error:
            raise self._unwritable(error) from error
        self.reading.answers.append(answer)

    def _make(self, header: ReadingHeader) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(self._path, ".jsonl") as temporary:
                temporary.write_bytes(_line(header.to_document()))
        except OSError as error:
            raise self._unwritable(error) from error
        except OutputError as error:
            raise StudyError(str(error)) from error

    def _unwritable(self, error: OSError) -> StudyError:
        return StudyError(
            f"The answer could not be saved to {self._path} ({reason(error)}), so the case stays. Free some space or "
            "check the folder's permissions, and press Enter again."
        )


def read_answers(path: Path) -> Reading:
    """What a file of answers holds, without a line that was left half written.

    Raises:
        StudyError: when it cannot be read, or is damaged.
    """
    return _read(path)[0]


def _line(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode(errors="replace")


def _read(path: Path) -> tuple[Reading, int, int]:
    """What it holds, its size, and where its last whole line ends."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise StudyError(f"{path} is far larger than a reader's answers. Take it out of the study.")
        content = path.read_bytes()
    except OSError as error:
        raise StudyError(f"The answers in {path} cannot be read ({reason(error)}). Check the file.") from error
    kept = content.rfind(b"\n") + 1
    reading: Reading | None = None
    for number, line in enumerate(content[:kept].splitlines(), 1):
        try:
            entries = JsonFields.of_document(json.loads(line.decode()))
            if reading is None:
                reading = Reading(_header_of(entries))
            else:
                reading.answers.append(_answer_of(entries, reading.header.order))
        except (JsonError, ValueError, RecursionError) as error:
            raise StudyError(
                f"Line {number} of {path} is damaged ({reason(error)}). Put a copy of the file in its place, or take "
                "it out of the study."
            ) from error
    if reading is None:
        raise StudyError(f"{path} holds no answers of a reader. Take it out of the study.")
    return reading, len(content), kept


def _header_of(entries: JsonFields) -> ReadingHeader:
    if entries.text("kind") != "reading" or entries.text("schema") != SCHEMA:
        raise JsonError("it is not the first line of a reader's answers")
    entries.whole("schema_version", least=1, most=SCHEMA_VERSION)
    return ReadingHeader(
        entries.text("reader"),
        entries.text("study"),
        entries.texts("order"),
        entries.text("began"),
        entries.flag("simulated"),
    )


def _answer_of(entries: JsonFields, order: Sequence[str]) -> Answer:
    if entries.text("kind") != "answer":
        raise JsonError("it is no answer")
    place = entries.whole("place", most=max(0, len(order) - 1))
    if place >= len(order) or order[place] != entries.text("item"):
        raise JsonError("it is about another case than the reader saw at its place")
    return Answer(
        place=place,
        item=entries.text("item"),
        answers=entries.object("answers"),
        seconds=float(entries.number("seconds")),
        at=entries.text("at"),
        study=entries.text("study"),
        paused=float(entries.number("paused")),
        computer=entries.text("computer"),
    )
