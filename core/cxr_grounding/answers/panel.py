"""A part of a figure that shows an image pixel by pixel, and what is drawn over it.

matplotlib's own axes are made for plots: they make ticks and grids to hide them, and resample an image that has its
size already, which takes longer than the rest of the picture.
"""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox, BboxBase, BboxTransformFrom, BboxTransformTo, Transform, TransformedBbox
from numpy.typing import NDArray

from cxr_grounding.answers.lettering import pixels_of
from cxr_grounding.radiograph import Box


class Panel:
    """A part of a figure.

    Args:
        figure: with `DPI` pixels an inch.
        place: in the figure's pixels, from its top left corner.
    """

    def __init__(self, figure: Figure, place: Box) -> None:
        width, height = pixels_of(figure)
        left, bottom = place.x / width, 1 - (place.y + place.height) / height
        share = Bbox.from_bounds(left, bottom, place.width / width, place.height / height)
        self.figure = figure
        self.area = TransformedBbox(share, figure.transSubfigure)

    @property
    def within(self) -> Transform:
        """From (0, 0) at the bottom left corner and (1, 1) at the top right to the figure."""
        return BboxTransformTo(self.area)

    def grid(self, rows: int, columns: int) -> Transform:
        """From the pixels (x, y) of an image that covers the panel to the figure."""
        return BboxTransformFrom(Bbox([[0, rows], [columns, 0]])) + self.within

    def show(self, colours: NDArray[np.float32]) -> None:
        """Show colours [height, width, 3], in [0, 1], one for each of the panel's pixels."""
        self.figure.add_artist(_Pixels(self.area, colours))

    def draw(self, artist: Artist) -> None:
        """Draw something over it; what lies beyond the panel is cut off."""
        self.figure.add_artist(artist)
        artist.set_clip_box(self.area)


class _Pixels(Artist):
    """Colours as they are, one a pixel."""

    def __init__(self, area: BboxBase, colours: NDArray[np.float32]) -> None:
        super().__init__()
        self.area = area
        # From the bottom up, as matplotlib counts pixels.
        self.colours = np.full((*colours.shape[:2], 4), 255, np.uint8)
        self.colours[::-1, :, :3] = np.multiply(colours, 255, dtype=np.float64)

    def draw(self, renderer: RendererBase) -> None:
        renderer.draw_image(renderer.new_gc(), round(self.area.x0), round(self.area.y0), self.colours)
