"""What takes the time in one forward of the full-size U-Net: a table by operator for docs/performance.md.

    python -m benchmarks.operators [--device cpu] [--write]

In the precision that the engine takes on that device.

Shares of one forward, not seconds; forwards are most of what the engine does (docs/performance.md).
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import torch
from torch._C._autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from benchmarks.bench import PAGE
from benchmarks.cost import Counter
from benchmarks.full_size import UNET
from benchmarks.rate import matrix_rate, timed
from benchmarks.tables import as_markdown, threads, write_into_page
from cxr_grounding.diffusion import components
from cxr_grounding.diffusion.device import pick_precision
from cxr_grounding.diffusion.networks.precision import in_precision
from cxr_grounding.diffusion.replay import ReplayedPass

KINDS = {
    "convolution": ("conv", "mkldnn_reorder"),
    "matrix products": ("addmm", "aten::mm", "aten::bmm", "baddbmm", "mkl_linear", "gemm"),
    "attention": ("scaled_dot_product", "_attention_forward", "softmax", "flash", "fmha"),
    "group and layer norms": ("norm",),
    "activations": ("silu", "gelu", "sigmoid"),
    "copies, sums and joins": ("copy", "add", "mul", "cat", "upsample", "to_copy", "clone", "elementwise"),
}
"""Parts of operators' names, in the order in which they are tried."""


def measure_shares(unet: torch.nn.Module, device: torch.device, forwards: int) -> dict[str, float]:
    """Share of the time that each kind of operator takes itself.

    Args:
        unet: of the published architecture.
        device: where it is.
        forwards: how many are measured, after one that is not.
    """
    latent, context = full_size_inputs(device)
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    with torch.inference_mode():
        unet(latent, 500, context, return_dict=False)
        with profile(activities=activities) as found:
            for _ in range(forwards):
                unet(latent, 500, context, return_dict=False)
    spent: dict[str, float] = defaultdict(float)
    for event in found.key_averages():
        if event.device_type != DeviceType.CPU:
            continue  # a GPU's kernel, whose time is that of the operator which asked for it
        spent[_kind(event.key)] += event.self_device_time_total if device.type == "cuda" else event.self_cpu_time_total
    total = sum(spent.values())
    return {kind: took / total for kind, took in sorted(spent.items(), key=lambda entry: -entry[1])}


def measure_rate(unet: torch.nn.Module, device: torch.device) -> float:
    """How many times longer a forward takes, as the engine has it done, than its operations as one matrix product."""
    latent, context = full_size_inputs(device)

    def forward(latents: torch.Tensor, timestep: int | torch.Tensor) -> torch.Tensor:
        return unet(latents, timestep, context, return_dict=False)[0]

    engines = ReplayedPass(forward) if device.type == "cuda" else forward
    with torch.inference_mode(), Counter() as counter:
        forward(latent, 500)
    with torch.inference_mode():
        seconds = min(timed(device, lambda: engines(latent, 500)) for _ in range(4))
    return seconds * matrix_rate(device, latent.dtype) / counter.flops


def as_table(shares: dict[str, float], rate: float, device: torch.device) -> str:
    """Markdown."""
    where = "a GPU" if device.type == "cuda" else f"a CPU, {threads(torch.get_num_threads())}"
    rows = [(kind, f"{share:.0%}") for kind, share in shares.items() if share >= 0.005]
    table = as_markdown([("operators", "share of the time"), ("---", "---:"), *rows])
    number = str(pick_precision("auto", device)).removeprefix("torch.")
    return (
        f"On {where}, one forward at full size in {number}:\n\n{table}\n\n"
        f"The forward takes {rate:.1f} times as long as its operations would take at the rate that one large "
        "matrix product reaches on the same device.\n"
    )


def random_unet(device: torch.device, dtype: torch.dtype | None = None) -> torch.nn.Module:
    """The network that the engine opens, with weights that are no matter, in the precision that it takes there."""
    with torch.device("meta"):
        unet = components.UNETS[UNET["_class_name"]].build(dict(UNET))
    unet = unet.to_empty(device=device).eval().requires_grad_(False)
    for name, weight in unet.named_parameters():
        torch.nn.init.normal_(weight, std=0.02)
        weight.data = in_precision(name, weight.data, dtype or pick_precision("auto", device))
    return unet


def full_size_inputs(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """A latent and a context of the published shapes."""
    dtype = torch.float16 if pick_precision("auto", device) == torch.float16 else torch.float32
    latent, context = torch.randn(1, 3, 64, 64, device=device), torch.randn(1, 77, 1024, device=device)
    return latent.to(dtype), context.to(dtype)


def _kind(operator: str) -> str:
    name = operator.lower()
    return next((kind for kind, parts in KINDS.items() if any(part in name for part in parts)), "all other")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--forwards", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    device = torch.device(asked.device)
    unet = random_unet(device)
    table = as_table(measure_shares(unet, device, asked.forwards), measure_rate(unet, device), device)
    if asked.write:
        write_into_page(PAGE, "profile" if device.type == "cpu" else "gpu-profile", table)
    print(table)


if __name__ == "__main__":
    main()
