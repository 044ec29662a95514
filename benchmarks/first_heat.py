"""From the click on Ground to the first heat in the desktop window, with the bundled model: docs/performance.md.

    python -m benchmarks.first_heat [--rounds 5] [--write]

Each measurement is a window of its own, without a screen, in a process of its own; in turns, one whose engine starts
with the click, and one whose engine has started beside the radiograph that was opened, as it does for a user who looks
at it for a while. Ratios are taken within a round, and to `import torch` alone in the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any

from benchmarks.bench import PAGE, ROOT
from benchmarks.tables import as_markdown, put_into_page, spread

LOOKING_SECONDS = 15.0
"""Between a radiograph and the click; long enough for an engine to start on a slow machine."""

WAYS = {"starts with the click": False, "has started beside the radiograph": True}


def measure(is_warm: bool) -> dict[str, float]:
    """Seconds from opening the window to the radiograph in it, and from the click to the heat, in this process."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    begun = time.perf_counter()
    from benchmarks.interface import PHANTOM, PHRASE
    from cxr_grounding_desktop.slicer_stand_in.host import Host
    from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
    from cxr_grounding_desktop.viewer.program import make_application, make_window

    application = make_application(sys.argv[:1])
    host = Host(testing=True)
    try:
        window = make_window(host)
        if not is_warm:
            host.widget._run._warmUpTimer.setInterval(10**9)
        window.show()
        window.open_paths([str(PHANTOM)])
        application.processEvents()
        shown = time.perf_counter() - begun
        host.widget.ui.phraseComboBox.setEditText(PHRASE)
        until = time.perf_counter() + LOOKING_SECONDS
        while time.perf_counter() < until:
            application.processEvents()
            time.sleep(0.02)
        clicked = time.perf_counter()
        unwrap(host.widget.ui.groundButton).click()
        while not host.widget._run.answered:
            application.processEvents()
            time.sleep(0.005)
        return {"window": shown, "heat": time.perf_counter() - clicked}
    finally:
        host.close()


def _measured(*options: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.first_heat", *options]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def imported() -> float:
    """Seconds of a fresh interpreter that imports torch."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - begun


def as_table(rounds: list[dict[str, Any]]) -> str:
    """Markdown."""
    first = next(iter(WAYS))
    rows = [["the engine", "from the click to the heat", "in `import torch` alone"], ["---", "---:", "---:"]]
    for way in WAYS:
        ratios = [one[way]["heat"] / one[first]["heat"] for one in rounds]
        rows.append([way, spread(ratios, 2), spread([one[way]["heat"] / one["torch"] for one in rounds], 2)])
    window = spread([one[way]["window"] / one["torch"] for one in rounds for way in WAYS], 2)
    return (
        f"{len(rounds)} rounds in turns, {os.cpu_count()} processors.\n\n{as_markdown(rows)}\n\n"
        f"From the program's start to the radiograph in the window: {window} of `import torch` alone.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    parser.add_argument("--once", choices=("cold", "warm"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(asked.once == "warm")))
        return
    rounds: list[dict[str, Any]] = []
    for _ in range(asked.rounds):
        found: dict[str, Any] = {
            way: _measured("--once", "warm" if is_warm else "cold") for way, is_warm in WAYS.items()
        }
        rounds.append(found | {"torch": imported()})
    table = as_table(rounds)
    if asked.write:
        PAGE.write_text(put_into_page(PAGE.read_text(encoding="utf-8"), "first-heat", table), encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
