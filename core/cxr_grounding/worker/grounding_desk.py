"""The desk of the engine: a model and a radiograph that stay open from one request to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_grounding.errors import DeviceError
from cxr_grounding.progress import Progress
from cxr_grounding.worker.desk import cannot_load
from cxr_grounding.worker.protocol import DOING, GROUND, LOAD, SET_RADIOGRAPH, GarbageError

if TYPE_CHECKING:
    from cxr_grounding.diffusion.latent_cache import LatentCache
    from cxr_grounding.grounder import Grounder


class GroundingDesk:
    """Opens models, prepares radiographs, grounds phrases."""

    def __init__(self) -> None:
        self._grounder: Grounder | None = None
        self._latents: LatentCache | None = None

    def open(self) -> None:
        """Load the grounder, and torch with it."""
        _engine()

    def do(self, work: str, wanted: Any, progress: Progress) -> Any:
        """What a request asks for: what was opened, None, or groundings."""
        if work == LOAD:
            if self._grounder is not None:
                self._grounder.close()  # so that its memory is free for the next
                self._grounder = None
            self._grounder = _engine().open(wanted, cache=self._latents)
            self._latents = self._grounder.cache  # stays when another model is opened, and that one may come back
            return self._grounder.opened
        if self._grounder is None or work not in (SET_RADIOGRAPH, GROUND):
            raise GarbageError(f"{work} without a model")
        if work == SET_RADIOGRAPH:
            radiograph, ask = wanted
            return self._grounder.set_radiograph(radiograph, ask, progress=progress)
        phrases, ask = wanted
        return self._grounder.ground(phrases, ask, progress=progress)

    def out_of_memory(self, work: str) -> DeviceError:
        """For a model that is too large."""
        return DeviceError(
            f"The memory of this machine does not suffice for {DOING[work]}. Close other programs, or use a smaller "
            "model."
        )


def _engine() -> type[Grounder]:
    """The grounder, whose import loads torch.

    Raises:
        WorkerError: when a package is missing or cannot be loaded.
    """
    try:
        from cxr_grounding.grounder import Grounder
    except (ImportError, OSError) as error:
        raise cannot_load(error, "grounding", "torch") from error
    return Grounder
