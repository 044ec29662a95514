"""What all commands share: where they print, how they show progress, how errors end them.

Results go to stdout; everything meant for a person waiting goes to stderr, so that scripts can
read the one without the other.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rich.progress
import rich.text
import typer
from rich.console import Console

from cxr_grounding.errors import Cancelled, CXRGroundingError
from cxr_grounding.presets import PRESETS

BAD_INPUT = 2
"""Exit code for what the user can mend; click uses the same for a wrong option."""

SOME_FAILED = 3
"""Exit code where some of many images failed; the table says which, and why."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_every_letter() -> None:
    """Print what the terminal's encoding lacks as an escape ("\\u2265"); as it is, one such letter ends the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(document: Any) -> None:
    """One JSON document on stdout, nothing else."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def show_error(error: CXRGroundingError) -> None:
    """The error's sentence on stderr."""
    err.print("Error:", style="bold red", end=" ")
    err.print(str(error), markup=False)


def show_warning(sentence: str) -> None:
    """A warning's sentence on stderr."""
    err.print("Warning:", style="bold yellow", end=" ")
    err.print(sentence, markup=False)


def print_preset(name: str) -> None:
    """Which preset made a result, where it was one that leaves steps out."""
    if name in PRESETS and PRESETS[name].is_shortened:
        out.print(f"Preset {name}: quicker than the exact procedure, whose heatmap differs a little.", markup=False)


def confirmed(question: str, yes: bool) -> bool:
    """The user's answer to what cannot be undone, or needs consent; with `--yes` it is given beforehand.

    Raises:
        Cancelled: when there is nobody to ask, and it was not given.
    """
    check_can_ask(question, yes)
    return yes or typer.confirm(question, err=True)


def check_can_ask(question: str, yes: bool) -> None:
    """Refuse, perhaps before long work, what there will be nobody to ask about.

    Raises:
        Cancelled: when there is no terminal, and no answer beforehand.
    """
    if not yes and not sys.stdin.isatty():
        raise Cancelled(f"{question} There is no terminal to ask at: give --yes if so.")


class ProgressBar:
    """A `Progress` (see `cxr_grounding.progress`) that shows each stage as a bar on stderr."""

    def __init__(self, bars: rich.progress.Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, rich.progress.TaskID] = {}

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Move one stage's bar; a stage that begins again starts over."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage.capitalize(), total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total or None)


class _Amount(rich.progress.ProgressColumn):
    """How much is done: bytes of a download with its rate, and of all else how many of how many."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes, self._count = rich.progress.DownloadColumn(), rich.progress.MofNCompleteColumn()
        self._rate = rich.progress.TransferSpeedColumn()

    def render(self, task: rich.progress.Task) -> rich.text.Text:
        if task.description != "Download":
            return self._count.render(task)
        return rich.text.Text(" ").join((self._bytes.render(task), self._rate.render(task)))


@contextmanager
def progress_bar(of_bytes: bool = False) -> Iterator[ProgressBar]:
    """Bars that vanish when the work is done.

    Args:
        of_bytes: whether a download is among it, whose units are bytes.
    """
    columns = (
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        _Amount() if of_bytes else rich.progress.MofNCompleteColumn(),
        rich.progress.TimeRemainingColumn(),
    )
    with rich.progress.Progress(*columns, console=err, transient=True) as bars:
        yield ProgressBar(bars)
