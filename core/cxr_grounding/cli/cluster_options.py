"""What commands run on that spread their work by Ray, worded once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated

import typer

from cxr_grounding.ask import Ask
from cxr_grounding.engine import Engine
from cxr_grounding.errors import ClusterError
from cxr_grounding.evaluation.run.images import ManyEngines
from cxr_grounding.many.parquet_rows import has_parquet

if TYPE_CHECKING:
    from cxr_grounding.cohort.stream import Resources


@dataclass(frozen=True)
class Where:
    """What it runs on."""

    address: Annotated[
        str | None, typer.Option(help="Of a Ray cluster, such as auto or HOST:6379. Default: this machine.")
    ] = None
    gpus: Annotated[
        float | None,
        typer.Option(min=0, help="GPUs of each worker; 0.5 puts two on one. Default: one, where there are any."),
    ] = None
    cpus: Annotated[float | None, typer.Option(min=0.1, help="Processors of each worker.")] = None
    workers: Annotated[int | None, typer.Option(min=1, help="Most workers. Default: all there is room for.")] = None

    @property
    def resources(self) -> Resources:
        """The same for the workers."""
        from cxr_grounding.cohort.stream import Resources  # only now, since it needs what may not be installed

        return Resources(self.address, self.gpus, self.cpus, self.workers)


@dataclass(frozen=True)
class Spread(Where):
    """Whether it is spread at all, and over what."""

    cluster: Annotated[
        bool,
        typer.Option(
            "--cluster",
            help="Look at several images side by side: on this machine's processors and GPUs, or on the cluster of "
            "--address. The figures are the same.",
        ),
    ] = False


@contextmanager
def engine_or_engines(ask: Ask, spread: Spread) -> Iterator[Engine | ManyEngines]:
    """One engine in this process, or several by Ray, while the block runs.

    Raises:
        CXRGroundingError: what opening the model raises; when the cluster cannot be used.
    """
    if not spread.cluster:
        asked = [field.name for field in fields(Where) if getattr(spread, field.name) is not None]
        if asked:
            raise ClusterError(f"--{asked[0]} is about workers, and there are none without --cluster. Give that too.")
        from cxr_grounding.grounder import Grounder  # only now, since it brings torch with it

        yield Grounder.open(ask)
        return
    check_cluster_installed()
    from cxr_grounding.cohort.scoring import engines_on_cluster

    with engines_on_cluster(ask, spread.resources) as engines:
        yield engines


def check_cluster_installed() -> None:
    """Say what to install where it is not.

    Raises:
        ClusterError: where pyarrow is not there, and so not Ray, which comes with it.
    """
    if not has_parquet():
        raise ClusterError(
            'This needs pyarrow and Ray, which are not here. Install them: pip install "cxr-grounding[cluster]".'
        )
