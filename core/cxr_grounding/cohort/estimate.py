"""`--dry-run`: what a cohort will take, from a few of its images."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from cxr_grounding.ask import Ask
from cxr_grounding.cohort.manifest import Entry
from cxr_grounding.errors import CXRGroundingError
from cxr_grounding.grounder import Grounder
from cxr_grounding.many.result_rows import Named, rows_of_answers
from cxr_grounding.signals.assertion import read_report
from cxr_grounding.worker.reader import ImageReader

LOOKED_AT = 3
"""Images that are grounded for it; the first is left out of the time, since it pays for what all share."""

BYTES_OF_A_ROW = 600
"""Of a row in a part without its map, compressed; docs/scale.md has the measurement."""


@dataclass(frozen=True)
class Estimate:
    """What a cohort takes.

    Args:
        images, phrases: how many; phrases of reports are counted in full.
        forwards: images through the U-Net, in forwards' worth as the engine counts them, all kinds together.
        result_bytes: of the parts.
        seconds_an_image: for one worker here.
        looked_at: images that this was measured on.
        device: that it was measured on.
    """

    images: int
    phrases: int
    forwards: int
    result_bytes: int
    seconds_an_image: float
    looked_at: int
    device: str

    def hours(self, workers: int) -> float:
        """For so many workers like this one, at best."""
        return self.images * self.seconds_an_image / max(1, workers) / 3600


def estimate_cohort(entries: Sequence[Entry], ask: Ask, *, every: bool = False) -> Estimate:
    """Look at a few images that are spread over a cohort.

    Args:
        entries: all images.
        ask: how questions are computed.
        every: whether all sentences of a report are grounded.

    Raises:
        CXRGroundingError: when none of them can be grounded: the reason of the first.
    """
    phrases = [_phrases(entry, every) for entry in entries]
    total = sum(map(len, phrases))
    engine = Grounder.open(ask)
    looked, forwards, maps, first = [], 0.0, [], None
    with ImageReader() as reader:
        for number in sorted({len(entries) * share // (LOOKED_AT + 1) for share in range(LOOKED_AT + 1)}):
            entry, asked = entries[number], phrases[number]
            if not asked:
                continue
            started = time.perf_counter()
            try:
                engine.set_radiograph(reader.read_image(entry.image))
                answers = engine.ground(asked)
            except CXRGroundingError as error:
                first = first or error
                continue
            looked.append(time.perf_counter() - started)
            rows_of_answers(Named("", ""), answers)
            shared = answers[0].unet_calls.get("full", 0)
            forwards += shared * len(phrases) / total if total else 0
            each = [sum(calls for kind, calls in one.unet_calls.items() if kind != "full") for one in answers]
            forwards += statistics.mean(each)
            maps += [one.heatmap_frame.size * 0.15 for one in answers]
    if not looked:
        raise first or CXRGroundingError("Nothing is asked of the images that were looked at. Fill in the manifest.")
    return Estimate(
        images=len(entries),
        phrases=total,
        forwards=round(forwards / len(looked) * total),
        result_bytes=round(total * (BYTES_OF_A_ROW + statistics.mean(maps))),
        seconds_an_image=statistics.mean(looked[1:] or looked),
        looked_at=len(looked),
        device=str(engine.model.device),
    )


def _phrases(entry: Entry, every: bool) -> list[str]:
    of_report = read_report(entry.report) if entry.report else []
    return [*entry.phrases, *(one.text for one in of_report if every or one.is_groundable)]
