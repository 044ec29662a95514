"""Fetches published models in a child process: for programs that must not wait for a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from cxr_grounding.disk.staging import sweep
from cxr_grounding.engine import Task
from cxr_grounding.models.catalogue import Source, find_published
from cxr_grounding.models.order import FetchOffer, FetchOrder
from cxr_grounding.models.registry import models_home
from cxr_grounding.progress import Progress
from cxr_grounding.worker.conductor import Conductor, Patience
from cxr_grounding.worker.packing import pack
from cxr_grounding.worker.process import executable
from cxr_grounding.worker.protocol import FETCH, FETCHING, OFFER
from cxr_grounding.worker.task import Step, WorkerTask

T = TypeVar("T")

END_SECONDS = 0.5
"""Of age, from which on unfinished work of a process that was ended is its own beyond doubt."""


class ModelFetcher:
    """Fetches models: first an offer, with terms and sizes, and once it is accepted the model.

        with ModelFetcher() as fetcher:
            offer = fetcher.wait(fetcher.offer("monai-cxr-ldm"))
            fetcher.wait(fetcher.fetch(offer), print)

    Requests return a task at once; something must call `poll` now and then, or `wait`. A transfer that is cancelled, or
    whose program ends, leaves what has come in the hub's cache, and the next one takes it up; no model is made by half.

    Args:
        python: the child's interpreter, as for `Worker`.
        idle_seconds: without a request, after which the process ends.
    """

    def __init__(self, python: str | Path | None = None, idle_seconds: float = 300.0) -> None:
        self._conductor = Conductor(executable(python), Patience(idle_seconds), FETCHING)

    def offer(
        self,
        model: str,
        *,
        name: str | None = None,
        places: Sequence[str | Path] = (),
        changed: Mapping[str, Source] | None = None,
    ) -> WorkerTask[FetchOffer]:
        """Find out what would be fetched, and under which terms.

        Args:
            model: a published one.
            name: for it here; None for its own.
            places: folders and archives on this machine that hold files of it.
            changed: repositories in place of the published ones, by side.

        Raises:
            ModelError: when there is no such published model.
        """
        published = find_published(model)
        files = tuple(str(Path(place).absolute()) for place in places)
        order = FetchOrder(published, model if name is None else name, dict(changed or {}), files)
        return self._conductor.ask(Step(OFFER, pack(order)))

    def fetch(self, offer: FetchOffer) -> WorkerTask[list[str]]:
        """Fetch what was offered; to call it says that its terms are accepted.

        Returns:
            A task whose stages are "download" (one unit is one byte), "checking" and "conversion"; its result are the
            conversion's remarks.
        """
        return self._conductor.ask(Step(FETCH, pack(offer.accepted())))

    def poll(self) -> None:
        """Let it advance as far as it can without waiting."""
        self._conductor.poll()

    def cancel(self) -> None:
        """Stop what is under way; it ends with `Cancelled`."""
        self._conductor.cancel()

    def wait(self, task: Task[T], progress: Progress | None = None) -> T:
        """Poll until a task is done; as `Worker.wait`."""
        return self._conductor.wait(task, progress)

    def close(self) -> None:
        """End the process; what is not done ends with `Cancelled`, and what was being made is removed."""
        was_at_work = self._conductor.pid is not None
        self._conductor.close()
        if was_at_work:
            with suppress(OSError):  # no models folder yet
                sweep(models_home(), youngest=END_SECONDS)

    def __enter__(self) -> ModelFetcher:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
