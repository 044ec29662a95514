"""The desk of the reader: image files are decoded here, where a decoder that goes wrong takes nobody's work along.

What a decoder may take is limited by the system (`resource`, which Windows lacks and macOS keeps in part; there the
checks before the decoders and the reader's deadline are what there is).
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from cxr_grounding.errors import RadiographError
from cxr_grounding.progress import Progress
from cxr_grounding.worker.desk import cannot_load
from cxr_grounding.worker.protocol import READ, GarbageError

if sys.platform != "win32":
    import resource

MEMORY_BYTES = 2 * 2**30
"""Of address space beyond what the process has when its packages are loaded; four times what pixels may take."""

PROCESSOR_SECONDS = 60
"""For one image. Counted by the system, so that a busy machine shortens nothing, and a child that hangs in a decoder
ends also when its parent is gone."""

LARGEST_FILE_BYTES = 2**30
"""That may be written: the pixels of the largest radiograph take a quarter."""

OPEN_FILES = 64


class ReadingDesk:
    """Reads image files."""

    def __init__(self) -> None:
        self._is_limited = False

    def open(self) -> None:
        """Load the readers, and from then on take no more than an image needs."""
        try:
            import cxr_grounding.reading.read_image  # noqa: F401 - loads numpy, pydicom, pillow and SimpleITK
        except (ImportError, OSError) as error:
            raise cannot_load(error, "reading images", "pydicom") from error
        if not self._is_limited:
            self._is_limited = True
            _limit()

    def do(self, work: str, wanted: Any, progress: Progress) -> Any:
        """The radiograph in a file."""
        if work != READ:
            raise GarbageError(f"{work} of a child that reads")
        from cxr_grounding.reading.read_image import read_image

        path, folder, force, undecodable = wanted
        _allow_processor_time()
        with contextlib.chdir(folder):  # so that a path means, and is called, what it is for the parent
            return read_image(Path(path), force=force, undecodable=undecodable)

    def out_of_memory(self, work: str) -> RadiographError:
        """For an image that is too large."""
        return RadiographError(
            "There is not enough memory to read the image. Close other programs, or choose a smaller image."
        )


def _limit() -> None:
    """Of memory, of files, and no image of this process on the disk when a decoder ends it."""
    if sys.platform == "win32":
        return
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_FSIZE, LARGEST_FILE_BYTES)
    _set_limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    with contextlib.suppress(OSError):  # Linux alone says what a process has
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _set_limit(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY_BYTES)


def _allow_processor_time() -> None:
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _set_limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + PROCESSOR_SECONDS)


if sys.platform != "win32":

    def _set_limit(kind: int, wanted: int) -> None:
        """Bring a limit down to what is wanted; one that is lower already stays."""
        _soft, hard = resource.getrlimit(kind)
        bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (bound, hard))
