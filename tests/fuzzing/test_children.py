"""Whatever a reader does to its process is an outcome with the file's number, and the others have theirs."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cxr_grounding.errors import RadiographError
from fuzzing import children, trial
from fuzzing.children import try_all
from fuzzing.inputs import Format, Input
from fuzzing.readers import Texts
from fuzzing.trial import Outcome, Verdict

ODD = 4
"""The number of the file before which the reader does something."""


def outcomes(what: Callable[[], object]) -> dict[int, Outcome]:
    """Of eight files, in two processes, by number: `what` happens at one of them, the others are read."""

    def read(path: Path) -> Texts:
        made = what() if path.name == str(ODD) else None
        return made if isinstance(made, Texts) else Texts()

    kind = Format("odd", list, read)
    tried = try_all(
        lambda index: Input(kind, str(index), b"x", {}), range(8), kind_of=lambda index: index % 2, processes=2
    )
    found = {outcome.index: outcome for outcome in tried}
    assert {index for index in found if found[index].verdict is Verdict.READ} == set(range(8)) - {ODD}
    return found


def fail(error: BaseException) -> None:
    """What a reader does that raises."""
    raise error


def test_an_exception_of_another_kind() -> None:
    outcome = outcomes(lambda: fail(KeyError("a tag")))[ODD]
    assert outcome.verdict is Verdict.FOREIGN
    assert "KeyError: 'a tag'" in outcome.said


def test_an_exit_is_one_too() -> None:
    assert outcomes(lambda: sys.exit(0))[ODD].verdict is Verdict.FOREIGN


def test_a_signal() -> None:
    outcome = outcomes(lambda: os.kill(os.getpid(), signal.SIGSEGV))[ODD]
    assert (outcome.verdict, outcome.said) == (Verdict.SIGNAL, "SIGSEGV")


def test_a_process_that_ends_by_itself() -> None:
    assert outcomes(lambda: os._exit(3))[ODD].verdict is Verdict.SIGNAL


def test_computing_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def compute() -> None:
        while True:
            pass

    monkeypatch.setattr(children, "MOST_SECONDS", 0.2)
    assert outcomes(compute)[ODD].verdict is Verdict.SLOW


def test_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "MOST_WAITING_SECONDS", 1)
    assert outcomes(signal.pause)[ODD].verdict is Verdict.SLOW


def test_memory_that_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file after it, which the same process would have read, does not count as one that took it."""
    monkeypatch.setattr(trial, "MOST_BYTES", trial.ALONE_BYTES + 200_000_000)
    outcome = outcomes(lambda: b"x" * 300_000_000)[ODD]
    assert outcome.verdict is Verdict.MEMORY
    assert outcome.memory > trial.ALONE_BYTES + 300_000_000


def test_memory_that_was_not_there() -> None:
    """A sentence says so to a person; here it tells that much was asked for."""

    def ask() -> None:
        try:
            bytearray(2**40)
        except MemoryError as error:
            raise RadiographError("There is not enough memory.") from error

    assert outcomes(ask)[ODD].verdict is Verdict.MEMORY


def test_what_is_printed_from_below_python() -> None:
    outcome = outcomes(lambda: os.write(2, b"libtiff: oh\n"))[ODD]
    assert (outcome.verdict, outcome.said) == (Verdict.PRINTED, "libtiff: oh\n")


@pytest.mark.parametrize("sentence", ["", "two\nlines", "a \x1b[31mred one", "half \ud800", "long " * 300])
def test_sentences_that_cannot_be_shown(sentence: str) -> None:
    """In this process, where the children's own `try_input` tells the same."""
    for read in (lambda path: fail(RadiographError(sentence)), lambda path: Texts(sentences=(sentence,))):
        with trial.quiet_folder() as folder:
            made = Input(Format("odd", list, read), str(ODD), b"x", {})
            outcome = trial.try_input(made, ODD, folder, trial.memory_taken())
        assert outcome.verdict is Verdict.SENTENCE


def test_a_sentence_refuses() -> None:
    outcome = outcomes(lambda: fail(RadiographError("It is damaged.")))[ODD]
    assert (outcome.verdict, outcome.said) == (Verdict.REFUSED, "It is damaged.")
    assert outcome.verdict.is_good
