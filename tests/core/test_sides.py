"""Which side a text names, and what it would be about the other one."""

from __future__ import annotations

import pytest

from cxr_grounding.sides import Side, mirrored, named_side


@pytest.mark.parametrize(
    ("phrase", "side"),
    [
        ("Small left pleural effusion.", Side.LEFT),
        ("There is a moderate RIGHT-sided effusion", Side.RIGHT),
        ("RLL pneumonia", Side.RIGHT),
        ("lul opacity", Side.LEFT),
        ("left base, and the left apex", Side.LEFT),
        ("small right and moderate left effusions", None),
        ("bilateral effusions, larger on the left", None),
        ("both lungs, right more", None),
        ("Cardiomegaly", None),
        ("leftover opacity", None),
        ("", None),
    ],
)
def test_the_one_side_that_a_phrase_names(phrase: str, side: Side | None) -> None:
    assert named_side(phrase) is side


@pytest.mark.parametrize(
    ("phrase", "other"),
    [
        ("Small left pleural effusion.", "Small right pleural effusion."),
        ("There is a moderate RIGHT-sided effusion", "There is a moderate LEFT-sided effusion"),
        ("Left base, and the left apex", "Right base, and the right apex"),
        ("RLL pneumonia", "LLL pneumonia"),
        ("leftover fluid in the lul", "leftover fluid in the rul"),
        ("RML pneumonia", None),
        ("bilateral effusions, larger on the left", None),
        ("small right and moderate left effusions", None),
        ("Cardiomegaly", None),
    ],
)
def test_a_phrase_about_one_side_becomes_the_same_about_the_other(phrase: str, other: str | None) -> None:
    assert mirrored(phrase) == other
    if other is not None:
        assert mirrored(other) == phrase
