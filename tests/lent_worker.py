"""The engine in its process, once for all tests that ask it: to start it takes longer than a grounding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cxr_grounding import Worker


class LentWorker:
    """A worker that outlives a panel which is lent it: what the panel closes is stopped, and the process stays."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._worker, name)

    def close(self) -> None:
        self._worker.cancel()


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """The worker itself, which a test may kill: the next request starts it again."""
    from cxr_grounding import Worker  # here, since this is a plugin for all tests

    with Worker() as worker:
        yield worker


@pytest.fixture(scope="session")
def lent_worker(worker: Worker) -> LentWorker:
    """The same, for a panel that is closed after the tests of its file."""
    return LentWorker(worker)
