"""Which device and precision are taken; a lack of memory is one sentence, other errors are themselves."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cxr_grounding.diffusion.device import memory_errors, pick_device, pick_precision
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.errors import DeviceError

TOO_MUCH = 1 << 52
"""Numbers of four bytes: more than the address space of any machine holds."""


def test_cpu_is_there_and_auto_is_something_that_is_there() -> None:
    assert pick_device("cpu") == torch.device("cpu")
    assert pick_device("auto").type in {"cpu", "cuda", "mps"}


@pytest.mark.parametrize(
    ("kind", "capability", "expected"),
    [
        ("mps", None, torch.float32),
        ("cuda", (6, 1), torch.float32),
        ("cuda", (7, 0), torch.float16),
        ("cuda", (9, 0), torch.float16),
    ],
)
def test_auto_is_half_precision_on_a_gpu_that_is_fast_in_it_and_single_elsewhere(
    kind: str, capability: tuple[int, int] | None, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert pick_precision("auto", torch.device(kind)) == expected
    assert pick_precision("single", torch.device(kind)) == torch.float32
    assert pick_precision("half", torch.device(kind)) == torch.float16


@pytest.mark.parametrize(
    ("has", "told", "expected"),
    [
        ({}, "", torch.float32),
        ({"avx512_f": True, "avx512_vnni": True}, "", torch.float32),
        ({"avx512_bf16": True}, "", torch.bfloat16),
        ({"amx_bf16": True}, "ALL", torch.bfloat16),
        ({"amx_bf16": True}, "avx2", torch.float32),
        ({"avx512_bf16": True}, "AVX512_CORE_VNNI", torch.float32),
    ],
)
def test_auto_is_bfloat16_on_a_cpu_that_torch_says_is_fast_in_it_unless_it_is_told_not_to(
    has: dict[str, bool], told: str, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    monkeypatch.delenv("DNNL_MAX_CPU_ISA", raising=False)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", told)
    cpu = torch.device("cpu")
    assert pick_precision("auto", cpu) == expected
    assert pick_precision("single", cpu) == torch.float32


def test_a_precision_that_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(DeviceError, match=r"no precision 'double'\. Choose one of: auto, single, half, bfloat16\."):
        pick_precision("double", torch.device("cpu"))


def test_torch_running_out_of_memory_is_one_sentence() -> None:
    told = r"The memory of cpu does not suffice for a test\. Close other programs"
    with pytest.raises(DeviceError, match=told), memory_errors(torch.device("cpu"), "a test"):
        torch.empty(TOO_MUCH)


def test_numpy_running_out_of_memory_is_one_sentence() -> None:
    with pytest.raises(DeviceError, match="does not suffice"), memory_errors(torch.device("cpu"), "a test"):
        np.empty(TOO_MUCH, dtype=np.float32)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 5 bytes."),
    ],
)
def test_the_messages_of_other_devices_are_known(error: Exception) -> None:
    with pytest.raises(DeviceError, match="choose device cpu"), memory_errors(torch.device("cuda"), "a test"):
        raise error


def test_another_error_passes_as_it_is() -> None:
    with pytest.raises(RuntimeError, match="must match"), memory_errors(torch.device("cpu"), "a test"):
        torch.zeros(2) + torch.zeros(3)


def test_an_image_too_large_to_encode_is_a_device_error(tiny_model: LatentDiffusionModel) -> None:
    with pytest.raises(DeviceError, match="encoding the radiograph"):
        tiny_model.encode(np.broadcast_to(np.float32(0), (1 << 24, 1 << 24)))
