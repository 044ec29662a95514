"""The rule that reads the place off a sentence."""

from __future__ import annotations

import pytest

from cxr_grounding.evaluation.datasets.location_prompt import location_of


@pytest.mark.parametrize(
    ("sentence", "location"),
    [
        ("Small left pleural effusion.", "left"),
        ("There is a moderate LEFT-sided effusion", "left-sided"),
        ("consolidation in the right lower lobe", "right lower lobe"),
        ("right upper and mid lung opacity", "right upper and mid lung"),
        ("opacity at the base of the left lung", "base of the left lung"),
        ("blunting of the left costophrenic angle", "left costophrenic angle"),
        ("bibasilar atelectasis", "bibasilar"),
        ("RLL pneumonia", "rll"),
        ("small right and moderate left effusions", "right and left"),
        ("opacities at the left base, right upper lobe", "left base and right upper lobe"),
        ("left-sided opacity, mostly in the lower zone", "left-sided lower zone"),
        ("perihilar edema", "perihilar"),
        ("apical pneumothorax on the right", "apical right"),
        ("enlarged cardiac silhouette", ""),
        ("the lungs are clear, no lung opacity", ""),
        ("", ""),
    ],
)
def test_the_location_is_the_words_that_say_where(sentence: str, location: str) -> None:
    assert location_of(sentence) == location
