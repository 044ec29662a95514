"""What an answer says, in pixels, in mm, and as JSON."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from cxr_grounding.diffusion.text import TextTokenizer
from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounding import FrameArrays, Grounding
from cxr_grounding.maps import find_regions
from cxr_grounding.phrase import Phrase
from cxr_grounding.radiograph import Box, Identifiers, Orientation, Spacing, SpacingSource
from cxr_grounding.recipe import ModelIdentity, Recipe
from cxr_grounding.verdict import Verdict, VerdictKind

SPACING = Spacing(row_mm=0.5, column_mm=0.25, source=SpacingSource.IMAGER_PIXEL_SPACING)


@pytest.fixture
def make_grounding(tiny_model_folder: Path):
    """An answer with two regions on a grid of 100 rows and 80 columns, of which the middle 80 rows were seen."""

    def make(spacing: Spacing | None, **changes: object) -> Grounding:
        frame = ModelFrame((100, 80), Orientation(), 40, antialias=False)
        heatmap = np.zeros((40, 40), dtype=np.float32)
        heatmap[5:10, 20:22] = 0.5
        heatmap[25:27, 4:8] = 1
        values = {
            "phrase": Phrase.of("left effusion", TextTokenizer.open(tiny_model_folder / "tokenizer", 77)),
            "heatmap_frame": heatmap,
            "regions": tuple(find_regions(frame.to_radiograph(heatmap))),
            "peak": (12.0, 62.0),
            "frame": frame,
            "spacing": spacing,
            "identifiers": Identifiers(PatientID="Doe", SOPInstanceUID="1.2.3"),
            "model": ModelIdentity("toy", label="Says nothing about patients.", demonstration=True),
            "recipe": Recipe(),
            "device": "cpu",
            "precision": "single",
            "seconds": {"attention": 0.5},
            "unet_calls": {"full": 179, "partial": 60},
            "warnings": ("Take care.",),
        }
        return Grounding(**values | changes)

    return make


def test_region_boxes_and_area_follow_from_the_heatmap(make_grounding) -> None:
    found = make_grounding(SPACING)
    assert found.region.dtype == bool
    assert found.region.sum() == 72
    assert found.boxes == [Box(8, 60, 8, 4), Box(40, 20, 4, 10)]
    assert found.seen == Box(0, 10, 80, 80)
    assert found.area_mm2 == pytest.approx(72 * 0.125)
    assert found.peak_mm == (3.0, 31.0)
    assert found.boxes_mm == [Box(2, 30, 2, 2), Box(10, 10, 1, 5)]


def test_a_verdict_is_printed_in_words_with_its_reasons(make_grounding) -> None:
    verdict = Verdict(VerdictKind.DENIED, ('Edema is denied: "No edema".', "So it is."), 0.2)
    assert str(make_grounding(None, verdict=verdict).verdict) == (
        'the sentence denies it: Edema is denied: "No edema". So it is.'
    )


def test_without_a_spacing_nothing_is_said_in_mm(make_grounding) -> None:
    found = make_grounding(None)
    assert (found.area_mm2, found.peak_mm, found.boxes_mm) == (None, None, None)
    told = found.to_dict()
    assert told["area_pixels"] == 72
    assert (told["area_mm2"], told["peak_mm"], told["boxes_mm"], told["spacing_mm"]) == (None, None, None, None)


def test_json_holds_everything_but_the_arrays_and_the_patient(make_grounding) -> None:
    told = json.loads(json.dumps(make_grounding(SPACING).to_dict(), allow_nan=False))
    assert told["phrase"] == "left effusion"
    assert told["tokens"] == ["left", "effusion"]
    assert told["image"] == {
        "rows": 100,
        "columns": 80,
        "study_instance_uid": "",
        "series_instance_uid": "",
        "sop_instance_uid": "1.2.3",
    }
    assert told["spacing_mm"] == {"row": 0.5, "column": 0.25, "source": "ImagerPixelSpacing"}
    assert told["boxes_pixels"][0] == {"x": 8, "y": 60, "width": 8, "height": 4, "strength": 1.0}
    assert told["boxes_mm"][1] == {"x": 10, "y": 10, "width": 1, "height": 5}
    assert told["peak_pixels"] == {"x": 12, "y": 62}
    assert told["seen_pixels"] == {"x": 0, "y": 10, "width": 80, "height": 80}
    assert told["model"]["label"] == "Says nothing about patients."
    assert told["model"]["demonstration"] is True
    assert told["recipe"]["steps"] == 300
    assert told["unet_calls"] == {"full": 179, "partial": 60}
    assert told["warnings"] == ["Take care."]
    assert "Doe" not in json.dumps(told)


def test_a_token_map_is_brought_to_the_radiograph(make_grounding) -> None:
    on_frame = np.zeros((2, 40, 40), dtype=np.float32)
    on_frame[1, 0, 39] = 1
    found = make_grounding(SPACING, token_maps=on_frame)
    back = found.token_map(1)
    np.testing.assert_array_equal(np.argwhere(back == 1), [[10, 78], [10, 79], [11, 78], [11, 79]])
    assert np.isnan(back[:10]).all()
    with pytest.raises(ValueError, match="token_maps=True"):
        make_grounding(SPACING).token_map(0)


def test_answers_are_equal_by_what_they_hold(make_grounding) -> None:
    arrays = FrameArrays(*(np.full((40, 40), value, np.float32) for value in (0.1, 0.2, 0.3)))
    tokens = np.zeros((2, 40, 40), np.float32)
    one, same = (make_grounding(SPACING, token_maps=tokens.copy(), arrays=copy.deepcopy(arrays)) for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert one != "left effusion"
    assert len({one, same, make_grounding(None)}) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"heatmap_frame": np.nextafter(np.zeros((40, 40), np.float32), 1)},
        {"regions": ()},
        {"peak": None},
        {"spacing": None},
        {"seconds": {"attention": 0.25}},
        {"unet_calls": {"full": 179}},
        {"warnings": ()},
        {"precision": "half"},
        {"token_maps": None},
        {"token_maps": np.zeros((1, 40, 40), np.float32)},
        {"arrays": None},
        {"arrays": FrameArrays(*np.ones((3, 40, 40), np.float32))},
    ],
)
def test_an_answer_that_differs_in_one_thing_is_another(make_grounding, change: dict) -> None:
    kept = {"token_maps": np.zeros((2, 40, 40), np.float32), "arrays": FrameArrays(*np.zeros((3, 40, 40), np.float32))}
    answer = make_grounding(SPACING, **kept)
    assert dataclasses.replace(answer) == answer
    assert dataclasses.replace(answer, **change) != answer
