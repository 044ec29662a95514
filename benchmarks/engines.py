"""A forward of the full-size U-Net by OpenVINO, by ONNX Runtime and in int8, beside torch: for decisions/0084.

    make bench-engines        (or: python -m benchmarks.engines [--rounds 3], with what is to be measured installed)

Each is converted or quantized out of the same weights, runs beside torch in single precision in turns, and is gone
before the next one. The weights are no matter for the time. Correlations are of the predicted noise with torch's; what
an engine that is fast enough does to heatmaps would be measured after that. Times are processor seconds.
"""

from __future__ import annotations

import argparse
import copy
import gc
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch.ao.quantization import quantize_dynamic

from benchmarks.operators import full_size_inputs, random_unet
from benchmarks.rate import processor_seconds
from benchmarks.sixteen_bits import machine
from benchmarks.tables import as_markdown, spread
from cxr_grounding.evaluation.ways_compared import correlation

CPU = torch.device("cpu")
STEP = 500
"""Of the schedule; any will do."""

OPSET = 17
"""Of ONNX: the newest that torch's tracing exporter writes whole."""

Forward = Callable[[], np.ndarray]


class Alone(torch.nn.Module):
    """The U-Net with the inputs and the one output that exporters want."""

    def __init__(self, unet: torch.nn.Module) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, latent: torch.Tensor, step: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        return self.unet(latent, step, context)[0]


def others(unet: Alone, given: tuple[torch.Tensor, ...], folder: Path) -> Iterator[tuple[str, Callable[[], Forward]]]:
    """Each other way by its name, and what makes it ready."""
    onnx = folder / "unet.onnx"
    yield "torch, channels-last", lambda: channels_last(given)
    yield "torch, linear layers in int8", lambda: torch_int8(unet, given)
    yield "OpenVINO, single precision", lambda: openvino(unet, given)
    yield "OpenVINO, int8", lambda: openvino(unet, given, int8=True)
    yield "ONNX Runtime, single precision", lambda: onnx_runtime(exported(unet, given, onnx), given)
    yield "ONNX Runtime, int8", lambda: onnx_runtime(narrowed(onnx), given)


def channels_last(given: tuple[torch.Tensor, ...]) -> Forward:
    """A copy of its own, whose convolutions' weights lie channels-last; images follow them."""
    torch.manual_seed(0)
    unet = Alone(random_unet(CPU, torch.float32))
    unet.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's own stub
    return lambda: unet(*given).numpy()


def torch_int8(unet: Alone, given: tuple[torch.Tensor, ...]) -> Forward:
    """Torch's own, which is there for linear layers: their inputs are quantized as they come."""
    narrow = copy.deepcopy(unet)
    for layer in narrow.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.__class__ = torch.nn.Linear  # it quantizes this very class, and leaves classes made of it alone
    quantize_dynamic(narrow, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)  # type: ignore[no-untyped-call]
    return lambda: narrow(*given).numpy()


def openvino(unet: Alone, given: tuple[torch.Tensor, ...], int8: bool = False) -> Forward:
    """Compiled for this CPU; for int8, nncf finds the ranges of all inputs from the one that is measured."""
    import openvino as ov

    arrays = [one.numpy() for one in given]
    model = ov.convert_model(unet, example_input=given)
    if int8:
        import nncf

        model = nncf.quantize(model, nncf.Dataset([arrays]), model_type=nncf.ModelType.TRANSFORMER)
    threads = {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = ov.Core().compile_model(model, "CPU", threads)
    return lambda: compiled(arrays)[0]


def exported(unet: Alone, given: tuple[torch.Tensor, ...], path: Path) -> Path:
    """The network as an ONNX file."""
    torch.onnx.export(unet, given, path, dynamo=False, opset_version=OPSET, input_names=["latent", "step", "context"])
    return path


def narrowed(path: Path) -> Path:
    """Another ONNX file, with weights in int8 and inputs that are quantized as they come."""
    from onnxruntime import quantization

    narrow = path.with_stem("int8")
    quantization.quantize_dynamic(path, narrow, weight_type=quantization.QuantType.QUInt8)
    return narrow


def onnx_runtime(path: Path, given: tuple[torch.Tensor, ...]) -> Forward:
    """A session on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    arrays = dict(zip(("latent", "step", "context"), (one.numpy() for one in given), strict=True))
    return lambda: session.run(None, arrays)[0]


def row(name: str, make: Callable[[], Forward], plain: Forward, rounds: int) -> tuple[str, ...]:
    """How many times faster it is, and how alike; or what it needs."""
    try:
        other = make()
        found = other()
    except ImportError as error:
        return name, f"{error.name} is not installed", ""
    plain_found = plain()
    ratios = []
    for _ in range(rounds):
        single = processor_seconds(plain)
        ratios.append(single / processor_seconds(other))
    return name, spread(ratios, 2), f"{correlation(plain_found, found):.6f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    torch.manual_seed(0)
    unet = Alone(random_unet(CPU, torch.float32)).eval()
    latent, context = full_size_inputs(CPU)
    given = latent, torch.tensor([STEP]), context
    rows: list[tuple[str, ...]] = [("one forward at full size", "times faster than torch", "correlation with it")]
    rows.append(("---", "---:", "---:"))
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        for name, make in others(unet, given, Path(folder)):
            rows.append(row(name, make, lambda: unet(*given).numpy(), asked.rounds))
            print(*rows[-1], sep=" | ", flush=True)
            gc.collect()
    print(as_markdown(rows))


if __name__ == "__main__":
    main()
