"""What was measured as Markdown: ratios first, seconds only for a GPU."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

MODELS = {"full-size": "The published architecture, random weights", "bundled": "The bundled model"}
NOTHING = "-"


def as_tables(results: dict[str, Any]) -> str:
    """Sentences and tables for one machine.

    Args:
        results: as `bench` writes them to JSON; of a whole run, the full-size model alone.
    """
    parts = [_machine(results["full-size"]["rounds"][0]["plain"])]
    for name, title in MODELS.items():
        if name in results:
            parts += [f"**{title}.** {_how(results[name])}", _grounding(results[name]), _kept(results[name]["rounds"])]
    if "starting" in results:
        parts.append(_starting(results["starting"]["rounds"]))
    return "\n\n".join(parts) + "\n"


def put_into_page(page: str, name: str, text: str) -> str:
    """The page with `text` between the markers of that name.

    Args:
        page: Markdown with the lines `<!-- name: begin -->` and `<!-- name: end -->`.
        name: "cpu" or "gpu".
        text: in place of what stood there.

    Raises:
        ValueError: when the markers are not there.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    if begin not in page or end not in page:
        raise ValueError(f"the page has no markers for {name!r}")
    before, rest = page.split(begin, 1)
    return before + begin + text + end + rest.split(end, 1)[1]


def write_into_page(page: Path, name: str, text: str) -> None:
    """The same in the page's file."""
    page.write_text(put_into_page(page.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table, line by line; the second row is the line under the headings."""
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def threads(count: int) -> str:
    """In words."""
    return f"{count} thread{'s' if count > 1 else ''}"


def _machine(run: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    return f"Measured on: {run['device']}{'' if run['is_gpu'] else ', ' + threads(run['threads'])}; {versions}."


def _how(measured: dict[str, Any]) -> str:
    """How much of it ran, how often, and how alike the two maps are."""
    rounds = measured["rounds"]
    times = f"{len(rounds)} rounds in turns" if len(rounds) > 1 else "One round"
    if not measured["short"]:
        alike, precision = measured["alike"], rounds[0]["phrases"]["precision"]
        how = "" if precision == "single" else f"The engine's U-Net computed in {precision} precision. "
        return (
            f"{times}, all steps. {how}The two heatmaps differ by at most {alike['largest_difference']:.0e} of their "
            f"range; their correlation is {alike['correlation']:.6f}."
        )
    plain, first = rounds[0]["plain"], rounds[0]["phrases"]["first"]
    return (
        f"{times}, **scaled**: the plain procedure ran {plain['passes_run']['full']} of its {plain['passes']['full']} "
        f"forwards, the engine {_ran(first)} for the first phrase; each missing pass counts as the median of those "
        "that ran, each missing step of the plain procedure as the bytes that a step was seen to keep."
    )


def _ran(part: dict[str, Any]) -> str:
    ran, asked = part["passes_run"], part["passes"]
    return f"{ran['full']} of {asked['full']} forwards and {ran['partial']} of {asked['partial']} passes"


def _grounding(measured: dict[str, Any]) -> str:
    """One model's table."""
    rounds, cost = measured["rounds"], measured["cost"]
    gpu = rounds[0]["plain"]["is_gpu"]
    parts: list[tuple[str, int, Callable[[dict[str, Any]], dict[str, Any]]]] = [
        ("plain procedure, each phrase", 1, lambda run: run["plain"]),
        ("engine, first phrase", 1, lambda run: run["phrases"]["first"]),
        ("engine, next phrase", 1, lambda run: run["phrases"]["next"]),
        ("engine, report of ten phrases", 10, lambda run: run["report"]["report"]),
    ]
    if "report" not in rounds[0]:
        del parts[-1]
    head = ["", "forwards' worth", "plain work / this", "plain time / this", "time / first phrase", "peak host memory"]
    head += ["plain memory / this", "time / floor", *(["peak device memory", "seconds"] if gpu else [])]
    rows = [head, ["---", *["---:"] * (len(head) - 1)]]
    for title, phrases, get in parts:
        runs = [get(run) for run in rounds]
        worth, plain_worth = _worth(runs[0]["passes"], cost), _worth(rounds[0]["plain"]["passes"], cost)
        faster = [
            phrases * run["plain"]["scaled_seconds"] / one["scaled_seconds"]
            for run, one in zip(rounds, runs, strict=True)
        ]
        of_first = [
            one["scaled_seconds"] / run["phrases"]["first"]["scaled_seconds"]
            for run, one in zip(rounds, runs, strict=True)
        ]
        memory = statistics.median(_host(one) for one in runs)
        plain_memory = statistics.median(_host(run["plain"]) for run in rounds)
        row = [title, f"{worth:.0f}", f"{phrases * plain_worth / worth:.1f}", spread(faster), spread(of_first, 2)]
        floor = worth * cost["full"] / measured["rate"]
        row += [f"{memory / 1e9:.1f} GB", f"{plain_memory / memory:.1f}"]
        row += [spread([one["scaled_seconds"] / floor for one in runs])]
        if gpu:
            device = runs[0]["peak_device_bytes"]
            row += [NOTHING if device is None else f"{device / 1e9:.1f} GB"]
            row += [f"{statistics.median(one['scaled_seconds'] for one in runs):.3g}"]
        rows.append(row)
    return as_markdown(rows)


def _kept(rounds: list[dict[str, Any]]) -> str:
    """What the maps alone take, and the ratio for a reader who would have kept those of the phrase alone."""
    plain = statistics.median(_host(run["plain"]) for run in rounds)
    engine = statistics.median(_host(run["phrases"]["first"]) for run in rounds)
    maps = rounds[0]["plain"]["bytes_per_step"] * rounds[0]["plain"]["passes"]["full"] // 2
    return (
        f"The maps alone are {maps / 1e9:.1f} GB. Were only those of the phrase's branch kept, the plain procedure "
        f"would hold {(plain - maps / 2) / engine:.1f} times the engine's memory for the first phrase."
    )


def _starting(rounds: list[dict[str, Any]]) -> str:
    ratios = [run["worker"]["seconds"] / run["import-torch"]["seconds"] for run in rounds]
    computing = [run["worker"]["of_which_computing"] / run["import-torch"]["seconds"] for run in rounds]
    rest = [ratio - part for ratio, part in zip(ratios, computing, strict=True)]
    return (
        "**Start-up.** The worker's first answer on the bundled model, from no process to the heatmap, takes "
        f"{spread(ratios, 2)} times what `import torch` alone takes: {spread(rest, 2)} for the process, imports and "
        f"opening the model, {spread(computing, 2)} for computing ({len(rounds)} in turns)."
    )


def _worth(passes: dict[str, int], cost: dict[str, int]) -> float:
    """In full forwards; what was measured before passes shared how they begin does not say how many do."""
    begun = passes.get("begun", 0) * cost.get("begun", 0)
    return passes["full"] + (passes["partial"] * cost["partial"] - begun) / cost["full"]


def _host(run: dict[str, Any]) -> float:
    return run.get("scaled_peak_host_bytes", run["peak_host_bytes"])


def spread(values: list[float], digits: int = 1) -> str:
    """The median, and the lowest and highest where there are several."""
    middle = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


if __name__ == "__main__":
    print(as_tables(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), end="")
