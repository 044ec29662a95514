"""Draw the pictures of docs/places.md: phrases with and without a place on one phantom, and a finding on both sides.

`make places-pictures` runs it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from cxr_grounding import Caption, Grounder, Marks, Radiograph, draw_overlay, read_image
from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.findings import Finding

WIDTH, GAP = 560, 8
"""Of one answer's picture, and between two, in pixels."""
PAPER = (20, 22, 26)
COLOURS = 256
SAMPLE = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData" / "phantom-2000012.dcm"
BOTH_SIDES = tuple(
    Finding(Pathology.PLEURAL_EFFUSION, side, "", severity, seed)
    for side, severity, seed in (("left", "moderate", 1), ("right", "large", 2))
)


def answers(grounder: Grounder, radiograph: Radiograph, phrases: Sequence[str]) -> Image.Image:
    """The pictures of some phrases about one radiograph, two in a row."""
    grounder.set_radiograph(radiograph)
    pictures = []
    for phrase in phrases:
        answer = grounder.ground(phrase)
        picture = draw_overlay(radiograph, answer.heatmap, Caption.of(answer), Marks.of(answer))
        height = round(picture.height * WIDTH / picture.width)
        pictures.append(picture.resize((WIDTH, height), Image.Resampling.LANCZOS))
    rows = [pictures[start : start + 2] for start in range(0, len(pictures), 2)]
    heights = [max(picture.height for picture in row) for row in rows]
    sheet = Image.new("RGB", (2 * WIDTH + GAP, sum(heights) + GAP * (len(rows) - 1)), PAPER)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            sheet.paste(picture, (column * (WIDTH + GAP), top))
        top += height + GAP
    return sheet.quantize(COLOURS, Image.Quantize.MAXCOVERAGE)  # which keeps the colours of few letters


def main(folder: Path) -> None:
    """Write places.png and places-both-sides.png."""
    grounder = Grounder.open()
    phrases = ("pleural effusion", "left pleural effusion", "right pleural effusion", "Large left pleural effusion.")
    answers(grounder, read_image(SAMPLE), phrases).save(folder / "places.png", optimize=True)
    both = draw_phantom(8_500_000, findings=BOTH_SIDES).radiograph
    answers(grounder, both, ("pleural effusion", "bilateral pleural effusion")).save(
        folder / "places-both-sides.png", optimize=True
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
