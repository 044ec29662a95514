"""An evaluation on Ray: images scored side by side by workers that hold an engine each, with one engine's figures."""

from __future__ import annotations

import dataclasses
import os
import pickle
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxr_grounding.ask import Ask
from cxr_grounding.cohort.part_grounder import open_engine
from cxr_grounding.cohort.ray_session import ray_running
from cxr_grounding.cohort.stream import Resources, from_workers
from cxr_grounding.disk.sentences import reason
from cxr_grounding.engine import Engine, OpenedModel
from cxr_grounding.errors import ClusterError, CXRGroundingError
from cxr_grounding.evaluation.datasets.dataset import Dataset, Sample
from cxr_grounding.evaluation.run.images import ScoredImage, image_scorer, images_left

TRIES = 3
"""How often a worker that dies is started again: an image that always ends it ends an evaluation, as it would one
engine's."""


@dataclass(frozen=True)
class Opening:
    """How workers open their engine.

    Args:
        ask: how questions are computed.
        folder: in which paths that are not whole begin, as where the program was started.
        opens: opens it.
    """

    ask: Ask
    folder: Path
    opens: Callable[[Ask], Engine] = open_engine

    def engine(self) -> Engine:
        """The engine, open.

        Raises:
            CXRGroundingError: as `Engine.open`; when the folder is not there.
        """
        try:
            os.chdir(self.folder)
        except OSError as error:
            raise ClusterError(
                f"The folder {self.folder} is not there on every node. Start from one that all of them share."
            ) from error
        return self.opens(self.ask)


class ClusterEngines:
    """`ManyEngines` on Ray.

    Args:
        ray: as `ray_running` gives it.
        opening: of each worker's engine.
        resources: what workers get.

    Raises:
        CXRGroundingError: what opening the model raises, or that no worker could.
    """

    def __init__(self, ray: Any, opening: Opening, resources: Resources) -> None:
        self._ray, self._opening = ray, opening
        self._resources = resources.settled(ray.cluster_resources())
        ask_one = ray.remote(num_cpus=self._resources.cpus, num_gpus=self._resources.gpus)(_opened)
        try:
            told = ray.get(ask_one.remote(opening))
        except ray.exceptions.RayError as error:
            raise ClusterError(
                f"No worker could open the model ({reason(error)}). Check the cluster's nodes."
            ) from error
        if isinstance(told, CXRGroundingError):
            raise told
        self.opened: OpenedModel = told

    def score_images(
        self, dataset: Dataset, *, controls: bool, done: Collection[tuple[str, str]]
    ) -> Iterator[ScoredImage]:
        """As `evaluation.run.images.score_images`, in the dataset's order.

        Raises:
            CXRGroundingError: what ends an evaluation on one engine; where workers compute in several precisions.
        """
        numbers = range(len(images_left(dataset, done)))
        given = (self._opening, dataset, frozenset(done), controls)
        if not numbers:
            return
        for told in from_workers(self._ray, numbers, ImageScoring, given, self._resources, in_order=True, tries=TRIES):
            scored = self._ray.cloudpickle.loads(told["scored"])
            if isinstance(scored, CXRGroundingError):
                raise scored
            if told["precision"] != self.opened.precision:
                raise ClusterError(
                    f"Some workers compute in {self.opened.precision} precision, others in {told['precision']}, whose "
                    "figures differ a little. Give --precision single or half."
                )
            yield scored


@contextmanager
def engines_on_cluster(
    ask: Ask, resources: Resources, opens: Callable[[Ask], Engine] = open_engine
) -> Iterator[ClusterEngines]:
    """Engines on this machine's processors and GPUs, or on a cluster, while the block runs.

    Raises:
        ClusterError: when the cluster cannot be used.
        CXRGroundingError: what opening the model raises.
    """
    with ray_running(resources.address) as ray:
        yield ClusterEngines(ray, Opening(ask, Path.cwd(), opens), resources)


class ImageScoring:
    """What a worker does: hold an engine, score the images whose numbers it is given.

    Args:
        opening: of the engine.
        dataset: all of it, since controls are drawn from it.
        done: keys of samples that are left out.
        controls: as for `score_images`.
    """

    def __init__(self, opening: Opening, dataset: Dataset, done: Collection[tuple[str, str]], controls: bool) -> None:
        self._opening, self._dataset, self._controls = opening, dataset, controls
        self._images = images_left(dataset, done)
        self._held: tuple[Engine, Callable[[Sequence[Sample]], ScoredImage]] | None = None

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Score one image.

        Args:
            batch: {"part": [its place among `images_left`]}.

        Returns:
            {"scored", "precision"}, a list of one each: its `ScoredImage`, or the error that ends the run, pickled; in
            which precision it was computed.
        """
        try:
            engine, score = self._ready()
            scored = score(self._images[int(batch["part"][0])])
        except CXRGroundingError as error:
            return {"scored": [pickle.dumps(error)], "precision": [""]}
        return {"scored": [pickle.dumps(_light(scored))], "precision": [engine.opened.precision]}

    def _ready(self) -> tuple[Engine, Callable[[Sequence[Sample]], ScoredImage]]:
        """The engine, opened with the first image, and what scores on it."""
        if self._held is None:
            engine = self._opening.engine()
            self._held = engine, image_scorer(engine, self._dataset, controls=self._controls)
        return self._held


def _opened(opening: Opening) -> OpenedModel | CXRGroundingError:
    """What a worker has open, as one of them says."""
    try:
        return opening.engine().opened
    except CXRGroundingError as error:
        return error


def _light(image: ScoredImage) -> ScoredImage:
    """The same without the maps on the radiograph that its answers have made, which are many times the rest."""
    answers = [dataclasses.replace(one, answer=dataclasses.replace(one.answer)) for one in image.scored]
    return dataclasses.replace(image, scored=tuple(answers))
