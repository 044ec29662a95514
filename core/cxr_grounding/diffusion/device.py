"""Which device computes, in which precision, and what is said when its memory does not suffice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from cxr_grounding.ask import BFLOAT16, HALF, SINGLE
from cxr_grounding.diffusion.networks.precision import PRECISIONS
from cxr_grounding.diffusion.networks.unet import UNet
from cxr_grounding.errors import DeviceError

OUT_OF_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")
"""Parts of torch's messages where the error is a plain RuntimeError: its host allocators and Apple's."""

FAST_HALVES = (7, 0)
"""Compute capability of the first NVIDIA GPUs that multiply matrices in float16 faster than in float32 (Volta)."""

FAST_BFLOAT16 = ("avx512_bf16", "amx_bf16")
"""Instructions, as `torch.cpu.get_capabilities` calls them, that multiply in bfloat16 much faster than in float32."""

OLDER_ISAS = ("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI")
"""What `ONEDNN_MAX_CPU_ISA` may say so that the library behind torch's operations on CPUs does without those."""

LARGE = 256 << 20
"""Bytes of weights above which a network is not kept in a CPU's memory without need, see `stays_open`, and its
multiplications are nearly all of its time there, see `suited_precision`."""


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
    """What a U-Net computes in: a name of `PRECISIONS`, or "auto".

    "auto" is half on an NVIDIA GPU and bfloat16 on a CPU that is much faster in it, else single.

    Raises:
        DeviceError: when there is no such precision.
    """
    if name == "auto":
        if device.type == "cuda" and torch.cuda.get_device_capability(device) >= FAST_HALVES:
            return PRECISIONS[HALF]
        return PRECISIONS[BFLOAT16 if device.type == "cpu" and is_fast_in_bfloat16() else SINGLE]
    if name not in PRECISIONS:
        raise DeviceError(f"There is no precision {name!r}. Choose one of: auto, {', '.join(PRECISIONS)}.")
    return PRECISIONS[name]


def is_fast_in_bfloat16() -> bool:
    """Whether this CPU multiplies much faster in bfloat16, as torch says, and nobody told its library not to."""
    there: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()  # torch before 2.11 does not say
    told = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or ""
    is_there = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    may = is_there and told.upper() not in OLDER_ISAS
    return may and any(there.get(name, False) for name in FAST_BFLOAT16)


def suited_precision(name: str, unet: torch.nn.Module, device: torch.device) -> torch.dtype:
    """`pick_precision` for one U-Net, which need not have its weights yet.

    A small one spends most of its time on a CPU beside its multiplications, so "auto" leaves it in single precision; so
    it does a variant that diffusers computes, which knows nothing of two precisions.

    Raises:
        DeviceError: as for `pick_precision`, and when bfloat16 is asked of such a variant.
    """
    dtype = pick_precision(name, device)
    if dtype != torch.bfloat16:
        return dtype
    is_own = isinstance(unet, UNet)
    if name == "auto":
        size = 4 * sum(weight.numel() for weight in unet.parameters())
        return dtype if is_own and size > LARGE else PRECISIONS[SINGLE]
    if not is_own:
        raise DeviceError(
            "The U-Net of this model is a variant that does not compute in bfloat16 here. Choose the precision single."
        )
    return dtype


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
