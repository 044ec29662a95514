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
import sys
import time
from typing import Any

from benchmarks.alone import run_alone
from benchmarks.bench import PAGE
from benchmarks.scenario import run_import_torch
from benchmarks.tables import as_markdown, spread, write_into_page

LOOKING_SECONDS = 15.0
"""Between a radiograph and the click; long enough for an engine to start on a slow machine."""

WAYS = {"cold": "starts with the click", "warm": "has started beside the radiograph"}


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


def as_table(rounds: list[dict[str, Any]]) -> str:
    """Markdown."""
    rows = [["the engine", "from the click to the heat", "in `import torch` alone"], ["---", "---:", "---:"]]
    for way, told in WAYS.items():
        ratios = [one[way]["heat"] / one["cold"]["heat"] for one in rounds]
        rows.append([told, spread(ratios, 2), spread([one[way]["heat"] / one["torch"] for one in rounds], 2)])
    window = spread([one[way]["window"] / one["torch"] for one in rounds for way in WAYS], 2)
    return (
        f"{len(rounds)} rounds in turns, {os.cpu_count()} processors.\n\n{as_markdown(rows)}\n\n"
        f"From the program's start to the radiograph in the window: {window} of `import torch` alone.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    parser.add_argument("--once", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(measure(asked.once == "warm")))
        return
    rounds = [
        {way: run_alone("first_heat", "--once", way) for way in WAYS} | {"torch": run_import_torch()["seconds"]}
        for _ in range(asked.rounds)
    ]
    table = as_table(rounds)
    if asked.write:
        write_into_page(PAGE, "first-heat", table)
    print(table)


if __name__ == "__main__":
    main()
