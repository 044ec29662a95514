"""Draw the pictures of docs/slicer.md: what Slicer's slice logic composites, with the legend that Slicer draws beside.

`make slicer-pictures` runs it. The radiograph and the colors on it are Slicer's own blend of the view's layers; the bar
and the text below it, which Slicer draws with OpenGL, are drawn here.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import slicer
from PIL import Image, ImageDraw, ImageFont
from pydicom.data import get_testdata_file

from cxr_grounding import Doubted
from cxr_grounding_desktop.slicer_stand_in.scene import new_scene
from CXRGroundingLib.color_maps import LEVEL_NAMES, LEVELS, levelColors
from CXRGroundingLib.logic import GroundingLogic
from CXRGroundingLib.scene_writer import heatStrength
from desktop_pictures import save
from slicer_application import viewsOf

SIZE, BAR, CAPTION = 720, 150, 64
INK, PAPER = (226, 228, 232), (20, 22, 26)
SAMPLE_DATA = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData"


def picture(composite: Any, node: Any) -> Image.Image:
    """The composite [rows, columns, 3] of a finding, with its legend and what must be said beside it."""
    image = Image.new("RGB", (SIZE + BAR, SIZE + CAPTION), PAPER)
    image.paste(Image.fromarray(composite), (0, 0))
    draw, font, small = ImageDraw.Draw(image), ImageFont.load_default(16), ImageFont.load_default(13)
    colors, height = levelColors("inferno", strength=heatStrength(node, Doubted.PALE)), 36
    phrase, verdict, label = (node.GetAttribute(f"CXRGrounding.{name}") for name in ("Phrase", "Verdict", "Label"))
    for row, value in enumerate(range(LEVELS, 0, -1)):
        top = 40 + row * height
        red, green, blue, alpha = colors[value]
        over = tuple(round(alpha * 255 * channel + (1 - alpha) * 90) for channel in (red, green, blue))
        draw.rectangle((SIZE + 16, top, SIZE + 40, top + height - 2), fill=over)
        draw.text((SIZE + 50, top + height / 2), LEVEL_NAMES[value], INK, small, anchor="lm")
    draw.text((SIZE + 16, 20), "Relative heat", INK, font, anchor="lm")
    draw.text((12, SIZE + 20), f"{phrase} - {verdict}", INK, font, anchor="lm")
    draw.text((12, SIZE + 46), label, (224, 176, 80), small, anchor="lm")
    return image


def main(folder: Path) -> None:
    """Write slicer-phantom.png and slicer-real.png."""
    real = get_testdata_file("RG1_J2KR.dcm", download=False)
    shown = {
        "slicer-phantom.png": (SAMPLE_DATA / "phantom-2000012.dcm", "Large left pleural effusion"),
        "slicer-real.png": (Path(str(real)), "left pleural effusion"),
    }
    for name, (path, phrase) in shown.items():
        with tempfile.TemporaryDirectory() as cache:
            slicer.mrmlScene = scene = new_scene(Path(cache))
            application = viewsOf(scene, SIZE)
            logic = GroundingLogic(applicationLogic=application.logic)
            label = logic.ground(logic.loadRadiograph(path), phrase)
            save(picture(application.composite(), label), folder / name)
            logic.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
