"""An engine that answers when it is told to, so that a test can look at the panel between two answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from cxr_grounding import Ask, Cancelled, Grounding, ModelError, Radiograph, Sentence, WorkerTask, find_model
from cxr_grounding.frame import ModelFrame
from cxr_grounding.maps import find_peak, find_regions
from cxr_grounding.recipe import FILE_NAME, read_grounding_file
from cxr_grounding.reported import phrase_of

SIDE = 48
"""Of the square that its answers are made on, in pixels."""


class ToldEngine:
    """A `PolledEngine` that computes nothing: heat lies on the side that a phrase names, in the lower zone.

    Attributes:
        asked: the phrases of all that was asked, in order.
        sections: the section of each, None for a phrase.
        starts: how often it was to start ahead of the first phrase.
        needed_starts: after how many of them it has started.
        is_eager: whether each poll answers one phrase by itself.
    """

    def __init__(self, *, is_eager: bool = False) -> None:
        self.is_eager = is_eager
        self.starts, self.needed_starts = 0, 1
        self.asked: list[str] = []
        self.sections: list[str | None] = []
        self._open: list[tuple[WorkerTask[Any], str, Ask]] = []
        self._is_cancelled = False
        self._radiograph: Radiograph | None = None

    def start(self) -> bool:
        self.starts += 1
        return self.starts >= self.needed_starts

    def load(self, ask: Ask, **changes: Any) -> WorkerTask[Any]:
        return _done()

    def set_radiograph(self, radiograph: Radiograph, ask: Ask, **changes: Any) -> WorkerTask[Any]:
        self._radiograph = radiograph
        return _done()

    def ground(self, phrase: str | Sentence, ask: Ask, **changes: Any) -> WorkerTask[Any]:
        task: WorkerTask[Any] = WorkerTask(())
        text = phrase if isinstance(phrase, str) else phrase.text
        self.asked.append(text)
        self.sections.append(None if isinstance(phrase, str) else phrase.section)
        self._open.append((task, text, ask))
        return task

    def answer(self) -> None:
        """Finish the first phrase that is open."""
        task, text, ask = self._open.pop(0)
        task.finish(self._grounding(text, ask.model))

    def fail(self) -> None:
        """Have the first phrase that is open fail."""
        self._open.pop(0)[0].fail(ModelError("The model broke."))

    def poll(self) -> None:
        if self._is_cancelled:
            for task, _, _ in self._open:
                task.fail(Cancelled("Cancelled."))
            self._open.clear()
            self._is_cancelled = False
        elif self.is_eager and self._open:
            self.answer()

    def cancel(self) -> None:
        self._is_cancelled = bool(self._open)

    def close(self) -> None:
        self._open.clear()

    def _grounding(self, text: str, model: str) -> Grounding:
        radiograph = self._radiograph
        assert radiograph is not None
        frame = ModelFrame(radiograph.shape, radiograph.orientation, SIDE, antialias=False)
        heat = np.zeros((SIDE, SIDE), np.float32)
        column = 36 if "left" in text.lower() else 4
        heat[36:44, column : column + 8] = 0.5
        heat[38:42, column + 2 : column + 6] = 1
        whole = frame.to_radiograph(heat)
        identity, recipe = read_grounding_file(find_model(model).folder / FILE_NAME)
        return Grounding(
            phrase=phrase_of(text),
            heatmap_frame=heat,
            regions=tuple(find_regions(whole)),
            peak=find_peak(whole),
            frame=frame,
            spacing=radiograph.spacing,
            identifiers=radiograph.identifiers,
            model=identity,
            recipe=recipe,
            device="cpu",
            precision="single",
            seconds={},
            unet_calls={},
            warnings=(),
        )


def _done() -> WorkerTask[Any]:
    task: WorkerTask[Any] = WorkerTask(())
    task.finish(None)
    return task
