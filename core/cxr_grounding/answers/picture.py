"""Write one picture that a person can read: the radiograph, where the phrase points, and the model's label."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, withStroke
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.disk.whole import written_whole
from cxr_grounding.quiet import without_warnings
from cxr_grounding.radiograph import Box, Radiograph

DPI = 100
LONGEST_SIDE = 1000
"""Of the radiograph on the picture, in pixels."""
SHORTEST_SIDE = 420
"""The radiograph's width is not drawn narrower, so that the text beside it has room; longer images are then taller."""

BACKGROUND = "#14161a"
TEXT_COLOUR = "#e6e8eb"
FAINT_COLOUR = "#9aa0a8"
LABEL_COLOUR = "#e0b050"
BOX_COLOUR = "#7fe3ff"
ANNOTATED_COLOUR = "#ff6bf2"
FRAME_COLOUR = "#b8bec8"

HEAT_COLOURS = matplotlib.colormaps["inferno"]
HEAT_COLOUR_RANGE = (0.30, 0.97)
"""The part of the colours that is used; below, they are too dark to be told from the lungs."""
STRONGEST_OPACITY = 0.7
"""Of the hottest pixel; opacity rises evenly with heat, so that cold anatomy is untouched and hot anatomy visible."""
ANATOMY_BRIGHTNESS, UNSEEN_BRIGHTNESS = 0.9, 0.42
"""White of the radiograph where the model looked, dimmed a little so that heat stands out, and where it did not."""
HATCH_PERIOD, HATCH_WIDTH, HATCH_LIGHT = 14, 2, 0.16
"""Diagonal lines over what the model did not see: pixels from one to the next, pixels wide, brightness added."""

ROBUST_PERCENTILES = (0.5, 99.5)
"""Grey values shown as black and white where the file does not say, or says what leaves no contrast."""
LEAST_CONTRAST = 0.25
"""Least distance of the 5th and 95th percentile of brightness that a file's own display must keep to be used."""

MARGIN, BAR_GAP, BAR_WIDTH, BAR_TEXT_WIDTH = 28, 22, 18, 72
LONGEST_BAR = 480
BAR_GREY = 0.55
"""The brightness of the anatomy that the colour bar shows the colours over."""
TITLE_POINTS, SMALL_POINTS = 13.0, 9.5
LINE_PIXELS, SMALL_LINE_PIXELS = 25, 19
MOST_TITLE_LINES = 5
MEAN_LETTER_EM = 0.5
"""The mean width of a letter; lines that turn out wider are broken earlier."""
SHORTEST_LINE = 8
OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}


@dataclass(frozen=True)
class _Layout:
    """Pixels of the picture, from its top left corner."""

    width: int
    height: int
    image: Box
    bar: Box


def write_overlay(
    path: Path | str,
    radiograph: Radiograph,
    *,
    heatmap: NDArray[np.float32],
    phrase: str,
    label: str,
    boxes: Sequence[Box] = (),
    annotated: Sequence[Box] = (),
    seen: Box | None = None,
    sides: tuple[str, str] | None = None,
) -> None:
    """Write the overlay of a heatmap on its radiograph as a PNG.

    The radiograph is drawn on its stored grid, stretched where its spacing is not square.

    Args:
        path: of the PNG; an earlier file is replaced; nothing half-written is left.
        radiograph: the radiograph.
        heatmap: [rows, columns] on its grid, float32, 0 to 1, NaN where the model did not look.
        phrase: drawn as it is, on one to `MOST_TITLE_LINES` lines.
        label: what must be said beside every result of the model (`ModelIdentity.label`).
        boxes: in pixels of the radiograph.
        annotated: likewise, what an annotator drew; in another line and colour, and named below the picture.
        seen: the square that the model saw, in pixels of the radiograph; None draws no frame.
        sides: short marks at the image's left and right edge; by default the patient's sides, where they are known.

    Raises:
        OutputError: when the picture cannot be written.
    """
    if heatmap.shape != radiograph.shape:
        raise ValueError(f"the heatmap is {heatmap.shape}, but the radiograph is {radiograph.shape}")
    path = Path(path)
    picture = _draw(radiograph, heatmap, phrase, label, boxes, annotated, seen, sides)
    with written_whole(path, ".png") as temporary:
        picture.save(temporary, format="PNG", optimize=False)


def _draw(
    radiograph: Radiograph,
    heatmap: NDArray[np.float32],
    phrase: str,
    label: str,
    boxes: Sequence[Box],
    annotated: Sequence[Box],
    seen: Box | None,
    sides: tuple[str, str] | None,
) -> Image.Image:
    width, height = _drawn_size(radiograph)
    text_width = width + BAR_GAP + BAR_WIDTH + BAR_TEXT_WIDTH
    title = _wrapped(phrase, text_width, TITLE_POINTS)
    legend = _legend(boxes, annotated, seen, heatmap, text_width)
    notes = _wrapped(label, text_width, SMALL_POINTS)
    top = MARGIN + LINE_PIXELS * (title.count("\n") + 1) + 12
    legend_height = SMALL_LINE_PIXELS * (legend.count("\n") + 1)
    bottom = 14 + legend_height + SMALL_LINE_PIXELS * (notes.count("\n") + 1) + MARGIN // 2
    layout = _Layout(
        width=text_width + 2 * MARGIN,
        height=top + height + bottom,
        image=Box(MARGIN, top, width, height),
        bar=Box(MARGIN + width + BAR_GAP, top, BAR_WIDTH, min(height, LONGEST_BAR)),
    )
    figure = Figure(figsize=(layout.width / DPI, layout.height / DPI), dpi=DPI, facecolor=BACKGROUND)
    canvas = FigureCanvasAgg(figure)

    axes = _axes(figure, layout, layout.image)
    rows, columns = radiograph.shape
    axes.imshow(
        _overlay(radiograph, heatmap, (height, width)),
        extent=(0, columns, rows, 0),
        aspect="auto",
        interpolation="nearest",
        origin="upper",
    )
    if seen is not None:
        _outline(axes, seen, FRAME_COLOUR, 1.2, dashes=(0, (5, 4)))
    for box in boxes:
        _outline(axes, box, BOX_COLOUR, 1.8)
    for box in annotated:
        _outline(axes, box, ANNOTATED_COLOUR, 2.2, dashes=(0, (9, 2.5, 1.5, 2.5)))
    _mark_sides(axes, radiograph, sides)
    _colour_bar(figure, layout)
    _text(figure, layout, MARGIN, MARGIN, title, TITLE_POINTS, TEXT_COLOUR)
    below = top + height + 14
    _text(figure, layout, MARGIN, below, legend, SMALL_POINTS, FAINT_COLOUR)
    _text(figure, layout, MARGIN, below + legend_height, notes, SMALL_POINTS, LABEL_COLOUR)
    with without_warnings():  # a character that the font lacks is drawn as a box, which shows by itself
        canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels[..., :3].copy())


def _drawn_size(radiograph: Radiograph) -> tuple[int, int]:
    """(width, height) of the radiograph on the picture, in pixels."""
    rows, columns = radiograph.shape
    spacing = radiograph.spacing
    stretch = 1.0 if spacing is None else spacing.row_mm / spacing.column_mm
    # A spacing beyond 4 : 1 is a mistake in the file, not a pixel's shape.
    aspect = rows * min(max(stretch, 0.25), 4.0) / columns
    width = LONGEST_SIDE / max(aspect, 1.0)
    width = max(width, SHORTEST_SIDE)
    return round(width), max(round(width * min(aspect, 8.0)), 64)


def _overlay(radiograph: Radiograph, heatmap: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """The blend [height, width, 3], float32 in [0, 1], of the radiograph and its heatmap."""
    grey = np.clip(_resized(_shades(radiograph), size), 0, 1)[..., np.newaxis]
    unseen = _resized(np.isnan(heatmap).astype(np.float32), size) > 0.5
    heat = np.clip(_resized(np.nan_to_num(heatmap, nan=0.0).astype(np.float32), size), 0, 1)
    blend = _heated(grey * ANATOMY_BRIGHTNESS, heat)
    y, x = np.indices(size)
    hatch = HATCH_LIGHT * ((x + y) % HATCH_PERIOD < HATCH_WIDTH)[..., np.newaxis]
    return np.where(unseen[..., np.newaxis], grey * UNSEEN_BRIGHTNESS + hatch, blend).astype(np.float32)


def _heated(grey: NDArray, heat: NDArray) -> NDArray:
    """Colours [..., 3] of heat [...] over grey [..., 1], all in [0, 1]."""
    low, high = HEAT_COLOUR_RANGE
    colours = HEAT_COLOURS(low + heat * (high - low))[..., :3]
    opacity = STRONGEST_OPACITY * heat[..., np.newaxis]
    return np.asarray(grey * (1 - opacity) + colours * opacity)


def _shades(radiograph: Radiograph) -> NDArray[np.float32]:
    """The radiograph [rows, columns] as brightness, float32 in [0, 1]: as its file asks, or by percentiles."""
    if radiograph.display is not None:
        shades = radiograph.display.shade(radiograph.pixels)
        dark, bright = np.percentile(shades, (5, 95))
        if bright - dark >= LEAST_CONTRAST:
            return shades
    low, high = np.percentile(radiograph.pixels, ROBUST_PERCENTILES)
    if high <= low:
        low, high = float(radiograph.pixels.min()), float(radiograph.pixels.max())
    return np.clip((radiograph.pixels - low) / (high - low), 0, 1).astype(np.float32)


def _resized(array: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    height, width = size
    image = Image.fromarray(np.ascontiguousarray(array, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)


def _axes(figure: Figure, layout: _Layout, place: Box) -> Axes:
    """Axes without decoration that cover exactly the pixels of `place`."""
    left, bottom = place.x / layout.width, 1 - (place.y + place.height) / layout.height
    axes = figure.add_axes((left, bottom, place.width / layout.width, place.height / layout.height))
    axes.set_axis_off()
    return axes


def _outline(axes: Axes, box: Box, colour: str, width: float, dashes: tuple = (0, ())) -> None:
    style: str | tuple = dashes if dashes[1] else "solid"
    dark = [withStroke(linewidth=width + 1.6, foreground=(0, 0, 0, 0.55)), Normal()]
    axes.add_patch(
        Rectangle(
            (box.x, box.y),
            box.width,
            box.height,
            fill=False,
            edgecolor=colour,
            linewidth=width,
            linestyle=style,
            path_effects=dark,
        )
    )


def _mark_sides(axes: Axes, radiograph: Radiograph, sides: tuple[str, str] | None) -> None:
    if sides is None:
        if not radiograph.orientation.known:
            return
        sides = (OPPOSITE[radiograph.orientation.row], radiograph.orientation.row)
    for mark, x, alignment in ((sides[0], 0.02, "left"), (sides[1], 0.98, "right")):
        axes.text(
            x,
            0.98,
            _drawable(mark),
            transform=axes.transAxes,
            ha=alignment,
            va="top",
            color=TEXT_COLOUR,
            fontproperties=_font(TITLE_POINTS),
            bbox={"boxstyle": "round,pad=0.3", "facecolor": BACKGROUND, "alpha": 0.7, "linewidth": 0},
            usetex=False,
            parse_math=False,
        )


def _colour_bar(figure: Figure, layout: _Layout) -> None:
    """The colours of 0 to 1 over a middle grey, with numbers."""
    axes = _axes(figure, layout, layout.bar)
    heat = np.linspace(1, 0, 256)[:, np.newaxis]
    axes.imshow(_heated(np.full((256, 1, 1), BAR_GREY), heat), aspect="auto", interpolation="bilinear", origin="upper")
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = layout.bar.y + (1 - value) * layout.bar.height
        _text(
            figure, layout, layout.bar.x + BAR_WIDTH + 8, y, f"{value:g}", SMALL_POINTS, FAINT_COLOUR, anchor="center"
        )
    x, y = layout.bar.x + BAR_WIDTH + 50, layout.bar.y + layout.bar.height / 2
    _text(figure, layout, x, y, "heat", SMALL_POINTS, FAINT_COLOUR, anchor="center", rotation=90)


def _legend(
    boxes: Sequence[Box], annotated: Sequence[Box], seen: Box | None, heatmap: NDArray[np.float32], width: int
) -> str:
    """What the lines mean, on as many lines as fit `width` pixels; none is broken within."""
    parts = []
    if boxes:
        parts.append("solid line: box around the region")
    if annotated:
        parts.append("dash-dotted line: annotated")
    if seen is not None:
        parts.append("dashed line: what the model saw")
    if np.isnan(heatmap).any():
        parts.append("hatched: not seen by the model")
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]}   ·   {part}" if lines[-1] else part
        if lines[-1] and _text_width(longer, SMALL_POINTS) > width:
            lines.append(part)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _text(
    figure: Figure,
    layout: _Layout,
    x: float,
    y: float,
    content: str,
    points: float,
    colour: str,
    anchor: str = "top",
    rotation: float = 0,
) -> Text:
    """Text at a pixel of the picture, drawn as it is: dollar signs and backslashes are no markup here."""
    return figure.text(
        x / layout.width,
        1 - y / layout.height,
        content,
        color=colour,
        va=anchor,
        ha="left",
        rotation=rotation,
        linespacing=1.25,
        fontproperties=_font(points),
        usetex=False,
        parse_math=False,
    )


def _font(points: float) -> FontProperties:
    """DejaVu Sans, which comes with matplotlib and has most alphabets, whatever the user's settings are."""
    return FontProperties(family="DejaVu Sans", size=points)


def _drawable(content: str) -> str:
    """The text on one line, without what no font can draw (control characters, halves of characters)."""
    whole = content.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in whole).split())


def _wrapped(content: str, width: int, points: float) -> str:
    """The text broken into lines that fit `width` pixels, ended by an ellipsis where there are too many."""
    content = _drawable(content)
    letters = max(int(width * 72 / DPI / points / MEAN_LETTER_EM), SHORTEST_LINE)
    while True:
        lines = textwrap.wrap(content, letters, max_lines=MOST_TITLE_LINES, placeholder=" …")
        widest = max((_text_width(line, points) for line in lines), default=0.0)
        if widest <= width or letters <= SHORTEST_LINE:
            return "\n".join(lines)
        letters = max(min(int(letters * width / widest), letters - 1), SHORTEST_LINE)


def _text_width(line: str, points: float) -> float:
    """The width of a line in pixels of the picture."""
    with without_warnings():  # as above: a character that the font lacks
        width, _, _ = text_to_path.get_text_width_height_descent(line, _font(points), False)
    return float(width) * DPI / 72
