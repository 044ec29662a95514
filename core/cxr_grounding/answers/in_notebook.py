"""An answer as a notebook shows it: a small picture, the words beside it, and nothing that a page could run."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cxr_grounding.answers.doubted import Doubted
from cxr_grounding.answers.shades import ANATOMY_BRIGHTNESS, heated

if TYPE_CHECKING:
    from cxr_grounding.grounding import Grounding

LONGEST_SIDE = 280
"""Of the picture, in pixels: notebooks are kept under version control, pictures and all."""


def as_png(answer: Grounding) -> bytes:
    """The heat on the radiograph's grid, pale where it is not believed, as a small PNG.

    Over what the model saw, where the answer kept that (`keep_arrays`), and over black else: an answer does not hold
    its radiograph. `draw_overlay` draws both.
    """
    heat = _small(answer.heatmap)
    grey = np.zeros_like(heat)
    if answer.arrays is not None:
        grey = _small(answer.frame.to_radiograph(answer.arrays.frame_image))
    shades = heated(grey[..., np.newaxis] * ANATOMY_BRIGHTNESS, heat, Doubted.PALE.strength_of(answer.verdict))
    file = io.BytesIO()
    Image.fromarray(np.round(np.clip(shades, 0, 1) * 255).astype(np.uint8)).save(file, format="PNG", optimize=True)
    return file.getvalue()


def as_html(answer: Grounding) -> str:
    """The picture, the phrase, the verdict with its reasons, and what must be said beside every result of the model."""
    lines = [] if answer.verdict is None else [answer.verdict.kind.value]
    lines += [answer.place_said] if answer.place_said else []
    lines += [] if answer.verdict is None else [one for one in answer.verdict.reasons if one != answer.place_said]
    lines += answer.warnings
    said = "".join(f"<br>{html.escape(line)}" for line in lines)
    label = html.escape(f"{answer.model.name}: {answer.model.label}")
    picture = base64.b64encode(as_png(answer)).decode()
    return (
        '<div style="display: flex; gap: 1em; align-items: flex-start">'
        f'<img alt="heat on the radiograph" src="data:image/png;base64,{picture}">'
        f"<div><b>{html.escape(answer.phrase.text)}</b>{said}<br><small>{label}</small></div></div>"
    )


def _small(array: np.ndarray) -> np.ndarray:
    """[rows, columns], float32 in [0, 1], no side longer than `LONGEST_SIDE`; 0 where the model did not look."""
    rows, columns = array.shape
    scale = min(1.0, LONGEST_SIDE / max(rows, columns))
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    image = Image.fromarray(np.nan_to_num(array, nan=0.0).astype(np.float32))
    return np.clip(np.asarray(image.resize(size, Image.Resampling.BOX)), 0, 1)
