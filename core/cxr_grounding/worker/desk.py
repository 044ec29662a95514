"""What a child does with a request; the server around it is the same for all."""

from __future__ import annotations

import sys
from typing import Any, Protocol

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import CXRGroundingError, WorkerError
from cxr_grounding.progress import Progress


class Desk(Protocol):
    """Where the requests of one kind of child are worked on."""

    def open(self) -> None:
        """Load what the work needs; called before each request, so quick when it is done already.

        Raises:
            WorkerError: when a package is missing or cannot be loaded.
        """

    def do(self, work: str, wanted: Any, progress: Progress) -> Any:
        """Do one request.

        Args:
            work: one of `protocol.DOING`.
            wanted: what the parent packed.
            progress: to be told how far it is; when it returns False, the work ends with `Cancelled`.

        Returns:
            A value that can be packed.

        Raises:
            CXRGroundingError: what went wrong; the child stays.
            GarbageError: for a request that this desk never gets from a working parent.
        """

    def out_of_memory(self, work: str) -> CXRGroundingError:
        """The error that stands for a MemoryError during a request."""


def cannot_load(error: ImportError | OSError, doing: str, example: str) -> WorkerError:
    """The error for a package that is missing, or a library that does not fit in memory (OSError).

    Args:
        error: of the import.
        doing: what needs it.
        example: one of those packages.
    """
    advice = (
        f"Install {example} and the other packages of cxr-grounding for it"
        if isinstance(error, ModuleNotFoundError)
        else "Close other programs if memory is short; else install it anew"
    )
    return WorkerError(
        f"The worker's Python, {sys.executable}, cannot load a package that {doing} needs ({reason(error)}). {advice}."
    )
