"""How fast a device multiplies at best: what the floor in docs/performance.md is made of."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

SIDES = {"cpu": 4096, "cuda": 8192}
"""Of the matrices, by device: large enough that nothing but multiplying counts."""


def matrix_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Floating-point operations a second in one large matrix product, two a multiplication-addition."""
    side = SIDES.get(device.type, SIDES["cpu"])
    square = torch.randn(side, side, device=device).to(dtype)
    with torch.inference_mode():
        return 2 * side**3 / min(timed(device, lambda: square @ square) for _ in range(5))


def timed(device: torch.device, work: Callable[[], object]) -> float:
    """Seconds until a device has done what it is asked for."""
    started = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


def processor_seconds(work: Callable[[], object]) -> float:
    """Of this process, all its threads together: what other programs do beside it does not count."""
    began = time.process_time()
    work()
    return time.process_time() - began
