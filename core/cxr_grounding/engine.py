"""What every engine can do, in this process, in a worker, or elsewhere: turn a radiograph and phrases into answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar, overload

from cxr_grounding.ask import Ask
from cxr_grounding.errors import CXRGroundingError
from cxr_grounding.grounding import Grounding
from cxr_grounding.progress import Progress
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import ModelIdentity, Recipe
from cxr_grounding.signals.assertion import Sentence

Asked = str | Sentence
"""A phrase as it stands, or a sentence of a report as `read_report` reads it: what was read of it, and of the report
around it, is then what the verdict goes by."""

Several = list[str] | list[Sentence] | list[Asked] | tuple[Asked, ...]
"""That are looked at together."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class OpenedModel:
    """What an engine says of the model that it has opened.

    Args:
        identity: which model it is, and what must be said beside its results.
        recipe: the numbers that it is used with, as the `Ask` wants them that it was opened with.
        device: that it is on, "cpu", "cuda:0", ...
        precision: in which the U-Net computes, one of `ask.PRECISIONS`.
    """

    identity: ModelIdentity
    recipe: Recipe
    device: str
    precision: str


class Engine(Protocol):
    """One model, opened, that grounds phrases on one radiograph after the other.

    All calls return when they are done. `changes` are fields of `Ask` that differ for this call, from the `Ask` given,
    or else from the one of the call before (`open`, `set_radiograph`). What a call before has settled is not changed in
    silence: that raises `OrderError`.
    """

    @classmethod
    def open(cls, ask: Ask | str | Path | None = None, **changes: Any) -> Self:
        """Open a model.

        Args:
            ask: how questions are computed, or a model by its name or folder.
            changes: fields of it.

        Raises:
            ModelError: when there is no such model, or something in its folder is missing or damaged.
            RecipeError: when its recipe cannot be used, or there is no such preset.
            DeviceError: when the device is not there or has too little memory, or there is no such precision.
        """
        ...

    @property
    def opened(self) -> OpenedModel:
        """What is open."""
        ...

    def set_radiograph(
        self, radiograph: Radiograph, ask: Ask | None = None, *, progress: Progress | None = None, **changes: Any
    ) -> None:
        """Prepare a radiograph: the part of the work that all phrases share.

        Raises:
            Cancelled: when `progress`, or `cancel`, asked to stop; no radiograph is set then, as after any error.
            DeviceError: when memory runs out.
            ModelError: when the model's weights give values that are not numbers.
            RecipeError: when the model cannot follow the recipe.
        """

    @overload
    def ground(
        self, phrases: Asked, ask: Ask | None = None, *, progress: Progress | None = None, **changes: Any
    ) -> Grounding: ...

    @overload
    def ground(
        self,
        phrases: Several,
        ask: Ask | None = None,
        *,
        progress: Progress | None = None,
        **changes: Any,
    ) -> list[Grounding]: ...

    def ground(
        self,
        phrases: Asked | Several,
        ask: Ask | None = None,
        *,
        progress: Progress | None = None,
        **changes: Any,
    ) -> Grounding | list[Grounding]:
        """Find where phrases point on the radiograph that was set.

        Args:
            phrases: one, or several that are looked at together; each a text, or a `Sentence` of a report.
            ask: as for the class.
            progress: told how far it is.
            changes: fields of `Ask` that differ.

        Returns:
            One answer for one phrase, a list in the order of the phrases for several.

        Raises:
            OrderError: when no radiograph is set.
            PhraseError: when a phrase is empty, or there is none.
            Cancelled: when `progress`, or `cancel`, asked to stop; the radiograph stays set.
            DeviceError: when memory runs out.
            ModelError: when the model's weights give values that are not numbers.
        """
        ...

    def cancel(self) -> None:
        """Stop the call under way, which then raises `Cancelled`; from another thread, or from inside `progress`."""

    def close(self) -> None:
        """Give back what the engine holds. It is not used after that."""


class Task(Protocol[T_co]):
    """Something asked of a `PolledEngine`, now or later done.

    Attributes:
        progress: the latest (stage, done, total), of this task or of what has to be done before it; None before any.
    """

    progress: tuple[str, int, int] | None

    @property
    def done(self) -> bool:
        """Whether it has come to an end, good or bad."""
        ...

    @property
    def error(self) -> CXRGroundingError | None:
        """What went wrong; None for a task that is not done, or came to a good end."""
        ...

    def result(self) -> T_co:
        """What came of it.

        Raises:
            CXRGroundingError: what went wrong; `Cancelled` when it was cancelled.
            OrderError: when it is not done.
        """
        ...


class PolledEngine(Protocol):
    """An engine for programs that must not wait, as a user interface: the same calls give tasks, at once.

    Tasks are done in their order while `poll` is called now and then. They say what is wanted, not what to do: what
    stands already is not done again.
    """

    def start(self) -> bool:
        """Begin what takes long before any request can be done, so that the first one finds it done.

        Returns:
            Whether it goes on by itself now; until then call this again in a moment.

        Raises:
            WorkerError: when it cannot be started.
        """
        ...

    def load(self, ask: Ask | str | Path | None = None, **changes: Any) -> Task[OpenedModel]:
        """As `Engine.open`."""
        ...

    def set_radiograph(self, radiograph: Radiograph, ask: Ask | None = None, **changes: Any) -> Task[None]:
        """As `Engine.set_radiograph`."""
        ...

    @overload
    def ground(self, phrases: Asked, ask: Ask | None = None, **changes: Any) -> Task[Grounding]: ...

    @overload
    def ground(self, phrases: Several, ask: Ask | None = None, **changes: Any) -> Task[list[Grounding]]: ...

    def ground(
        self, phrases: Asked | Several, ask: Ask | None = None, **changes: Any
    ) -> Task[Grounding] | Task[list[Grounding]]:
        """As `Engine.ground`."""
        ...

    def poll(self) -> None:
        """Let everything advance as far as it can without waiting."""

    def wait(self, task: Task[T], progress: Progress | None = None) -> T:
        """Poll until a task is done, and give what came of it; returning False from `progress` cancels all tasks."""
        ...

    def cancel(self) -> None:
        """Stop all that is asked for and not done; it ends with `Cancelled`."""

    def close(self) -> None:
        """Give back what the engine holds; what is not done ends with `Cancelled`."""
