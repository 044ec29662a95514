"""Reads image files in a child process: for programs that a file must not take down with it."""

from __future__ import annotations

import functools
import os
import time
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cxr_grounding.errors import RadiographError, UndecodableError, WorkerLostError
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.worker.conductor import Conductor, Patience
from cxr_grounding.worker.packing import pack
from cxr_grounding.worker.process import executable
from cxr_grounding.worker.protocol import READ, READING
from cxr_grounding.worker.task import Step

WAIT_SECONDS = 0.005
"""Between two looks whether an image is there."""

DEADLINE_SECONDS = 120.0
"""For one image, as the user waits; `reading_desk.PROCESSOR_SECONDS` is what most that hang meet before."""


class ImageReader:
    """Reads images in a child process, whose memory, time and files are limited.

        with ImageReader() as reader:
            radiograph = reader.read_image("chest.dcm")

    The files that people open come from anywhere, and decoders are C code: one that crashes, hangs or eats memory ends
    the child, and is an error like any other. The process starts with the first image, or with `start`, and stays
    warm; after `idle_seconds` without one it ends by itself, and the next image starts a fresh one.

    `shared_reader` gives the one that a program has for all its windows. Not for use from two threads at once.

    Args:
        python: the child's interpreter, as for `Worker`.
        idle_seconds: without an image, after which the process ends.
        deadline_seconds: for one image.
    """

    def __init__(
        self,
        python: str | Path | None = None,
        idle_seconds: float = 300.0,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._conductor = Conductor(executable(python), Patience(idle_seconds), READING)
        self._deadline_seconds = deadline_seconds

    def start(self) -> None:
        """Start the process now, so that it is warm when the first image comes.

        Raises:
            WorkerError: when it cannot be started.
        """
        self._conductor.start()

    def read_image(self, path: Path | str, *, force: bool = False, undecodable: NDArray | None = None) -> Radiograph:
        """Read one radiograph; the arguments are those of `cxr_grounding.read_image`.

        Raises:
            RadiographError: as there; also when reading ended the process, or took too long.
            WorkerError: when there can be no process: it cannot be started, or its disk is full.
        """
        try:
            return self._read(path, force, None)
        except UndecodableError:
            if undecodable is None:
                raise
        return self._read(path, force, undecodable)  # only now, since the pixels have to be sent

    def _read(self, path: Path | str, force: bool, undecodable: NDArray | None) -> Radiograph:
        step = Step(READ, pack((str(path), os.getcwd(), force, undecodable)))  # noqa: PTH109 - as text
        task = self._conductor.ask(step)
        deadline = time.monotonic() + self._deadline_seconds
        try:
            while not task.done:
                if time.monotonic() > deadline:
                    raise RadiographError(
                        f"{path} was not read within {self._deadline_seconds:g} seconds and was given up. Export the "
                        "image again, or choose a smaller one."
                    )
                time.sleep(WAIT_SECONDS)
                self._conductor.poll()
        finally:
            if not task.done:  # an interrupt too
                self._conductor.close()
        try:
            radiograph: Radiograph = task.result()
        except WorkerLostError as error:
            raise RadiographError(
                f"{path} cannot be read. {error.what} The file is damaged, or was made to do harm; export the image "
                "again."
            ) from error
        return radiograph

    def close(self) -> None:
        """End the process; the next image starts a fresh one."""
        self._conductor.close()

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        return self._conductor.pid

    def __enter__(self) -> ImageReader:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()


def shared_reader(python: str | Path | None = None) -> ImageReader:
    """The reader of this program with that interpreter: one process however many want to read, as panels that come and
    go. Nobody has to close it: its process ends with the program, or when it was idle for long."""
    return _reader_with(executable(python))


@functools.cache
def _reader_with(command: str) -> ImageReader:
    return ImageReader(command)
