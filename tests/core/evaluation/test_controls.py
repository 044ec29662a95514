"""What a figure is held against: each control worked by hand."""

from __future__ import annotations

from math import nan
from pathlib import Path

import numpy as np
import pytest

from cxr_grounding.evaluation.controls import (
    Controlled,
    ControlSummary,
    Strangers,
    centre_prior,
    control_figures,
    left_half,
    named_half,
)
from cxr_grounding.evaluation.datasets.dataset import AskedPhrase, Dataset, Sample
from cxr_grounding.evaluation.metrics import Maps
from cxr_grounding.frame import ModelFrame
from cxr_grounding.radiograph import Box, Orientation, Radiograph
from cxr_grounding.sides import Side
from scores import score

MASK = np.array([[True, True, False, False]])


def radiograph(row: str = "L", column: str = "F", shape: tuple[int, int] = (64, 80)) -> Radiograph:
    pixels = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    return Radiograph(pixels, orientation=Orientation(row, column, known=True))


def maps(values: list[float]) -> Maps:
    """A map of one row that its threshold leaves as it is."""
    return Maps(np.array([values]), np.array([values]))


def test_each_control_holds_another_map_against_the_same_boxes() -> None:
    controlled = Controlled(
        mask=MASK,
        heatmap=np.array([[0.75, 0.0, 0.25, 0.0]]),
        prior=maps([1.0, 0.0, 1.0, 0.0]),
        stranger=Maps(np.array([[0.0, 0.0, 0.0, 1.0]]), np.array([[0.1, 0.0, 0.0, 1.0]])),
        others=[maps([0.0, 1.0, 0.5, 0.5]), maps([0.0, 0.0, 1.0, 1.0])],
        named=np.array([[True, False, False, True]]),
    )
    assert control_figures(controlled) == {
        "prior_auc": 0.5,
        "prior_miou": pytest.approx(1 / 3),
        "shuffled_auc": 0.375,  # of the soft map; 0.25 after its threshold
        "shuffled_miou": 0,
        "other_auc": 0.25,  # 0.5 and 0
        "on_named_side": 0.75,
    }


def test_what_is_not_there_to_compare_with_is_not_defined() -> None:
    even = maps([1.0, 1.0, 1.0, 1.0])
    alone = Controlled(MASK, even.heatmap, even, None, [], None)
    assert {name for name, number in control_figures(alone).items() if np.isnan(number)} == {
        *("shuffled_auc", "shuffled_miou", "other_auc", "on_named_side")
    }
    filled = Controlled(np.ones((1, 4), dtype=bool), even.heatmap, even, even, [], None)
    figures = control_figures(filled)
    assert np.isnan([figures["prior_auc"], figures["shuffled_auc"]]).all()
    assert figures["prior_miou"] == 1


def test_the_centre_prior_is_a_round_hill_in_the_middle_of_what_the_model_sees() -> None:
    prior, soft = centre_prior(ModelFrame((64, 80), Orientation(), 32, antialias=True))
    assert np.isnan(prior[:, [0, 7, 72, 79]]).all(), "beyond the square"
    square = prior[:, 8:72]
    np.testing.assert_array_equal(square, square.T)
    np.testing.assert_array_equal(square, square[::-1, ::-1])
    assert square[32, 32] == square.max() == 1
    assert square[0, 0] == 0
    assert soft is not None
    assert 0 < soft[0, 8] < 0.1, "before its threshold"
    np.testing.assert_allclose(soft[:, 8:72][square > 0], square[square > 0], atol=0.05)


def test_the_patient_s_left_is_the_right_half_of_the_standard_view() -> None:
    left = left_half(radiograph())
    assert left is not None
    np.testing.assert_array_equal(left, np.broadcast_to(np.arange(80) >= 40, (64, 80)))
    np.testing.assert_array_equal(left_half(radiograph("R", "F")), left[:, ::-1])
    np.testing.assert_array_equal(left_half(radiograph("F", "R", (80, 64))), left[:, ::-1].T)
    np.testing.assert_array_equal(left_half(radiograph("R", "H")), left[:, ::-1])
    assert left_half(radiograph("A", "F")) is None, "a view from the side has none"


def test_the_named_half_needs_a_side_and_a_left() -> None:
    left = np.array([[False, True]])
    np.testing.assert_array_equal(named_half(Side.LEFT, left), left)
    np.testing.assert_array_equal(named_half(Side.RIGHT, left), ~left)
    assert named_half(None, left) is None
    assert named_half(Side.LEFT, None) is None


def asked_of(**images: list[tuple[str, str]]) -> Dataset:
    samples = [
        Sample(image, Path(f"{image}.png"), phrase, pathology, (Box(0, 0, 1, 1),))
        for image, phrases in images.items()
        for phrase, pathology in phrases
    ]
    return Dataset("d", tuple(samples))


def test_a_stranger_is_a_phrase_of_another_image_under_another_class() -> None:
    phrases = [(f"phrase {number}", f"class {number % 5}") for number in range(40)]
    dataset = asked_of(**{f"image{number // 2}": phrases[number - 1 : number + 1] for number in range(1, 40, 2)})
    strangers = Strangers(dataset)
    classes = dict(phrases)
    drawn = [strangers.of(sample) for sample in dataset.samples]
    for sample, stranger in zip(dataset.samples, drawn, strict=True):
        assert classes[str(stranger)] != sample.pathology
        assert stranger not in {one.phrase for one in dataset.asked[sample.image_id]}
    assert len(set(drawn)) > 20, "not all the same one"
    assert drawn == [Strangers(dataset).of(sample) for sample in dataset.samples], "and the same whenever it is asked"


def test_a_stranger_does_not_depend_on_a_limit() -> None:
    dataset = asked_of(a=[("p", "P"), ("q", "Q")], b=[("r", "R")], c=[("s", "S")])
    limited = Dataset("d", dataset.samples[:1], asked=dataset.asked)
    assert Strangers(limited).of(dataset.samples[0]) == Strangers(dataset).of(dataset.samples[0])


def test_a_stranger_of_the_same_class_is_better_than_none_and_the_image_s_own_phrases_are_none() -> None:
    same = asked_of(a=[("left effusion", "Effusion")], b=[("right effusion", "Effusion")])
    assert [Strangers(same).of(sample) for sample in same.samples] == ["right effusion", "left effusion"]
    alone = asked_of(a=[("edema", "Edema"), ("effusion", "Effusion")], b=[("edema", "Edema")])
    assert [Strangers(alone).of(sample) for sample in alone.samples] == [None, None, "effusion"]
    given = Sample("a", Path("a.png"), "edema", "Edema", (), stranger="something else")
    assert Strangers(alone).of(given) == "something else"


def test_the_summary_is_over_the_samples_that_a_control_speaks_about() -> None:
    scores = [
        score("a", "Edema", 0.5, controlled=True, auc_roc_soft=0.9, other_auc=0.5, on_named_side=0.75),
        score("b", "Edema", 0.5, controlled=True, auc_roc_soft=0.7, other_auc=0.5, on_named_side=0.5),
        score("c", "Edema", 0.5, controlled=True, auc_roc_soft=0.1, other_auc=nan, on_named_side=nan),
    ]
    summary = ControlSummary.of(scores)
    assert (summary.own_auc, summary.other_auc, summary.pairs) == (pytest.approx(0.8), 0.5, 2)
    assert (summary.side_accuracy, summary.sided) == (0.5, 2), "half of the heatmap is not most of it"
    assert summary.sentences == (
        "Another finding's phrase: AUC-ROC (soft map) 0.800 falls to 0.500, by 0.300 (2 findings beside another).",
        "Named side: most of the heatmap lies on it for 50.0 % of 2 findings.",
    )
    nothing = ControlSummary.of(scores[2:])
    assert nothing.sentences == ()
    assert nothing.as_dict()["other_phrase"] == {"samples": 0, "own_auc": None, "other_auc": None, "fall": None}


def test_what_is_asked_is_what_the_samples_ask_unless_more_is_told() -> None:
    dataset = asked_of(a=[("p", "P"), ("q", "")], b=[("p", "P")])
    assert dataset.asked == {"a": (AskedPhrase("p", "P"), AskedPhrase("q", "")), "b": (AskedPhrase("p", "P"),)}
