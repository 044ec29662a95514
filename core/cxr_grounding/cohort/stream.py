"""Parts through workers on Ray Data: as many models as there is room for, bounded memory, deaths made good."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cxr_grounding.ask import Ask
from cxr_grounding.cohort.part_grounder import PartGrounder, Plan, open_engine
from cxr_grounding.cohort.ray_session import ray_running
from cxr_grounding.disk.sentences import reason
from cxr_grounding.engine import Engine
from cxr_grounding.errors import ClusterError, OutputError
from cxr_grounding.quiet import without_warnings


@dataclass(frozen=True)
class Resources:
    """What the workers get.

    Args:
        address: of a cluster; None for this machine.
        gpus: of each worker, also a part of one; None for one where there are any, else none.
        cpus: of each worker; None for one beside a GPU, else up to four.
        workers: how many; None for as many as there is room for.
    """

    address: str | None = None
    gpus: float | None = None
    cpus: float | None = None
    workers: int | None = None

    def settled(self, there: dict[str, float]) -> Resources:
        """The same with numbers for all, for what there is.

        Args:
            there: "CPU" and "GPU" of the whole cluster.

        Raises:
            ClusterError: when there is not enough for one worker.
        """
        gpus = self.gpus if self.gpus is not None else (1.0 if there.get("GPU", 0) else 0.0)
        cpus = self.cpus if self.cpus is not None else (1.0 if gpus else min(4.0, max(1.0, there.get("CPU", 1.0) - 1)))
        room = [there.get(kind, 0.0) / each for kind, each in (("CPU", cpus), ("GPU", gpus)) if each]
        fit = int(min(room, default=1.0) + 1e-9)
        if fit < 1:
            raise ClusterError(
                f"There is no room for a worker: it needs {cpus:g} CPUs and {gpus:g} GPUs, and there are "
                f"{there.get('CPU', 0):g} and {there.get('GPU', 0):g}. Ask for less with --cpus and --gpus."
            )
        return Resources(self.address, gpus, cpus, min(self.workers or fit, fit))


@dataclass(frozen=True)
class PartTold:
    """What became of a part: images, and those of them that failed."""

    part: int
    done: int
    failed: int


def ground_parts(
    parts: Sequence[int],
    plan: Plan,
    resources: Resources,
    opens: Callable[[Ask], Engine] = open_engine,
) -> Iterator[PartTold]:
    """Ground parts on Ray, in whatever order they are done.

    A worker that dies is started again and its part begun anew, without an end (Ray Data's default); the part's own
    notes keep an image that always ends its worker from doing so for ever. Only numbers travel: workers read their part
    of the manifest, and write its results.

    Args:
        parts: numbers.
        plan: what the workers are told.
        resources: what they get.
        opens: opens their engine.

    Raises:
        ClusterError: when the cluster cannot be used, or fails.
        OutputError: what a worker says that is about more than an image.
    """
    with ray_running(resources.address) as ray:
        for told in from_workers(ray, parts, PartGrounder, (plan, opens), resources):
            if told["error"]:
                raise OutputError(told["error"])
            yield PartTold(int(told["part"]), int(told["done"]), int(told["failed"]))


def from_workers(
    ray: Any,
    numbers: Sequence[int],
    worker: type,
    arguments: tuple[Any, ...],
    resources: Resources,
    *,
    in_order: bool = False,
    tries: int = -1,
) -> Iterator[dict[str, Any]]:
    """What workers give for numbers, one after the other.

    Args:
        ray: as `ray_running` gives it.
        numbers: to spread.
        worker: a class; each worker is one of it, made with the arguments, and called with {"part": [number]} for as
            many rows by column.
        arguments: of its making.
        resources: what the workers get.
        in_order: whether rows come in the order of the numbers, rather than as they are done.
        tries: how often a worker that dies is started again, and its number begun anew; -1 for always.

    Raises:
        ClusterError: when there is no room for a worker, or the cluster fails; when a worker died too often.
    """
    settled = resources.settled(ray.cluster_resources())
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = in_order
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    with without_warnings():  # Ray's own, of how it passes its arguments on
        stream = ray.data.from_items(
            [{"part": number} for number in numbers], override_num_blocks=len(numbers)
        ).map_batches(
            worker,
            fn_constructor_args=arguments,
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=min(settled.workers or 1, len(numbers))),
            num_cpus=settled.cpus,
            num_gpus=settled.gpus or None,
            max_restarts=tries,
            max_task_retries=tries,
        )
    try:
        yield from stream.iter_rows()
    except ray.exceptions.RayError as error:
        raise ClusterError(
            f"The cluster failed ({reason(error)}). What is done is kept: run the same again to go on."
        ) from error
