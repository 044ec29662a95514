"""One measurement in a process of its own; prints one JSON object.

    python -m benchmarks.scenario SCENARIO --model FOLDER [--device cpu] [--short]

A short measurement runs part of the steps and says so: every further pass is taken to last as long as the middle one of
those that ran (`scaled_seconds`), and every further step of the plain procedure to keep as many bytes.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

PHRASES = (
    "small left pleural effusion",
    "moderate right pleural effusion",
    "cardiac enlargement",
    "right upper lobe consolidation",
    "left lower lung opacity",
    "tiny left apical pneumothorax",
    "patchy pneumonia in the right lower zone",
    "linear atelectasis at the left base",
    "interstitial edema",
    "hazy opacity in the right mid lung",
)
"""A report of ten. What they say changes nothing about what they cost."""

PHANTOM = 2_000_012
"""The radiograph: a phantom, for speed does not depend on what is seen either."""

INSTRUCTIONS = ("avx2", "avx512_f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_fp16")
"""Of a processor, by torch's names, that decide how fast it multiplies."""

SHORT_STEPS = 4
"""Of the plain procedure."""

SHORT_RECIPES = {
    "phrases": {"steps": 100, "window_center_percent": 4, "window_half_width_percent": 4},
    "report": {"steps": 100, "window_center_percent": 2, "window_half_width_percent": 2},
}
"""Of the engine: 7 forwards and 8 passes a phrase, 3 and 4."""


class Stopwatch:
    """A `Progress` that notes how long every bit of work took.

    Attributes:
        chunks: by stage, (units of work, seconds) in order.
    """

    def __init__(self) -> None:
        self.chunks: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self._last = ("", 0, 0.0)

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.perf_counter()
        last_stage, last_done, since = self._last
        if stage == last_stage and done > last_done:
            self.chunks[stage].append((done - last_done, now - since))
        self._last = (stage, done, now)

    def missing_seconds(self, stage: str, units: int) -> float:
        """How long so many more units would take, each as long as the middle one of those that were seen."""
        if units <= 0:
            return 0.0
        return units * statistics.median(seconds / count for count, seconds in self.chunks[stage])


def run_plain(folder: Path, device: str, short: bool) -> dict[str, Any]:
    """METHOD 3 and 4 done plainly, one phrase."""
    import torch

    from benchmarks.plain import PlainModel
    from cxr_grounding.diffusion.device import pick_device
    from cxr_grounding.diffusion.text import TextTokenizer
    from cxr_grounding.frame import ModelFrame, apply_intensity
    from cxr_grounding.phrase import SPECIAL_TOKENS, Phrase, empty_prompt
    from cxr_grounding.recipe import FILE_NAME, read_grounding_file

    recipe = read_grounding_file(folder / FILE_NAME)[1]
    chosen = pick_device(device)
    torch.empty(0, device=chosen)
    model = PlainModel(folder, chosen)
    tokenizer = TextTokenizer.open(folder / "tokenizer", recipe.max_tokens)
    radiograph, phrase = _radiograph(), Phrase.of(PHRASES[0], tokenizer)
    started = time.perf_counter()
    frame_image = ModelFrame.of(radiograph, recipe).to_model(apply_intensity(radiograph.pixels, recipe.intensity))
    prepared = time.perf_counter() - started
    run = model.run(
        recipe,
        frame_image,
        [list(empty_prompt(tokenizer)), list(phrase.padded_ids)],
        [SPECIAL_TOKENS, len(phrase.token_ids)],
        SHORT_STEPS if short else None,
    )
    ran, missing = len(run.step_seconds), run.steps - len(run.step_seconds)
    seconds = prepared + run.before_seconds + sum(run.step_seconds) + run.after_seconds
    peak = peak_host_bytes()
    return {
        **_machine(chosen),
        "passes": {"full": 2 * run.steps, "partial": 0},
        "passes_run": {"full": 2 * ran, "partial": 0},
        "seconds": seconds,
        "scaled_seconds": seconds + missing * statistics.median(run.step_seconds),
        "peak_host_bytes": peak,
        "scaled_peak_host_bytes": peak + missing * run.bytes_per_step,
        "bytes_per_step": run.bytes_per_step,
        "heatmap_raw": run.heatmap_raw,
    }


def run_phrases(folder: Path, device: str, short: bool, precision: str = "auto") -> dict[str, Any]:
    """The engine: a radiograph and its first phrase, then the next phrase."""
    grounder, whole = _grounder(folder, device, "phrases" if short else None, precision)
    radiograph = _radiograph()
    first, answer = _timed(grounder, whole, [PHRASES[0]], radiograph)
    next_phrase, _ = _timed(grounder, whole, [PHRASES[1]])
    return {**_machine(grounder.model.device), "first": first, "next": next_phrase, "heatmap_raw": answer} | {
        "precision": grounder.model.precision
    }


def run_report(folder: Path, device: str, short: bool) -> dict[str, Any]:
    """The engine: a radiograph and a report of ten phrases."""
    grounder, whole = _grounder(folder, device, "report" if short else None)
    report, _ = _timed(grounder, whole, list(PHRASES), _radiograph())
    return {**_machine(grounder.model.device), "report": report}


def run_rate(_: Path, device: str, short: bool) -> dict[str, Any]:
    """How fast the device multiplies, in the precision that the engine takes there."""
    from benchmarks.rate import matrix_rate
    from cxr_grounding.diffusion.device import pick_device, pick_precision

    chosen = pick_device(device)
    return {"flops_per_second": matrix_rate(chosen, pick_precision("auto", chosen))}


def run_cost(folder: Path, *_: Any) -> dict[str, Any]:
    """Operations of a full and of a partial pass."""
    from benchmarks.cost import cost_of_folder

    return {"cost": asdict(cost_of_folder(folder))}


def run_import_torch(*_: Any) -> dict[str, Any]:
    """A fresh interpreter that imports torch and ends."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return {"seconds": time.perf_counter() - started}


def run_worker(folder: Path, device: str, _: bool) -> dict[str, Any]:
    """From a program without a worker to the worker's first answer: process, imports, model, radiograph, phrase."""
    from cxr_grounding import Worker

    radiograph = _radiograph()
    started = time.perf_counter()
    with Worker() as worker:
        worker.load(folder, device=device)
        worker.set_radiograph(radiograph)
        found = worker.wait(worker.ground(PHRASES[0]))
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "of_which_computing": sum(found.seconds.values())}


SCENARIOS: dict[str, Any] = {
    "plain": run_plain,
    "phrases": run_phrases,
    "report": run_report,
    "rate": run_rate,
    "cost": run_cost,
    "import-torch": run_import_torch,
    "worker": run_worker,
}


def _grounder(folder: Path, device: str, short: str | None, precision: str = "auto") -> tuple[Any, Any]:
    """The engine, and the model's own recipe, whatever part of it is run."""
    from cxr_grounding.grounder import Grounder

    grounder = Grounder.open(folder, device=device, preset="paper", precision=precision)
    whole = grounder.recipe
    if grounder.model.device.type == "cuda":  # where the first calls choose their kernels, once a process
        grounder.set_radiograph(_radiograph(PHANTOM + 1))
        grounder.ground(PHRASES[0])
    return (
        grounder if short is None else Grounder(grounder.model, recipe=whole.replace(**SHORT_RECIPES[short]))
    ), whole


def _timed(grounder: Any, whole: Any, phrases: list[str], radiograph: Any = None) -> tuple[dict[str, Any], Any]:
    """Ground phrases, on a radiograph that is set first where one is given; what that took, and the first raw map."""
    calls, watch = grounder.model.unet_calls, Stopwatch()
    before, started = dict(calls), time.perf_counter()
    if radiograph is not None:
        grounder.set_radiograph(radiograph, progress=watch)
    answers = grounder.ground(phrases, keep_arrays=True, progress=watch)
    seconds = time.perf_counter() - started
    ran = {kind: calls[kind] - before.get(kind, 0) for kind in ("full", "partial")}
    start, stop = whole.window
    new = 0 if radiograph is None else 1
    asked = {"full": new * (stop - 1), "partial": (stop - start) * len(phrases)}
    asked["begun"] = (stop - start) * (len(phrases) - new)
    missing = watch.missing_seconds("inversion", asked["full"] - ran["full"])
    missing += watch.missing_seconds("attention", asked["partial"] - ran["partial"])
    took = {
        "passes": asked,
        "passes_run": ran,
        "seconds": seconds,
        "scaled_seconds": seconds + missing,
        "peak_host_bytes": peak_host_bytes(),
        "peak_device_bytes": _peak_device_bytes(grounder.model.device),
    }
    return took, answers[0].arrays.heatmap_raw


def _radiograph(seed: int = PHANTOM) -> Any:
    from cxr_grounding.phantom.drawing import draw_phantom

    return draw_phantom(seed, 1024).radiograph


def peak_host_bytes() -> int:
    """Most memory that was resident in this process so far, mapped files included."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


def _peak_device_bytes(device: Any) -> int | None:
    import torch

    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


def _machine(device: Any) -> dict[str, Any]:
    """What computed, in words that name no one's machine."""
    import torch

    cuda = device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(device) if cuda else processor(),
        "is_gpu": device.type != "cpu",
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in ("torch", "diffusers", "transformers")},
        "peak_device_bytes": _peak_device_bytes(device),
    }


def processor() -> str:
    """Its name, and what torch says of its instructions."""
    import torch

    told: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    has = ", ".join(name for name in INSTRUCTIONS if told.get(name)) or "none of " + ", ".join(INSTRUCTIONS)
    return f"{_processor_name()} ({has})"


def _processor_name() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=sorted(SCENARIOS))
    parser.add_argument("--model", type=Path, required=True, help="a model folder")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto", help="of the scenario phrases")
    parser.add_argument("--short", action="store_true", help="run part of the steps and scale by what is left out")
    parser.add_argument("--heatmap", type=Path, help="where to save the first phrase's map (.npy), before METHOD 5")
    asked = parser.parse_args()
    beside = {"precision": asked.precision} if asked.scenario == "phrases" else {}
    measured = SCENARIOS[asked.scenario](asked.model, asked.device, asked.short, **beside)
    heatmap = measured.pop("heatmap_raw", None)
    if asked.heatmap is not None and heatmap is not None:
        np.save(asked.heatmap, heatmap)
    print(json.dumps({"scenario": asked.scenario, "short": asked.short} | measured))


if __name__ == "__main__":
    main()
