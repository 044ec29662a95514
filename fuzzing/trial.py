"""One damaged file before its reader, in this process: what comes of it."""

from __future__ import annotations

import enum
import os
import resource
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unicodedata import category

from cxr_grounding.errors import CXRGroundingError
from fuzzing.inputs import Input
from fuzzing.readers import Texts

LONGEST_SENTENCE = 1000
"""Most letters of a sentence, the file's path among them."""

MOST_BYTES = 1_500_000_000
"""Most memory that a process may have taken, all that Python and the libraries take among it."""

ALONE_BYTES = 375_000_000
"""What those take in a process that has done nothing but fuzzing. A child has at first what its parent had, which may
be more: that of a whole test suite; it counts as this."""

_NOT_TEXT = frozenset(("Cc", "Cs"))
"""Unicode's categories of control characters and halves of characters."""


class Verdict(enum.Enum):
    """What came of a file."""

    READ = "read"
    REFUSED = "refused"
    FOREIGN = "foreign exception"
    SENTENCE = "bad sentence"
    PRINTED = "printed"
    MEMORY = "memory"
    SLOW = "slow"
    SIGNAL = "signal"

    @property
    def is_good(self) -> bool:
        """Whether it is one of the two that should come."""
        return self in (Verdict.READ, Verdict.REFUSED)


@dataclass(frozen=True)
class Outcome:
    """What came of the file of a number.

    Args:
        index: of the file.
        verdict: what came.
        said: the sentence, the exception or the signal.
        seconds: of the processors, for reading it.
        memory: most bytes that the process had taken until then.
    """

    index: int
    verdict: Verdict
    said: str = ""
    seconds: float = 0.0
    memory: int = 0


@contextmanager
def quiet_folder() -> Iterator[Path]:
    """An empty folder for files; what is printed meanwhile goes into the file `printed` beside it, not to the terminal.

    In the folder lie a pipe, a folder and a link, whose names damaged headers take.
    """
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as outer:
        folder = Path(outer) / "files"
        with printed_file(folder).open("ab") as printed:
            kept = os.dup(1), os.dup(2)
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
            try:
                yield folder
            finally:
                for number, descriptor in enumerate(kept, 1):
                    os.dup2(descriptor, number)
                    os.close(descriptor)


def printed_file(folder: Path) -> Path:
    """Where what is printed goes."""
    return folder.with_name("printed")


def put(made: Input, folder: Path) -> Path:
    """Write a file, and those beside it, into a folder that is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "folder").mkdir(parents=True)
    os.mkfifo(folder / "fifo")
    (folder / "link").symlink_to("/etc/passwd")
    for name, content in ({made.name: made.content} | dict(made.beside)).items():
        (folder / name).write_bytes(content)
    return folder / made.name


def memory_taken() -> int:
    """Most bytes that this process had in memory at any time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def try_input(made: Input, index: int, folder: Path, inherited: int) -> Outcome:
    """Read a file, and look at what comes back.

    Args:
        made: the file.
        index: of it.
        folder: of a `quiet_folder`.
        inherited: `memory_taken` when the process began.
    """
    path = put(made, folder)
    before, printed = time.process_time(), printed_file(folder).stat().st_size
    verdict, said = _read(made, path)
    seconds = time.process_time() - before
    memory = memory_taken() - inherited + ALONE_BYTES
    if printed_file(folder).stat().st_size > printed and verdict.is_good:
        verdict, said = Verdict.PRINTED, printed_file(folder).read_text(errors="replace")[printed:]
    if memory > MOST_BYTES:
        verdict = Verdict.MEMORY
    return Outcome(index, verdict, said, seconds, memory)


def _read(made: Input, path: Path) -> tuple[Verdict, str]:
    try:
        texts = made.format.reader(path)
    except CXRGroundingError as error:
        sentence = str(error)
        if isinstance(error.__cause__, MemoryError):
            return Verdict.MEMORY, sentence
        return (Verdict.SENTENCE if wrong_with(sentence) else Verdict.REFUSED), sentence
    except BaseException:  # noqa: BLE001 - whatever comes is what is looked for
        return Verdict.FOREIGN, traceback.format_exc()
    wrong = wrong_texts(texts)
    return (Verdict.SENTENCE, wrong[0]) if wrong else (Verdict.READ, "")


def wrong_texts(texts: Texts) -> list[str]:
    """What of the texts cannot be shown to a person as it is."""
    wrong = [f"{wrong_with(sentence)}: {sentence!r}" for sentence in texts.sentences if wrong_with(sentence)]
    return wrong + [
        f"not printable: {phrase!r}" for phrase in texts.phrases if _NOT_TEXT.intersection(map(category, phrase))
    ]


def wrong_with(sentence: str) -> str:
    """What is wrong with a sentence for the user; "" for nothing."""
    if not sentence:
        return "empty"
    if not sentence.isprintable():
        return "not printable"
    return f"{len(sentence)} letters" if len(sentence) > LONGEST_SENTENCE else ""
