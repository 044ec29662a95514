"""One engine, many radiographs, from Python: `ground_many`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cxr_grounding.engine import Asked, Engine, Several
from cxr_grounding.errors import (
    ArchiveError,
    CXRGroundingError,
    ModelError,
    OutputError,
    PhraseError,
    RadiographError,
)
from cxr_grounding.grounding import Grounding
from cxr_grounding.many.result_rows import Named, Row, Status, row_without_answer, rows_of_answers
from cxr_grounding.progress import Progress
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.worker.reader import shared_reader

Image = TypeVar("Image", Path, str, Radiograph)

Phrases = Asked | Several
"""One, or several that are looked at together."""

OF_ONE_IMAGE = (RadiographError, PhraseError, ModelError, ArchiveError, OutputError)
"""Errors that are about one image, so that the others go on; all others end a run."""


@dataclass(frozen=True)
class ImageAnswers:
    """What became of one image.

    Args:
        image: that was given: its path, or the radiograph.
        answers: in the order of the phrases; () where there is an error.
        error: why there is no answer; None where there are.
    """

    image: Path | str | Radiograph
    answers: tuple[Grounding, ...] = ()
    error: CXRGroundingError | None = None

    def rows(self) -> list[Row]:
        """Its rows of the table, as results.parquet has them; one with the error's sentence where there is one."""
        given = self.image.source if isinstance(self.image, Radiograph) else self.image
        named = Named(Path(given).stem if given else "", str(given or ""))
        if self.error is not None:
            return [row_without_answer(named, Status.FAILED, str(self.error))]
        return rows_of_answers(named, self.answers)


def ground_many(
    images: Iterable[Image],
    phrases: Phrases | Callable[[Image], Phrases],
    engine: Engine | None = None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Iterator[ImageAnswers]:
    """Ground phrases on many radiographs, one after the other: the model is opened once, and no image ends the run.

        for found in ground_many(Path("scans").glob("*.dcm"), ["left effusion"], engine=Grounder.open()):
            print(found.image, found.error or found.answers[0].verdict)

    Files are read in a child process, so that one that ends its decoder is an error like any other.

    Args:
        images: files, or radiographs; taken one at a time, so that any number of them may come.
        phrases: what to look for on each of them; or what gives it for one of them.
        engine: that answers; None opens the bundled model in this process.
        force: whether to ground also what is no radiograph, such as a CT slice.
        progress: told by the engine after every pass.

    Yields:
        What became of each image, in their order.

    Raises:
        DeviceError: when memory runs out.
        Cancelled: when `progress` asks to stop.
    """
    if engine is None:
        from cxr_grounding.grounder import Grounder  # only now, since it brings torch with it

        engine = Grounder.open()

    def read(image: Path | str | Radiograph) -> Radiograph:
        return image if isinstance(image, Radiograph) else shared_reader().read_image(image, force=force)

    for image in images:
        yield answers_for(engine, image, phrases if not callable(phrases) else phrases(image), read, progress)


def answers_for(
    engine: Engine,
    image: Image,
    phrases: Phrases,
    read: Callable[[Image], Radiograph],
    progress: Progress | None = None,
) -> ImageAnswers:
    """What becomes of one image.

    Args:
        engine: that answers.
        image: to read.
        phrases: to look for, together.
        read: what reads it.
        progress: told by the engine after every pass.

    Raises:
        CXRGroundingError: what is about more than this image.
    """
    try:
        engine.set_radiograph(read(image), progress=progress)
        several = [phrases] if isinstance(phrases, Asked) else phrases
        return ImageAnswers(image, tuple(engine.ground(several, progress=progress)))
    except OF_ONE_IMAGE as error:
        return ImageAnswers(image, error=error)
