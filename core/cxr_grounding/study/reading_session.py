"""One reader at work: which case is shown, how long it is looked at, and its answers on the disk before the next."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import OrderError, StudyError
from cxr_grounding.study.answers_file import Answer, AnswersFile, ReadingHeader
from cxr_grounding.study.case_table import StudyCase
from cxr_grounding.study.questions import checked_answers
from cxr_grounding.study.reader_lock import reader_at_work
from cxr_grounding.study.reader_names import checked_reader
from cxr_grounding.study.reading_order import reading_order
from cxr_grounding.study.study_folder import Study

if TYPE_CHECKING:
    from cxr_grounding.study.study_map import StudyMap


class ReadingSession:
    """A reader's way through a study.

        with ReadingSession("study", "R1") as session:
            while session.case is not None:
                session.begin()
                ...
                session.save({"rating": 4, "present": "yes"})

    Args:
        folder: of the study.
        reader: a name or a code. One that has read before goes on where it was.
        clock: gives seconds that never go back.
        simulated: whether a program answers.

    Attributes:
        study: that is read.
        reader: the name as it is kept.

    Raises:
        StudyError: when the study cannot be read, was changed after this reader began, the name is none or another
            one's, or somebody reads under it now.
    """

    def __init__(
        self, folder: Path | str, reader: str, *, clock: Callable[[], float] = time.monotonic, simulated: bool = False
    ) -> None:
        self.study, self.reader, self._clock = Study.open(folder), checked_reader(reader), clock
        self._place, self._looked, self._paused = 0, 0.0, 0.0
        self._since: float | None = None
        self._paused_since: float | None = None
        with ExitStack() as lock:
            readers = self.study.readers_folder
            try:
                readers.mkdir(exist_ok=True)
            except OSError as error:
                raise StudyError(f"{readers} cannot be made ({reason(error)}). Check its permissions.") from error
            path = self.study.answers_path(self.reader)
            self._at_work = lock.enter_context(reader_at_work(readers, path.stem, self.reader))
            self._file = AnswersFile(path, None if path.exists() else self._header(simulated))
            self._check()
            self._lock = lock.pop_all()
        self._place = self._first_open(0)

    def _header(self, simulated: bool) -> ReadingHeader:
        settings = self.study.settings
        order = reading_order(self.study.cases, settings.seed, settings.repeats, self.reader)
        return ReadingHeader(self.reader, self.study.digest, order, _now(), simulated)

    def _check(self) -> None:
        """Refuse to go on with what is another's, or about another study."""
        reading = self._file.reading
        if reading.header.reader != self.reader:
            raise StudyError(
                f"There is a reader {reading.header.reader} in this study already, whose answers would be taken for "
                f"those of {self.reader}. If you are that reader, write the name in the same way; else take another."
            )
        self.study.refuse_change([reading.header.study, *(answer.study for answer in reading.answers)])
        gone = [item for item in reading.header.order if item not in self.study.case_of]
        if gone:
            raise StudyError(
                f"The case {gone[0]}, which {self.reader} is to see, is no longer in {self.study.folder}. Put it back, "
                "or read under another name."
            )

    # Where the reader is

    @property
    def total(self) -> int:
        """Cases that the reader sees, with those that come twice."""
        return len(self._file.reading.header.order)

    @property
    def done(self) -> int:
        """How many of them are answered."""
        return len(self._file.reading.latest)

    @property
    def place(self) -> int:
        """Of the case in view, from 0; `total` when all are answered."""
        return self._place

    @property
    def case(self) -> StudyCase | None:
        """The case in view; None when all are answered."""
        order = self._file.reading.header.order
        return self.study.case_of[order[self._place]] if self._place < len(order) else None

    @property
    def given(self) -> Mapping[str, Any]:
        """What was answered to the case in view before; nothing for a new one."""
        answer = self._file.reading.latest.get(self._place)
        return {} if answer is None else answer.answers

    @property
    def can_go_back(self) -> bool:
        """Whether the study lets the reader go back, and there is a case before."""
        return self.study.settings.back and self._place > 0

    @property
    def break_is_due(self) -> bool:
        """Whether as many cases were answered as the study has a break after."""
        after = self.study.settings.break_after
        return after > 0 and 0 < self.done < self.total and self.done % after == 0

    # What is shown

    def image_file(self) -> Path:
        """The radiograph of the case in view; a StudyError where it is gone or another one."""
        return self.study.image_file(self._current())

    def map(self) -> StudyMap:
        """The map of the case in view.

        Raises:
            StudyError: when it is gone, another one, or of another phrase.
        """
        from cxr_grounding.study.study_map import read_study_map  # it brings what maps need, and answers do not

        case = self._current()
        found = read_study_map(self.study.map_file(case))
        if found.phrase != case.phrase:
            raise StudyError(f"The map of case {case.item} is of another phrase. Copy the study's folder again.")
        return found

    def begin(self) -> None:
        """The case is in view now: its time runs."""
        self._current()
        self._looked, self._paused, self._since, self._paused_since = 0.0, 0.0, self._clock(), None

    def pause(self) -> None:
        """A break: the time stands still."""
        if self._since is not None:
            self._looked += self._clock() - self._since
            self._since, self._paused_since = None, self._clock()

    def resume(self) -> None:
        """The break is over."""
        if self._paused_since is not None:
            self._paused += self._clock() - self._paused_since
            self._since, self._paused_since = self._clock(), None

    @property
    def is_paused(self) -> bool:
        """Whether there is a break."""
        return self._paused_since is not None

    @property
    def seconds(self) -> float:
        """That the case was looked at, without breaks."""
        return self._looked + (0.0 if self._since is None else self._clock() - self._since)

    # What is answered

    def save(self, answers: Mapping[str, Any]) -> None:
        """Put the answers to the case in view on the disk, and go on to the next that is not answered.

        Raises:
            StudyError: when one is missing or is none, or they could not be saved; the case then stays.
        """
        case = self._current()
        self.resume()
        self._file.append(
            Answer(
                place=self._place,
                item=case.item,
                answers=checked_answers(self.study.settings.questions, answers),
                seconds=round(self.seconds, 3),
                at=_now(),
                study=self.study.digest,
                paused=round(self._paused, 3),
                computer=platform.node(),
            )
        )
        self._at_work.say()
        self._since = None
        self._place = self._first_open(self._place + 1)

    def go_back(self) -> None:
        """Have the case before in view.

        Raises:
            StudyError: when the study does not let the reader go back, or there is none before.
        """
        if not self.can_go_back:
            why = "This is the first case." if self.study.settings.back else "This study does not let readers go back."
            raise StudyError(f"{why} Go on with the case in view.")
        self._place -= 1
        self._since = None

    def say_present(self) -> None:
        """Tell others who share the folder that the reader is still at work; every `RENEWED_SECONDS`."""
        self._at_work.say()

    def close(self) -> None:
        """Leave: the next one may read under this name. What was answered is kept."""
        self._lock.close()

    def __enter__(self) -> ReadingSession:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _current(self) -> StudyCase:
        case = self.case
        if case is None:
            raise OrderError("All cases of the study are answered, so that none is in view.")
        return case

    def _first_open(self, first: int) -> int:
        """The first place without an answer, from one on, or else from the beginning; `total` where there is none."""
        answered = self._file.reading.latest
        return next(
            (place for place in (*range(first, self.total), *range(first)) if place not in answered), self.total
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
