"""The desk of the fetcher: published models are asked for, downloaded and converted here."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cxr_grounding.disk.staging import sweep
from cxr_grounding.errors import Cancelled, CXRGroundingError, OutputError
from cxr_grounding.models.registry import models_home
from cxr_grounding.progress import Progress
from cxr_grounding.worker.desk import cannot_load
from cxr_grounding.worker.protocol import FETCH, OFFER, GarbageError


class FetchingDesk:
    """Finds out what is to be fetched, and fetches it."""

    def open(self) -> None:
        """Load what asks the hub; what converts is loaded when there is something to convert."""
        try:
            from cxr_grounding.models.hub.hub_errors import load_library

            load_library()
        except (ImportError, OSError) as error:
            raise cannot_load(error, "fetching models", "huggingface-hub") from error

    def do(self, work: str, wanted: Any, progress: Progress) -> Any:
        """An offer, or the warnings of a model that is in its place."""
        if work not in (OFFER, FETCH):
            raise GarbageError(f"{work} of a child that fetches")
        from cxr_grounding.models.hub.fetch import fetch, offer_of, plan_fetch

        with suppress(OSError):  # no models folder yet
            sweep(models_home())  # what a program left that was ended by force
        plan = plan_fetch(wanted)
        if progress(work, 0, 1) is False:
            raise Cancelled("Stopped on request.")
        return offer_of(plan) if work == OFFER else fetch(plan, progress)

    def out_of_memory(self, work: str) -> CXRGroundingError:
        """For a model that is too large to be converted."""
        return OutputError("The memory of this machine does not suffice to convert the model. Close other programs.")
