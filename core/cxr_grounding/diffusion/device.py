"""Which device computes, in which precision, and what is said when its memory does not suffice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from cxr_grounding.errors import DeviceError

OUT_OF_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")
"""Parts of torch's messages where the error is a plain RuntimeError: its host allocators and Apple's."""

PRECISIONS = {"single": torch.float32, "half": torch.float16}
"""That the U-Net computes in, by name. Why half is float16 and not bfloat16: docs/decisions/0042-half-precision.md."""

FAST_HALVES = (7, 0)
"""Compute capability of the first NVIDIA GPUs that multiply matrices in float16 faster than in float32 (Volta)."""

LARGE = 256 << 20
"""Bytes of weights above which a network is not kept in a CPU's memory without need; see `stays_open`."""


def pick_device(name: str = "auto") -> torch.device:
    """The device of that name: "cpu", "cuda", "cuda:1", "mps", or "auto" for the fastest one there.

    Raises:
        DeviceError: when there is no such device.
    """
    available = ["cpu"]
    if torch.backends.mps.is_available():
        available.insert(0, "mps")
    if torch.cuda.is_available():
        available[:0] = ["cuda", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    if name == "auto":
        return torch.device(available[0])
    if name not in available:
        raise DeviceError(f"There is no device {name!r} here. Choose one of: auto, {', '.join(available)}.")
    return torch.device(name)


def pick_precision(name: str, device: torch.device) -> torch.dtype:
    """What the U-Net computes in: "single", "half", or "auto" for half on a GPU that is much faster in it, else single.

    Raises:
        DeviceError: when there is no such precision.
    """
    if name == "auto":
        quick = device.type == "cuda" and torch.cuda.get_device_capability(device) >= FAST_HALVES
        return PRECISIONS["half" if quick else "single"]
    if name not in PRECISIONS:
        raise DeviceError(f"There is no precision {name!r}. Choose one of: auto, {', '.join(PRECISIONS)}.")
    return PRECISIONS[name]


def stays_open(network: torch.nn.Module, device: torch.device) -> bool:
    """Whether a network that is needed now and then stays in memory in between.

    A small one does, and any one on a device with memory of its own, where moving it in takes longer than what it does.
    On a CPU the weights of a large one are pages of its file, which are there again at once, so they are given back.
    """
    size = sum(weight.nbytes for weight in network.parameters())
    return device.type != "cpu" or size <= LARGE


@contextmanager
def memory_errors(device: torch.device, work: str) -> Iterator[None]:
    """Turn a lack of memory during `work` ("inverting the radiograph") into one sentence.

    Raises:
        DeviceError: when memory ran out; every other error passes as it is.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        message = str(error).lower()
        is_memory = isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
            part in message for part in OUT_OF_MEMORY
        )
        if not is_memory:
            raise
        advice = (
            "Close other programs" if device.type == "cpu" else "Close other programs that use it, choose device cpu"
        )
        raise DeviceError(
            f"The memory of {device} does not suffice for {work}. {advice}, or use a smaller model."
        ) from error


def describe_devices() -> dict[str, str]:
    """The devices there are, by the names `pick_device` takes, each with what it is and its memory in GiB."""
    described = {"cpu": f"{torch.get_num_threads()} threads"}
    for number in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(number)
        described[f"cuda:{number}"] = f"{properties.name}, {properties.total_memory / 2**30:.1f} GiB"
    if torch.backends.mps.is_available():
        described["mps"] = "Apple GPU"
    return described | {"auto": str(pick_device())}
