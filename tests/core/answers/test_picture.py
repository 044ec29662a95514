"""The overlay: what it shows, and that any phrase can stand over it."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cxr_grounding.answers.lettering import TITLE
from cxr_grounding.answers.picture import MARGIN, TITLE_GAP, Caption, Marks, draw_overlay, write_overlay
from cxr_grounding.answers.result import Result
from cxr_grounding.errors import OutputError
from cxr_grounding.placing import Placing
from cxr_grounding.radiograph import Box, DisplayCurve, Orientation, Radiograph, Spacing, SpacingSource
from cxr_grounding.verdict import Verdict, VerdictKind


@pytest.fixture
def radiograph() -> Radiograph:
    """A wide one, so that the model does not see its left and right."""
    return Radiograph(np.tile(np.linspace(0, 4095, 200), (100, 1)))


@pytest.fixture
def heatmap() -> NDArray[np.float32]:
    heat = np.full((100, 200), np.nan, np.float32)
    heat[:, 50:150] = 0
    heat[30:60, 80:110] = 1
    return heat


TOP = MARGIN + TITLE.line_pixels + TITLE_GAP
"""Of the radiograph below a phrase on one line."""


def drawn(path: Path, radiograph: Radiograph, heatmap: NDArray, **options: object) -> NDArray[np.uint8]:
    """The picture as written, with a caption's texts and what is marked as given."""
    texts = {"phrase": "Left effusion.", "label": "Research use only."}
    caption = Caption(**{name: options.pop(name, text) for name, text in texts.items()})
    write_overlay(path, radiograph, heatmap, caption, Marks(**options))
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def colourfulness(pixels: NDArray) -> NDArray:
    return np.ptp(pixels.astype(int), axis=-1)


def test_heat_is_coloured_and_the_rest_is_grey(tmp_path: Path, radiograph: Radiograph, heatmap: NDArray) -> None:
    picture = drawn(tmp_path / "p.png", radiograph, heatmap, label="", phrase="x")
    cold = drawn(tmp_path / "q.png", radiograph, np.where(np.isnan(heatmap), heatmap, 0), label="", phrase="x")
    changed = (picture != cold).any(axis=-1)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert columns[0] == pytest.approx(MARGIN + 80 * 5, abs=6)
    assert columns[-1] == pytest.approx(MARGIN + 110 * 5, abs=6)
    assert rows[0] == pytest.approx(TOP + 30 * 5, abs=6)
    assert rows[-1] == pytest.approx(TOP + 60 * 5, abs=6)
    assert colourfulness(picture[changed]).mean() > 60
    middle_of_cold = cold[rows[0] : rows[-1], columns[0] : columns[-1]]
    assert colourfulness(middle_of_cold).max() <= 2


def judged(radiograph: Radiograph, heatmap: NDArray, verdict: Verdict | None, **options: Any) -> NDArray:
    """The picture of a phrase with this verdict, with a box around its heat."""
    caption, marks = Caption("Left effusion.", "Research use only.", verdict), Marks(boxes=[Box(80, 30, 30, 30)])
    return np.asarray(draw_overlay(radiograph, heatmap, caption, marks, **options))


HERE, NOWHERE = (Verdict(kind, ("It is so.",)) for kind in (VerdictKind.POINTS_HERE, VerdictKind.POINTS_NOWHERE))


def hot_spot(picture: NDArray) -> NDArray:
    """Some pixels in the middle of the heat."""
    top = picture.shape[0] - 600  # what stands below the radiograph is the same in all
    return picture[top + 230 : top + 250, MARGIN + 470 : MARGIN + 490]


def test_heat_that_is_not_believed_is_pale_unless_asked_for(radiograph: Radiograph, heatmap: NDArray) -> None:
    believed, pale = (judged(radiograph, heatmap, verdict) for verdict in (HERE, NOWHERE))
    hidden, full = (judged(radiograph, heatmap, NOWHERE, doubted=doubted) for doubted in ("hidden", "full"))
    strong, weak, none, asked = (colourfulness(hot_spot(one)).mean() for one in (believed, pale, hidden, full))
    assert strong > 60
    assert 5 < weak < 0.45 * strong
    assert none <= 2
    assert asked == pytest.approx(strong, abs=1)


def test_where_heat_is_hidden_so_are_its_boxes_and_its_colour_bar(radiograph: Radiograph, heatmap: NDArray) -> None:
    hidden = judged(radiograph, heatmap, NOWHERE, doubted="hidden")
    top = hidden.shape[0] - 600
    assert colourfulness(hidden[top + 10 : top + 500, MARGIN:]).max() < 20, "text and background are a little blue"


def test_the_verdict_stands_above_the_radiograph_and_without_one_all_is_as_before(
    radiograph: Radiograph, heatmap: NDArray
) -> None:
    plain, with_one = judged(radiograph, heatmap, None), judged(radiograph, heatmap, HERE)
    words, reason = 23, 19
    assert with_one.shape[0] - plain.shape[0] == words + reason
    np.testing.assert_array_equal(with_one[-500:], plain[-500:])
    caption = Caption("Left effusion.", "Research use only.")
    written = np.asarray(draw_overlay(radiograph, heatmap, caption, Marks(boxes=[Box(80, 30, 30, 30)])))
    np.testing.assert_array_equal(plain, written)
    greens = with_one[60:85].astype(int)
    assert (greens[..., 1] - greens[..., 0]).max() > 40, "the words of a confident verdict are green"


def test_the_place_stands_once_between_the_verdict_and_its_other_reasons(
    radiograph: Radiograph, heatmap: NDArray, placing: Placing, result: Result
) -> None:
    verdict = Verdict(VerdictKind.POINTS_HERE, ("It is so.", placing.sentence))
    caption = Caption.of(dataclasses.replace(result.answer, place=placing, verdict=verdict))
    assert (caption.phrase, caption.place) == ("left effusion", placing.sentence), "the user's words stay the title"
    placed, plain = (
        np.asarray(draw_overlay(radiograph, heatmap, dataclasses.replace(caption, place=place)))
        for place in (placing.sentence, "")
    )
    assert placed.shape == plain.shape, "it is one of the reasons"
    assert (placed != plain).any(), "and stands first, in lighter letters"
    unjudged = np.asarray(draw_overlay(radiograph, heatmap, dataclasses.replace(caption, verdict=None)))
    assert unjudged.shape[0] == placed.shape[0] - 23 - 19


def test_another_way_to_draw_what_is_doubted_is_refused(radiograph: Radiograph, heatmap: NDArray) -> None:
    with pytest.raises(ValueError, match="faint"):
        judged(radiograph, heatmap, NOWHERE, doubted="faint")


def test_what_was_not_seen_is_darker(tmp_path: Path, heatmap: NDArray) -> None:
    bright = Radiograph(np.where(np.indices((100, 200)).sum(axis=0) % 50 > 2, 100.0, 0.0))
    whole = drawn(tmp_path / "p.png", bright, np.zeros_like(heatmap), phrase="x", label="x")
    partly = drawn(tmp_path / "q.png", bright, np.where(np.isnan(heatmap), np.nan, 0), phrase="x", label="x")
    left = (slice(200, 400), slice(MARGIN + 10, MARGIN + 230))
    assert partly[left].mean() < 0.65 * whole[left].mean()
    seen = (slice(200, 400), slice(MARGIN + 270, MARGIN + 730))
    np.testing.assert_array_equal(partly[seen], whole[seen])


def test_boxes_and_the_models_frame_are_outlined(tmp_path: Path, radiograph: Radiograph, heatmap: NDArray) -> None:
    plain = drawn(tmp_path / "p.png", radiograph, heatmap)
    outlined = drawn(tmp_path / "q.png", radiograph, heatmap, boxes=[Box(80, 30, 30, 30)], seen=Box(50, 0, 100, 100))
    changed = (plain != outlined).any(axis=-1)
    for x in (50, 80, 110, 150):
        assert changed[:, MARGIN + 5 * x - 3 : MARGIN + 5 * x + 3].any(axis=1).sum() > 60
    for y in (30, 60):
        assert changed[TOP + 5 * y - 3 : TOP + 5 * y + 3, MARGIN + 85 * 5 : MARGIN + 105 * 5].any(axis=0).all()
    assert not changed[:, MARGIN + 85 * 5 : MARGIN + 105 * 5][250:330].any(), "the box is not filled"


def test_annotated_boxes_are_told_from_the_models_by_line_and_colour(
    tmp_path: Path, radiograph: Radiograph, heatmap: NDArray
) -> None:
    """The left edge of a box from row 10 to row 90, drawn as the model's and as an annotator's."""
    box = Box(20, 10, 40, 80)
    plain = drawn(tmp_path / "p.png", radiograph, heatmap)
    edges = {}
    for kind in ("boxes", "annotated"):
        picture = drawn(tmp_path / f"{kind}.png", radiograph, heatmap, **{kind: [box]})
        image = (picture[: len(plain)] != plain).any(axis=-1)[:, MARGIN + 97 : MARGIN + 104]
        rows = np.flatnonzero(image.any(axis=1))
        edges[kind] = picture[rows[0] + 8 : rows[0] + 380, MARGIN + 100]
    bright = {kind: edge.max(axis=-1) > 150 for kind, edge in edges.items()}
    assert bright["boxes"].all(), "a solid line"
    assert 0.5 < bright["annotated"].mean() < 0.9, "a line with gaps"
    colours = {kind: np.median(edge[bright[kind]], axis=0) for kind, edge in edges.items()}
    assert np.abs(colours["boxes"] - colours["annotated"]).max() > 80


def test_what_of_an_annotated_box_lies_outside_the_image_is_not_drawn(
    tmp_path: Path, radiograph: Radiograph, heatmap: NDArray
) -> None:
    within = drawn(tmp_path / "p.png", radiograph, heatmap, annotated=[Box(100, 20, 99, 50)])
    beyond = drawn(tmp_path / "q.png", radiograph, heatmap, annotated=[Box(100, 20, 400, 50)])
    assert within.shape == beyond.shape
    right_of_the_image = (slice(None), slice(MARGIN + 1000, None))
    np.testing.assert_array_equal(within[right_of_the_image], beyond[right_of_the_image])


def test_a_legend_too_wide_for_the_picture_goes_on_in_another_line(tmp_path: Path) -> None:
    narrow = Radiograph(np.tile(np.linspace(0, 1, 80), (240, 1)))
    heat = np.zeros((240, 80), np.float32)
    heat[:60] = np.nan
    everything = {"boxes": [Box(20, 100, 20, 20)], "annotated": [Box(30, 110, 20, 20)], "seen": Box(0, 60, 80, 180)}
    few, many = drawn(tmp_path / "p.png", narrow, heat), drawn(tmp_path / "q.png", narrow, heat, **everything)
    assert many.shape[1] == few.shape[1]
    assert many.shape[0] > few.shape[0]
    edge = many[:, -10:]
    assert (edge == edge[0, 0]).all(), "no text runs out of the picture"


def test_a_spacing_that_is_not_square_is_drawn_in_proportion(
    tmp_path: Path, radiograph: Radiograph, heatmap: NDArray
) -> None:
    square = drawn(tmp_path / "p.png", radiograph, heatmap)
    tall = Radiograph(radiograph.pixels, spacing=Spacing(0.4, 0.2, SpacingSource.PIXEL_SPACING))
    stretched = drawn(tmp_path / "q.png", tall, heatmap)
    assert stretched.shape[0] - square.shape[0] == 500
    assert stretched.shape[1] == square.shape[1]


@pytest.mark.parametrize(
    "phrase",
    [
        "costs $5 and $x^2$ and \\frac{1}{2}",
        "$\\frac{",
        "two\nlines\tand\r\ntabs",
        "Ödem, сердце, καρδιά, 心脏增大, 🫁, مرحبا",
        "half a character \ud800 and a null \0",
        "word " * 400,
        "W" * 1500,
        "",
        "{curly} %percent <b>&amp;</b>",
    ],
)
def test_any_phrase_is_drawn(
    tmp_path: Path, radiograph: Radiograph, heatmap: NDArray, phrase: str, capfd: pytest.CaptureFixture
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = drawn(tmp_path / "p.png", radiograph, heatmap, phrase=phrase, label=phrase)
    edge = picture[:, -10:]
    assert (edge == edge[0, 0]).all(), "no text runs out of the picture"
    assert capfd.readouterr() == ("", "")


def test_dollar_signs_are_drawn_as_they_are(tmp_path: Path, radiograph: Radiograph, heatmap: NDArray) -> None:
    plain = drawn(tmp_path / "p.png", radiograph, heatmap, phrase="a $b$ c")
    without = drawn(tmp_path / "q.png", radiograph, heatmap, phrase="a b c")
    assert (
        np.flatnonzero((plain[: MARGIN + 20] > 150).any(axis=(0, 2)))[-1]
        > np.flatnonzero((without[: MARGIN + 20] > 150).any(axis=(0, 2)))[-1]
    )


def test_the_users_matplotlib_settings_change_nothing(tmp_path: Path, radiograph: Radiograph, heatmap: NDArray) -> None:
    plain = drawn(tmp_path / "p.png", radiograph, heatmap)
    settings = {
        "text.usetex": True,
        "savefig.dpi": 37,
        "figure.facecolor": "red",
        "image.origin": "lower",
        "font.size": 40,
    }
    with matplotlib.rc_context(settings):
        np.testing.assert_array_equal(drawn(tmp_path / "q.png", radiograph, heatmap), plain)
    before = dict(matplotlib.rcParams)
    drawn(tmp_path / "q.png", radiograph, heatmap)
    assert dict(matplotlib.rcParams) == before


def test_the_sides_are_marked_where_they_are_known(tmp_path: Path, radiograph: Radiograph, heatmap: NDArray) -> None:
    unknown = drawn(tmp_path / "p.png", radiograph, heatmap)
    marked = drawn(tmp_path / "q.png", radiograph, heatmap, sides=("R", "L"))
    known = Radiograph(radiograph.pixels, orientation=Orientation("L", "F", known=True))
    mirrored = Radiograph(radiograph.pixels, orientation=Orientation("R", "F", known=True))
    np.testing.assert_array_equal(drawn(tmp_path / "r.png", known, heatmap), marked)
    assert (unknown != marked).any()
    np.testing.assert_array_equal(
        drawn(tmp_path / "s.png", mirrored, heatmap), drawn(tmp_path / "t.png", radiograph, heatmap, sides=("L", "R"))
    )


def test_the_files_own_display_is_used_unless_it_leaves_no_contrast(
    tmp_path: Path, radiograph: Radiograph, heatmap: NDArray
) -> None:
    plain = drawn(tmp_path / "p.png", radiograph, heatmap)
    useful = DisplayCurve(np.array([1000.0, 3000.0]), np.array([0.0, 1.0]))
    useless = DisplayCurve(np.array([90_000.0, 90_001.0]), np.array([0.0, 1.0]))
    for curve, same in ((useful, False), (useless, True)):
        picture = drawn(tmp_path / "q.png", Radiograph(radiograph.pixels, display=curve), heatmap)
        assert (picture == plain).all() == same


def test_a_radiograph_of_few_values_is_drawn(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64))
    pixels[3, 3] = 1
    drawn(tmp_path / "p.png", Radiograph(pixels), np.zeros((64, 64), np.float32))


def test_what_is_drawn_is_what_is_written(tmp_path: Path, radiograph: Radiograph, heatmap: NDArray) -> None:
    picture = draw_overlay(radiograph, heatmap, Caption("Left effusion.", "Research use only."))
    assert (picture.mode, picture.size[0]) == ("RGB", 1000 + 2 * MARGIN + 112)
    np.testing.assert_array_equal(np.asarray(picture), drawn(tmp_path / "p.png", radiograph, heatmap))


def test_a_map_on_another_grid_is_a_mistake(tmp_path: Path, radiograph: Radiograph, heatmap: NDArray) -> None:
    with pytest.raises(ValueError, match="but the radiograph is"):
        drawn(tmp_path / "p.png", radiograph, heatmap.T)


def test_a_missing_folder_is_told(tmp_path: Path, radiograph: Radiograph, heatmap: NDArray) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        drawn(tmp_path / "nowhere" / "p.png", radiograph, heatmap)
    assert list(tmp_path.iterdir()) == []
