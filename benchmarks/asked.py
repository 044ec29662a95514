"""What the forms of a phrase take in time, beside what they cost in counted passes: docs/performance.md.

    python -m benchmarks.asked [--rounds 3] [--write]

Asks one phantom with the bundled model for a name alone, a side and a name, and sentences that say where, each as the
first phrase on the radiograph and as the next one. Processor seconds of one thread, so that other programs on the
machine change them little; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

import torch

from benchmarks.bench import PAGE
from benchmarks.busy import PHANTOM
from benchmarks.rate import processor_seconds
from benchmarks.tables import as_markdown, spread, write_into_page
from cxr_grounding import Grounder, Radiograph, read_image
from cxr_grounding.diffusion.latent_cache import LatentCache

FORMS = {
    "a sentence with its place": "Large left pleural effusion.",
    "the same of an airspace finding": "Hazy opacity in the left lower lung.",
    "a name alone, 6 places": "opacity",
    "a name alone, 3 sizes": "cardiomegaly",
    "a side and a name, 3 places and 3 across": "left opacity",
}
BESIDE = next(iter(FORMS))
"""What the others are compared with."""
BEFORE = "Right apical pneumothorax."
"""Is asked first where the next phrase is measured."""
PRESETS = ("full", "fast")

Seconds = dict[tuple[str, str, str], float]
"""By preset, form, and "first" or "next"."""


def measure_round(engines: dict[str, Grounder], radiograph: Radiograph) -> Seconds:
    """Processor seconds of each form in each preset."""
    found: Seconds = {}
    for preset, grounder in engines.items():
        for form, phrase in FORMS.items():
            found[preset, form, "first"] = processor_seconds(partial(_ask, grounder, radiograph, [phrase]))
            _ask(grounder, radiograph, [BEFORE])
            found[preset, form, "next"] = processor_seconds(partial(grounder.ground, phrase))
    return found


def _ask(grounder: Grounder, radiograph: Radiograph, phrases: Sequence[str]) -> None:
    """From nothing: what the last radiograph's phrases share is forgotten."""
    grounder.cache = LatentCache()
    grounder.set_radiograph(radiograph)
    for phrase in phrases:
        grounder.ground(phrase)


def as_table(rounds: Sequence[Seconds]) -> str:
    """Markdown: the ratio to a sentence's time in the same round, and in brackets the processor seconds."""
    headings = ["preset", "asked", "first phrase / a sentence's", "next phrase / a sentence's"]
    rows = [headings, ["---", "---", "---:", "---:"]]
    for preset in PRESETS:
        for form in FORMS:
            rows.append([f"`{preset}`", form, *(_compared(rounds, preset, form, turn) for turn in ("first", "next"))])
    return as_markdown(rows) + "\n"


def _compared(rounds: Sequence[Seconds], preset: str, form: str, turn: str) -> str:
    ratios = [one[preset, form, turn] / one[preset, BESIDE, turn] for one in rounds]
    seconds = statistics.median(one[preset, form, turn] for one in rounds)
    return f"{spread(ratios, 2)}, {seconds:.1f} s"


def main() -> None:
    """Measure, print the table, and put it into the page where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"Also put the table into {PAGE.name}.")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    radiograph = read_image(PHANTOM)
    with ExitStack() as opened:
        engines = {preset: Grounder.open(device="cpu", preset=preset) for preset in PRESETS}
        for grounder in engines.values():
            opened.callback(grounder.close)
            _ask(grounder, radiograph, [BEFORE])  # what is made once a process is not measured
        table = as_table([measure_round(engines, radiograph) for _ in range(asked.rounds)])
    print(table)
    if asked.write:
        write_into_page(PAGE, "asked", table)


if __name__ == "__main__":
    main()
