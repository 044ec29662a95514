"""One picture for a person: the radiograph, where a phrase points, how far to believe it, and the model's label."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import BboxImage
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, withStroke
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.answers.doubted import Doubted
from cxr_grounding.answers.lettering import (
    BELIEVED,
    DOUBTED,
    DPI,
    LABEL,
    PLACE,
    SMALL,
    TITLE,
    Lettering,
    drawable,
    write_text,
)
from cxr_grounding.answers.panel import Panel
from cxr_grounding.answers.result import Files, Result
from cxr_grounding.answers.shades import blend, heated
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.grounding import Grounding
from cxr_grounding.quiet import without_warnings
from cxr_grounding.radiograph import Box, Radiograph
from cxr_grounding.reported import ReportedFinding
from cxr_grounding.verdict import Verdict

LONGEST_SIDE = 1000
"""Of the radiograph on the picture, in pixels."""
SHORTEST_SIDE = 420
"""The radiograph's width is not drawn narrower, so that the text beside it has room; longer images are then taller."""

BACKGROUND = "#14161a"

MARGIN, BAR_GAP, BAR_WIDTH, BAR_TEXT_WIDTH = 28, 22, 18, 72
TITLE_GAP, LEGEND_GAP = 12, 14
LONGEST_BAR = 480
BAR_GREY = 0.55
"""The brightness of the anatomy that the colour bar shows the colours over."""


@dataclass(frozen=True)
class Caption:
    """The texts of a picture.

    Args:
        phrase: drawn above the radiograph as it is, on one line or a few.
        label: drawn below: what must be said beside every result of the model (`ModelIdentity.label`).
        verdict: its words stand below the phrase, its reasons below them; None where there is none.
        place: where a phrase without a place is best explained, and what was asked in its stead; stands between the
            verdict's words and its reasons, of which it is one. "" for a phrase that was asked as it stands.
    """

    phrase: str
    label: str
    verdict: Verdict | None = None
    place: str = ""

    @classmethod
    def of(cls, answer: Grounding | ReportedFinding) -> Self:
        """An answer's own."""
        label = f"{answer.model.name}: {answer.model.label}"
        return cls(answer.phrase.text, label, answer.verdict, answer.place_said)


@dataclass(frozen=True)
class Marks:
    """What is drawn over the radiograph beside the heat; places are in pixels of the radiograph as stored.

    Args:
        boxes: around what the model found.
        annotated: around what an annotator found; in another line and colour, and named below the picture.
        seen: the square that the model saw; None draws no frame.
        sides: short marks at the image's left and right edge; None for the patient's sides, where they are known.
    """

    boxes: Sequence[Box] = ()
    annotated: Sequence[Box] = ()
    seen: Box | None = None
    sides: tuple[str, str] | None = None

    @classmethod
    def of(cls, answer: Grounding | ReportedFinding) -> Self:
        """An answer's own."""
        return cls(boxes=answer.boxes, seen=answer.seen)


@dataclass(frozen=True)
class _Line:
    """How the outline of a box is drawn; `dashes` as matplotlib takes them, () for a solid line."""

    colour: str
    width: float
    dashes: tuple[float, ...] = ()


FOUND = _Line("#7fe3ff", 1.8)
FOUND_IN_DOUBT = _Line("#9fb4bd", 1.2, (1, 3))
ANNOTATED = _Line("#ff6bf2", 2.2, (9, 2.5, 1.5, 2.5))
SEEN = _Line("#b8bec8", 1.2, (5, 4))


@dataclass(frozen=True)
class _Layer:
    """The heat as it is drawn.

    Args:
        heatmap: [rows, columns], float32, 0 to 1, NaN where the model did not look.
        strength: see `blend`; at 0 neither heat nor boxes are drawn.
    """

    heatmap: NDArray[np.float32]
    strength: float

    @property
    def line(self) -> _Line:
        """Of the boxes around it."""
        return FOUND if self.strength == 1 else FOUND_IN_DOUBT


@dataclass(frozen=True)
class _Layout:
    """Pixels of the picture, from its top left corner."""

    width: int
    height: int
    image: Box
    bar: Box


def draw_overlay(
    radiograph: Radiograph,
    heatmap: NDArray[np.float32],
    caption: Caption,
    marks: Marks | None = None,
    doubted: Doubted | str = Doubted.PALE,
) -> Image.Image:
    """Draw a heatmap over its radiograph.

    The radiograph is drawn on its stored grid, stretched where its spacing is not square. Heat that the caption's
    verdict does not believe, and the boxes around it, are drawn as `doubted` says.

    Args:
        radiograph: the radiograph.
        heatmap: [rows, columns] on its grid, float32, 0 to 1, NaN where the model did not look.
        caption: what is written above and below.
        marks: what is drawn over it; None for the patient's sides alone, where they are known.
        doubted: "pale", "hidden" or "full".

    Returns:
        A picture in RGB, about 1200 pixels wide.
    """
    if heatmap.shape != radiograph.shape:
        raise ValueError(f"the heatmap is {heatmap.shape}, but the radiograph is {radiograph.shape}")
    layer = _Layer(heatmap, Doubted(doubted).strength_of(caption.verdict))
    marks = marks or Marks()
    width, height = _drawn_size(radiograph)
    text_width = width + BAR_GAP + BAR_WIDTH + BAR_TEXT_WIDTH
    above = _above(caption, text_width)
    legend = SMALL.joined(_legend(marks, layer), text_width)
    label = LABEL.wrapped(caption.label, text_width)
    top = MARGIN + sum(look.height(content) for content, look in above) + TITLE_GAP
    below = top + height + LEGEND_GAP
    layout = _Layout(
        width=text_width + 2 * MARGIN,
        height=below + SMALL.height(legend) + LABEL.height(label) + MARGIN // 2,
        image=Box(MARGIN, top, width, height),
        bar=Box(MARGIN + width + BAR_GAP, top, BAR_WIDTH, min(height, LONGEST_BAR)),
    )
    figure = Figure(figsize=(layout.width / DPI, layout.height / DPI), dpi=DPI, facecolor=BACKGROUND)
    canvas = FigureCanvasAgg(figure)
    _draw_radiograph(Panel(figure, layout.image), radiograph, layer, marks)
    if layer.strength > 0:
        _colour_bar(figure, layout.bar, layer.strength)
    line = MARGIN
    for content, look in above:
        write_text(figure, (MARGIN, line), content, look)
        line += look.height(content)
    write_text(figure, (MARGIN, below), legend, SMALL)
    write_text(figure, (MARGIN, below + SMALL.height(legend)), label, LABEL)
    with without_warnings():  # a character that the font lacks is drawn as a box, which shows by itself
        canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels[..., :3].copy())


def as_png(picture: Image.Image) -> bytes:
    """A picture as the bytes of a PNG file."""
    file = io.BytesIO()
    # Pixels of a radiograph seldom repeat: to look for runs only takes a quarter of the time, for a fifth more bytes.
    picture.save(file, format="PNG", compress_type=zlib.Z_RLE)
    return file.getvalue()


def draw_answer(
    radiograph: Radiograph, answer: Grounding | ReportedFinding, doubted: Doubted | str = Doubted.PALE
) -> NDArray[np.uint8]:
    """The picture of an answer with its own caption and marks: [rows, columns, 3], uint8, RGB; see `draw_overlay`."""
    return np.asarray(draw_overlay(radiograph, answer.heatmap, Caption.of(answer), Marks.of(answer), doubted))


def write_overlay(
    path: Path | str,
    radiograph: Radiograph,
    heatmap: NDArray[np.float32],
    caption: Caption,
    marks: Marks | None = None,
    doubted: Doubted | str = Doubted.PALE,
) -> None:
    """Write what `draw_overlay` draws as a PNG.

    Args:
        path: of the PNG; an earlier file is replaced; nothing half-written is left.
        radiograph, heatmap, caption, marks, doubted: see `draw_overlay`.

    Raises:
        OutputError: when the picture cannot be written.
    """
    picture = draw_overlay(radiograph, heatmap, caption, marks, doubted)
    with written_whole(Path(path), ".png") as temporary:
        temporary.write_bytes(as_png(picture))


def write_png(result: Result) -> Files:
    """The overlay of an answer, as a file."""
    answer, path = result.answer, result.path(".png")
    write_overlay(path, result.radiograph, answer.heatmap, Caption.of(answer), Marks.of(answer), result.doubted)
    return {"overlay": path.name}


def _above(caption: Caption, width: int) -> list[tuple[str, Lettering]]:
    """What stands above the radiograph, broken into lines."""
    texts = [(caption.phrase, TITLE)]
    if caption.verdict is not None:
        texts.append((caption.verdict.kind.value, BELIEVED if caption.verdict.kind.is_confident else DOUBTED))
    if caption.place:
        texts.append((caption.place, PLACE))
    if caption.verdict is not None:
        texts += [(reason, SMALL) for reason in caption.verdict.reasons if reason != caption.place]
    return [(look.wrapped(content, width), look) for content, look in texts]


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


def _draw_radiograph(panel: Panel, radiograph: Radiograph, layer: _Layer, marks: Marks) -> None:
    width, height = _drawn_size(radiograph)
    panel.show(blend(radiograph, layer.heatmap, (height, width), layer.strength))
    if marks.seen is not None:
        _outline(panel, radiograph, marks.seen, SEEN)
    for box in marks.boxes if layer.strength > 0 else ():
        _outline(panel, radiograph, box, layer.line)
    for box in marks.annotated:
        _outline(panel, radiograph, box, ANNOTATED)
    if marks.sides is not None:
        _mark_sides(panel, marks.sides)
    elif radiograph.orientation.known:
        _mark_sides(panel, radiograph.orientation.across)


def _outline(panel: Panel, radiograph: Radiograph, box: Box, line: _Line) -> None:
    dark = [withStroke(linewidth=line.width + 1.6, foreground=(0, 0, 0, 0.55)), Normal()]
    panel.draw(
        Rectangle(
            (box.x, box.y),
            box.width,
            box.height,
            fill=False,
            edgecolor=line.colour,
            linewidth=line.width,
            linestyle=(0, line.dashes) if line.dashes else "solid",
            path_effects=dark,
            transform=panel.grid(*radiograph.shape),
        )
    )


def _mark_sides(panel: Panel, sides: tuple[str, str]) -> None:
    for mark, x, alignment in ((sides[0], 0.02, "left"), (sides[1], 0.98, "right")):
        panel.figure.text(
            x,
            0.98,
            drawable(mark),
            transform=panel.within,
            ha=alignment,
            va="top",
            bbox={"boxstyle": "round,pad=0.3", "facecolor": BACKGROUND, "alpha": 0.7, "linewidth": 0},
            **TITLE.drawn_as_it_is,
        )


def _colour_bar(figure: Figure, bar: Box, strength: float) -> None:
    """The colours of 0 to 1 over a middle grey, with numbers."""
    heat = np.linspace(1, 0, 256)[:, np.newaxis]
    colours = heated(np.full((256, 1, 1), BAR_GREY), heat, strength)
    image = BboxImage(Panel(figure, bar).area, interpolation="bilinear", origin="upper", resample=True)
    image.set_data(colours)
    figure.add_artist(image)
    right = bar.x + BAR_WIDTH
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = bar.y + (1 - value) * bar.height
        write_text(figure, (right + 8, y), f"{value:g}", SMALL, anchor="center")
    write_text(figure, (right + 50, bar.y + bar.height / 2), "heat", SMALL, anchor="center", rotation=90)


def _legend(marks: Marks, layer: _Layer) -> list[str]:
    """What the lines mean, and whether the heat is drawn as that of other answers."""
    parts = []
    if layer.strength == 0:
        parts.append("heat not drawn")
    elif layer.strength < 1:
        parts.append("heat drawn pale")
    if marks.boxes and layer.strength > 0:
        parts.append(f"{'dotted' if layer.line.dashes else 'solid'} line: box around the region")
    if marks.annotated:
        parts.append("dash-dotted line: annotated")
    if marks.seen is not None:
        parts.append("dashed line: what the model saw")
    if np.isnan(layer.heatmap).any():
        parts.append("hatched: not seen by the model")
    return parts
