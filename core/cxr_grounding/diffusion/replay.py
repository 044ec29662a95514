"""A U-Net's pass on an NVIDIA GPU, recorded once and replayed: to ask for one there takes longer than to compute it."""

from __future__ import annotations

from collections.abc import Callable

import torch


class ReplayedPass:
    """Passes of one shape, one after the other, as a CUDA graph: the same kernels on the same numbers.

    The first pass is computed as it is, while the libraries choose their kernels, and then recorded. Used inside
    `torch.inference_mode`. The memory of the record is given back with this object.

    Args:
        work: [batch, channels, rows, columns] and timesteps [batch] to a prediction; it must ask the GPU for the same
            work each time, and wait for nothing.
    """

    def __init__(self, work: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
        self._work = work
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, latents: torch.Tensor, timestep: int) -> torch.Tensor:
        """The prediction for latents that are all at one timestep."""
        if self._graph is None:
            self._latents = latents.clone()
            self._times = torch.full((len(latents),), timestep, device=latents.device)
            first = self._work(self._latents, self._times)
            self._record()
            return first
        self._latents.copy_(latents)
        self._times.fill_(timestep)
        self._graph.replay()
        return self._made.clone()

    def _record(self) -> None:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self._latents.device):
            # A stream of its own, as torch's for this belongs to whichever GPU recorded first; what other threads ask
            # of the GPU meanwhile is no matter.
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
                self._made = self._work(self._latents, self._times)
        self._graph = graph
