"""An answer in a notebook: a small picture and words, and nothing that a page could run."""

from __future__ import annotations

import base64
import dataclasses
import io
import re

import numpy as np
import pytest
from PIL import Image

from cxr_grounding.answers.in_notebook import LONGEST_SIDE
from cxr_grounding.answers.result import Result
from cxr_grounding.grounding import FrameArrays
from cxr_grounding.verdict import Verdict, VerdictKind


def picture(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def test_it_shows_the_heat_the_phrase_the_verdict_and_the_model_s_label(result: Result) -> None:
    answer = result.answer
    html = answer._repr_html_()
    (encoded,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    assert base64.b64decode(encoded) == answer._repr_png_()
    assert len(html) < 60_000
    assert "<b>left effusion</b>" in html
    assert answer.verdict is not None
    assert answer.verdict.kind.value in html
    assert f"{answer.model.name}: {answer.model.label}" in html


def test_text_from_elsewhere_stays_text(result: Result) -> None:
    answer = dataclasses.replace(result.answer, warnings=('<script>alert("x")</script>',))
    html = answer._repr_html_()
    assert "<script" not in html
    assert "&lt;script&gt;alert(&quot;x&quot;)" in html


def test_the_picture_is_small_upright_and_pale_where_it_is_not_believed(result: Result) -> None:
    believed, doubted = (Verdict(kind, ()) for kind in (VerdictKind.POINTS_HERE, VerdictKind.POINTS_NOWHERE))
    drawn = picture(dataclasses.replace(result.answer, verdict=believed)._repr_png_())
    pale = picture(dataclasses.replace(result.answer, verdict=doubted)._repr_png_())
    rows, columns = result.radiograph.shape
    assert drawn.shape == (rows, columns, 3)
    assert max(drawn.shape) <= LONGEST_SIDE
    hottest = np.unravel_index(np.nanargmax(result.answer.heatmap), (rows, columns))
    assert drawn[hottest].sum() > 2 * pale[hottest].sum() > 0


def test_what_the_model_saw_lies_below_where_the_answer_kept_it(result: Result) -> None:
    answer = dataclasses.replace(result.answer, heatmap_frame=np.zeros_like(result.answer.heatmap_frame))
    assert picture(answer._repr_png_()).max() == 0
    bright = np.ones_like(answer.heatmap_frame)
    kept = dataclasses.replace(answer, arrays=FrameArrays(bright, bright, bright))
    assert picture(kept._repr_png_()).max() == pytest.approx(0.9 * 255, abs=1)
