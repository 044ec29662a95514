"""Draw the pictures of docs/honesty.md and README.md: sentences about one phantom, each with its verdict.

`make verdict-pictures` runs it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from cxr_grounding import Doubted, Grounder, Grounding, Radiograph, VerdictKind, read_image
from cxr_grounding.answers.lettering import BELIEVED_COLOUR, DOUBTED_COLOUR, LABEL_COLOUR, TEXT_COLOUR
from cxr_grounding.answers.picture import FOUND, FOUND_IN_DOUBT
from cxr_grounding.answers.shades import blend
from places_pictures import COLOURS, PAPER, SAMPLE

SHEETS = {
    "verdicts.png": (
        "Large left pleural effusion.",
        "Possible left pleural effusion.",
        "Severe cardiomegaly.",
        "No left pleural effusion.",
        "Large right pleural effusion.",
        "Dr. Smith was notified.",
    ),
    "four-phrases.png": (
        "Large left pleural effusion.",
        "Severe cardiomegaly.",
        "Large right pleural effusion.",
        "No left pleural effusion.",
    ),
}
COLUMNS = {"verdicts.png": 3, "four-phrases.png": 4}
WIDTH, GAP, HEAD, FOOT = 290, 10, 50, 40
"""Of one radiograph, around it, of the two lines above it, and of the line below all; in pixels."""
FONT = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
DOT = 3


def overlay(radiograph: Radiograph, answer: Grounding) -> Image.Image:
    """The radiograph with its heat and the boxes around it."""
    scale = WIDTH / radiograph.shape[1]
    size = (round(radiograph.shape[0] * scale), WIDTH)
    strength = Doubted.PALE.strength_of(answer.verdict)
    picture = Image.fromarray((blend(radiograph, answer.heatmap, size, strength) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for box in answer.boxes:
        left, top, right, bottom = (
            round(edge * scale) for edge in (box.x, box.y, box.x + box.width, box.y + box.height)
        )
        if strength == 1:
            draw.rectangle((left, top, right, bottom), outline=FOUND.colour)
        else:
            across = [(x, y) for x in range(left, right, DOT) for y in (top, bottom)]
            down = [(x, y) for y in range(top, bottom, DOT) for x in (left, right)]
            draw.point(across + down, fill=FOUND_IN_DOUBT.colour)
    return picture


def sheet(radiograph: Radiograph, answers: Sequence[Grounding], columns: int) -> Image.Image:
    """The overlays in rows, under each sentence and its verdict, above what must be said beside each."""
    overlays = [overlay(radiograph, answer) for answer in answers]
    tile = HEAD + overlays[0].height
    rows = -(-len(answers) // columns)
    whole = Image.new("RGB", (GAP + columns * (WIDTH + GAP), rows * tile + FOOT), PAPER)
    draw, large, small = ImageDraw.Draw(whole), ImageFont.truetype(FONT, 15), ImageFont.truetype(FONT, 12)
    for place, (answer, picture) in enumerate(zip(answers, overlays, strict=True)):
        assert answer.verdict is not None
        x, y = GAP + place % columns * (WIDTH + GAP), place // columns * tile
        believed = answer.verdict.kind is VerdictKind.POINTS_HERE
        draw.text((x, y + 6), answer.phrase.text, TEXT_COLOUR, large)
        draw.text((x, y + 27), answer.verdict.kind.value, BELIEVED_COLOUR if believed else DOUBTED_COLOUR, large)
        whole.paste(picture, (x, y + HEAD))
    label = f"{answers[0].model.name}: {answers[0].model.label}"
    draw.text((GAP, rows * tile + 14), label, LABEL_COLOUR, small)
    return whole.quantize(COLOURS, Image.Quantize.MAXCOVERAGE)  # which keeps the colours of few letters


def main(folder: Path) -> None:
    """Write each of `SHEETS`."""
    radiograph = read_image(SAMPLE)
    grounder = Grounder.open()
    grounder.set_radiograph(radiograph)
    phrases = list(dict.fromkeys(phrase for sentences in SHEETS.values() for phrase in sentences))
    answers = {phrase: grounder.ground(phrase) for phrase in phrases}
    for name, sentences in SHEETS.items():
        picture = sheet(radiograph, [answers[sentence] for sentence in sentences], COLUMNS[name])
        picture.save(folder / name, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
