"""Files before their readers in child processes with limits, so that whatever happens to a child is an outcome."""

from __future__ import annotations

import faulthandler
import multiprocessing
import resource
import signal
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path

from fuzzing.inputs import Input
from fuzzing.trial import Outcome, Verdict, memory_taken, quiet_folder, try_input

MOST_SECONDS = 10
"""Of the processors, for one file."""

MOST_WAITING_SECONDS = 600
"""By the clock, for one file: beyond, it waits for something that does not come. A busy machine needs its time."""

SPARE_ADDRESSES = 2**32
"""Bytes beyond those of the child at its start that it may ask for: what asks for more is refused rather than that the
machine suffers."""

FILES_A_CHILD = 100
"""Then a fresh one goes on: what is left of a file in memory then shows no more."""

_LIMITS = {signal.SIGPROF: Verdict.SLOW, signal.SIGALRM: Verdict.SLOW}
"""What the signals by which a child is ended mean."""

_FORK = multiprocessing.get_context("fork")


@dataclass
class _Child:
    """A process at work.

    Args:
        process: the child.
        indices: of the files that it has not reported yet, in their order.
    """

    process: ForkProcess
    indices: deque[int]


def try_all(
    make: Callable[[int], Input], indices: Sequence[int], kind_of: Callable[[int], Hashable], processes: int
) -> Iterator[Outcome]:
    """Try files, in as many processes at once, and give each outcome as it comes.

    Args:
        make: the file of an index.
        indices: of the files.
        kind_of: what kind of file that is; a child gets files of one.
        processes: how many children at once.
    """
    shares = deque(_shares(indices, kind_of))
    running: dict[Connection, _Child] = {}
    try:
        while shares or running:
            while shares and len(running) < processes:
                connection, child = _started(make, shares.popleft())
                running[connection] = child
            for connection in [each for each in wait(list(running)) if isinstance(each, Connection)]:
                child = running[connection]
                try:
                    outcome: Outcome = connection.recv()
                except EOFError:
                    del running[connection]
                    connection.close()
                    child.process.join()
                    if child.indices and child.process.exitcode:
                        yield _end_of(child.process.exitcode, child.indices.popleft())
                    if child.indices:
                        shares.append(list(child.indices))
                else:
                    child.indices.popleft()
                    yield outcome
    finally:
        for child in running.values():
            child.process.kill()
            child.process.join()


def _shares(indices: Sequence[int], kind_of: Callable[[int], Hashable]) -> Iterator[list[int]]:
    """Each of one kind, and of `FILES_A_CHILD` at most; those of all kinds take turns."""
    by_kind: dict[Hashable, list[int]] = {}
    for index in indices:
        by_kind.setdefault(kind_of(index), []).append(index)
    longest = max(map(len, by_kind.values()), default=0)
    for start in range(0, longest, FILES_A_CHILD):
        yield from (own[start : start + FILES_A_CHILD] for own in by_kind.values() if own[start:])


def _started(make: Callable[[int], Input], indices: list[int]) -> tuple[Connection, _Child]:
    receiving, sending = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_work, args=(make, indices, sending), daemon=True)
    process.start()
    sending.close()
    return receiving, _Child(process, deque(indices))


def _work(make: Callable[[int], Input], indices: list[int], sending: Connection) -> None:
    """What a child does: it reports file by file, and ends early once it has taken too much memory."""
    faulthandler.disable()  # a signal is an outcome; pytest would have its place in the code printed
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    addresses = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + SPARE_ADDRESSES
    resource.setrlimit(resource.RLIMIT_AS, (addresses, addresses))
    inherited = memory_taken()
    with quiet_folder() as folder:
        for index in indices:
            made = make(index)
            signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
            signal.setitimer(signal.ITIMER_REAL, MOST_WAITING_SECONDS)
            outcome = try_input(made, index, folder, inherited)
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            sending.send(outcome)
            if outcome.verdict is Verdict.MEMORY:
                break


def _end_of(exit_code: int, index: int) -> Outcome:
    """The outcome of the file that a child was at when it ended."""
    if exit_code >= 0:
        return Outcome(index, Verdict.SIGNAL, f"the process ended by itself with {exit_code}")
    number = signal.Signals(-exit_code)
    verdict = _LIMITS.get(number, Verdict.SIGNAL)
    return Outcome(index, verdict, number.name, seconds=MOST_SECONDS if verdict is Verdict.SLOW else 0.0)
