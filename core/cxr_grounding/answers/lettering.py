"""Text on a picture, drawn as it is: any phrase in any alphabet, on as many lines as it needs."""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from cxr_grounding.quiet import without_warnings

DPI = 100
"""Pixels an inch, so that points have a size in pixels."""

TEXT_COLOUR = "#e6e8eb"
FAINT_COLOUR = "#9aa0a8"
LABEL_COLOUR = "#e0b050"
BELIEVED_COLOUR = "#8fd694"
DOUBTED_COLOUR = "#f0a07a"

MOST_LINES = 5
"""Of one text; what is left of it is an ellipsis."""
MEAN_LETTER_EM = 0.5
"""The mean width of a letter; lines that turn out wider are broken earlier."""
SHORTEST_LINE = 8


@dataclass(frozen=True)
class Lettering:
    """How a text looks.

    Args:
        points: its size.
        colour: its colour.
        line_pixels: from one line to the next.
    """

    points: float
    colour: str
    line_pixels: int

    def height(self, content: str) -> int:
        """Of the lines of a text, in pixels."""
        return self.line_pixels * (content.count("\n") + 1)

    def wrapped(self, content: str, width: int) -> str:
        """The text broken into lines that fit `width` pixels, ended by an ellipsis where there are too many."""
        content = drawable(content)
        letters = max(int(width * 72 / DPI / self.points / MEAN_LETTER_EM), SHORTEST_LINE)
        while True:
            lines = textwrap.wrap(content, letters, max_lines=MOST_LINES, placeholder=" …")
            widest = max((self.width(line) for line in lines), default=0.0)
            if widest <= width or letters <= SHORTEST_LINE:
                return "\n".join(lines)
            letters = max(min(int(letters * width / widest), letters - 1), SHORTEST_LINE)

    def joined(self, parts: list[str], width: int) -> str:
        """The parts on as many lines as fit `width` pixels; none is broken within."""
        lines = [""]
        for part in parts:
            longer = f"{lines[-1]}   ·   {part}" if lines[-1] else part
            if lines[-1] and self.width(longer) > width:
                lines.append(part)
            else:
                lines[-1] = longer
        return "\n".join(lines)

    @lru_cache(maxsize=256)  # noqa: B019 - a look is a handful of constants, and most lines stand on every picture
    def width(self, line: str) -> float:
        """Of one line, in pixels."""
        with without_warnings():  # a character that the font lacks is drawn as a box, which shows by itself
            width, _, _ = text_to_path.get_text_width_height_descent(line, self.font, False)
        return float(width) * DPI / 72

    @property
    def font(self) -> FontProperties:
        """DejaVu Sans, which comes with matplotlib and has most alphabets, whatever the user's settings are."""
        return FontProperties(family="DejaVu Sans", size=self.points)

    @property
    def drawn_as_it_is(self) -> dict[str, Any]:
        """Arguments for matplotlib's texts, in which dollar signs and backslashes are then no markup."""
        return {"color": self.colour, "fontproperties": self.font, "usetex": False, "parse_math": False}


TITLE = Lettering(13.0, TEXT_COLOUR, 25)
BELIEVED = Lettering(11.0, BELIEVED_COLOUR, 23)
DOUBTED = Lettering(11.0, DOUBTED_COLOUR, 23)
PLACE = Lettering(9.5, TEXT_COLOUR, 19)
SMALL = Lettering(9.5, FAINT_COLOUR, 19)
LABEL = Lettering(9.5, LABEL_COLOUR, 19)


def write_text(
    figure: Figure, at: tuple[float, float], content: str, look: Lettering, *, anchor: str = "top", rotation: float = 0
) -> None:
    """Put a text on a figure.

    Args:
        figure: with `DPI` pixels an inch.
        at: (x, y) in pixels from the figure's top left corner: the text's left edge and its `anchor`.
        content: to be drawn as it is, line ends included.
        look: how.
        anchor: "top" or "center", what of the text is at y.
        rotation: in degrees, against the clock.
    """
    width, height = pixels_of(figure)
    x, y = at
    figure.text(
        x / width,
        1 - y / height,
        content,
        va=anchor,
        ha="left",
        rotation=rotation,
        linespacing=1.25,
        **look.drawn_as_it_is,
    )


def pixels_of(figure: Figure) -> tuple[int, int]:
    """(width, height) of a figure with `DPI` pixels an inch."""
    width, height = figure.get_size_inches()
    return round(width * DPI), round(height * DPI)


def drawable(content: str) -> str:
    """The text on one line, without what no font can draw (control characters, halves of characters)."""
    whole = content.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in whole).split())
