"""How far an answer is to be believed: what the sentence says comes first, then the image."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cxr_grounding.calibration import Calibration, FittedWith
from cxr_grounding.evidence import Evidence, Rival
from cxr_grounding.placing import Place, Placing, Spot
from cxr_grounding.presets import PRESETS
from cxr_grounding.recipe import IntensityChain, Places, Recipe
from cxr_grounding.signals.assertion import read_sentence
from cxr_grounding.signals.places import Laterality
from cxr_grounding.verdict import Seen, Verdict, VerdictKind, judge

RECIPE = Recipe(evidence=True)

CALIBRATION = Calibration(
    fitted_on="12 films",
    fitted="2026-11-27",
    present=100,
    absent=200,
    nowhere_below=-0.1,
    here_from=0.1,
    agreement_from=0.4,
    knots=((-0.5, 0.0), (0.0, 0.5), (0.5, 1.0)),
    auroc=0.95,
    calibration_error=0.02,
    fitted_with=FittedWith(RECIPE, "single"),
)


def verdict(
    phrase: str,
    evidence: float | None = 0.3,
    *,
    mirrored: float | None = None,
    agreement: float | None = 0.6,
    **how: bool,
) -> Verdict:
    rival = None if mirrored is None else Rival("the other side", mirrored, 0.0)
    told = None if evidence is None else Evidence(evidence, evidence, rival, (), (459,), (399, 599))
    calibration = CALIBRATION if how.get("calibrated", True) else None
    return judge(read_sentence(phrase), Seen(told, agreement, how.get("is_flat", False), RECIPE, "single"), calibration)


def test_a_phrase_that_was_asked_at_every_place_is_judged_by_the_calibration_of_such() -> None:
    both = dataclasses.replace(CALIBRATION, placed=dataclasses.replace(CALIBRATION, here_from=0.4, fitted_on="9 films"))
    told = Evidence(0.3, 0.3, None, (), (459,), (399, 599))
    spot = Spot("Pleural Effusion", None, None, "small", "Small pleural effusion")
    placing = Placing((Place(spot, 0.3),), (Place(spot, 0.3),), 0.3)
    seen = Seen(told, 0.6, is_flat=False, recipe=RECIPE, precision="single")
    phrase = read_sentence("Pleural effusion")
    assert judge(phrase, seen, both).kind is VerdictKind.POINTS_HERE
    judged = judge(phrase, seen._replace(placing=placing), both)
    assert judged.kind is VerdictKind.IN_DOUBT
    assert "(9 films)" in judged.reasons[0]
    assert judge(phrase, seen._replace(placing=placing), CALIBRATION).kind is VerdictKind.POINTS_HERE


@pytest.mark.parametrize(
    ("phrase", "kind"),
    [
        ("Small left pleural effusion.", VerdictKind.POINTS_HERE),
        ("Bilateral effusions.", VerdictKind.POINTS_HERE),
        ("Effusion without pneumothorax.", VerdictKind.POINTS_HERE),
        ("No change in the left effusion.", VerdictKind.POINTS_HERE),
        ("No pneumothorax.", VerdictKind.DENIED),
        ("No effusion or pneumothorax.", VerdictKind.DENIED),
        ("The pneumothorax is no longer seen.", VerdictKind.DENIED),
        ("Possible left pneumonia.", VerdictKind.IN_DOUBT),
        ("No large effusion, small effusion.", VerdictKind.IN_DOUBT),
        ("Kleiner Pleuraerguss links, kein Pneumothorax.", VerdictKind.IN_DOUBT),
        ("Dr. Smith was notified.", VerdictKind.NOT_A_FINDING),
        ("Heart size is normal.", VerdictKind.NOT_A_FINDING),
        ("Two views of the chest were obtained.", VerdictKind.NOT_A_FINDING),
    ],
)
def test_the_sentence_comes_before_the_image(phrase: str, kind: VerdictKind) -> None:
    assert verdict(phrase).kind is kind


def test_the_words_that_decided_are_told() -> None:
    assert verdict("No pneumothorax.").reasons == ('Pneumothorax is denied: "No pneumothorax".',)
    assert verdict("Dr. Smith was notified.").reasons == ("It names people or times, and no finding.",)
    assert verdict("Effusion without pneumothorax.").reasons[1:] == ('Pneumothorax is denied: "without pneumothorax".',)
    assert verdict("No large effusion, small effusion.").reasons[0] == (
        "Pleural Effusion is affirmed and denied in one sentence."
    )


@pytest.mark.parametrize(
    ("phrase", "is_one"),
    [
        ("No large effusion, small effusion.", True),
        ("Left effusion, no effusion.", True),
        ("Left effusion, no left effusion.", True),
        ("Bilateral effusions, no right effusion.", True),
        ("Small left effusion, no right effusion.", False),
        ("No upper zone opacity, left lower zone opacity.", False),
        ("Left effusion without pneumothorax.", False),
    ],
)
def test_only_one_thing_that_is_affirmed_and_denied_is_a_contradiction(phrase: str, is_one: bool) -> None:
    told = verdict(phrase)
    assert (told.kind is VerdictKind.IN_DOUBT) == is_one
    assert any("is affirmed and denied in one sentence" in reason for reason in told.reasons) == is_one


@pytest.mark.parametrize(
    ("evidence", "kind", "share"),
    [
        (0.3, VerdictKind.POINTS_HERE, 0.8),
        (0.1, VerdictKind.POINTS_HERE, 0.6),
        (0.001, VerdictKind.IN_DOUBT, 0.501),
        (-0.1, VerdictKind.IN_DOUBT, 0.4),
        (-0.2, VerdictKind.POINTS_NOWHERE, 0.3),
        (-9.0, VerdictKind.POINTS_NOWHERE, 0.0),
    ],
)
def test_evidence_is_held_against_the_model_s_thresholds(evidence: float, kind: VerdictKind, share: float) -> None:
    told = verdict("Left effusion", evidence)
    assert (told.kind, told.share) == (kind, pytest.approx(share))
    assert f"Evidence {evidence:.2f}" in told.reasons[0]
    assert "12 films" in told.reasons[0]


@pytest.mark.parametrize(
    ("own", "mirrored", "kind"),
    [
        (-0.3, 0.2, VerdictKind.OTHER_SIDE),
        (0.15, 0.2, VerdictKind.OTHER_SIDE),
        (0.2, 0.15, VerdictKind.POINTS_HERE),
        (-0.3, 0.05, VerdictKind.POINTS_NOWHERE),
    ],
)
def test_the_other_side_has_to_explain_more_and_enough(own: float, mirrored: float, kind: VerdictKind) -> None:
    assert verdict("Left effusion", own, mirrored=mirrored).kind is kind


def test_two_maps_that_differ_leave_an_answer_in_doubt() -> None:
    told = verdict("Left effusion", agreement=0.3)
    assert told.kind is VerdictKind.IN_DOUBT
    assert told.reasons[0].startswith("The two maps agree on 30% of the places")
    assert verdict("Left effusion", agreement=None).kind is VerdictKind.POINTS_HERE


def test_a_model_without_calibration_gives_a_rank_and_says_so() -> None:
    told = verdict("Left effusion", calibrated=False, mirrored=0.4)
    assert (told.kind, told.share) == (VerdictKind.IN_DOUBT, None)
    assert told.reasons == (
        "The model is not calibrated: the evidence, 0.30, is a rank among phrases.",
        '"the other side" explains more: 0.40 against 0.30.',
    )
    assert verdict("No effusion", calibrated=False).kind is VerdictKind.DENIED


def test_without_evidence_it_says_so() -> None:
    told = verdict("Left effusion", None)
    assert (told.kind, told.reasons) == (VerdictKind.IN_DOUBT, ("No evidence was measured with this recipe.",))


def test_a_phrase_that_changes_nothing_is_in_doubt_wherever_the_thresholds_lie() -> None:
    below = dataclasses.replace(CALIBRATION, nowhere_below=-0.5, here_from=-0.4)
    seen = Seen(Evidence(-2e-8, -2e-8, None, (), (), ()), None, False, RECIPE, "single")
    for calibration in (below, CALIBRATION, None):
        told = judge(read_sentence("Left effusion"), seen, calibration)
        assert (told.kind, told.share) == (VerdictKind.IN_DOUBT, None)
        assert told.reasons == ("The model predicts the same with the phrase as without it.",)


def test_an_even_map_points_nowhere() -> None:
    assert verdict("Left effusion", is_flat=True).kind is VerdictKind.POINTS_NOWHERE


def test_only_what_points_here_is_drawn_in_full() -> None:
    assert [kind for kind in VerdictKind if kind.is_confident] == [VerdictKind.POINTS_HERE]


def test_what_a_sentence_says_beside_its_finding_is_told_too() -> None:
    told = verdict("Left opacity which may represent pneumonia.")
    assert told.kind is VerdictKind.POINTS_HERE
    assert told.reasons[-1] == 'Pneumonia is doubted: "may represent pneumonia".'


def test_a_threshold_belongs_to_the_calibration() -> None:
    lower = dataclasses.replace(CALIBRATION, nowhere_below=-0.5, here_from=-0.4)
    sentence, evidence = read_sentence("Left effusion"), Evidence(-0.2, -0.2, None, (), (), ())
    assert judge(sentence, Seen(evidence, None, False, RECIPE, "single"), lower).kind is VerdictKind.POINTS_HERE


def looked_at(recipe: Recipe = RECIPE, precision: str = "single", calibration: Calibration = CALIBRATION) -> Verdict:
    """The verdict on an affirmed phrase with much evidence that was measured so."""
    evidence = Evidence(0.3, 0.3, Rival("the other side", 0.4, -0.1), (), (459,), (399, 599))
    return judge(read_sentence("Left effusion"), Seen(evidence, None, False, recipe, precision), calibration)


@pytest.mark.parametrize(
    ("recipe", "other"),
    [
        (PRESETS["balanced"].applied(RECIPE), "predictions 179, here 20; kept_steps 60, here 20"),
        (RECIPE.replace(steps=100), "steps 300, here 100; predictions 179, here 59; kept_steps 60, here 20"),
        (RECIPE.replace(intensity=IntensityChain.MIN_MAX), "intensity mimic-cxr-jpg, here min-max"),
    ],
)
def test_a_calibration_says_nothing_of_evidence_that_was_measured_with_another_recipe(
    recipe: Recipe, other: str
) -> None:
    told = looked_at(recipe)
    assert (told.kind, told.share) == (VerdictKind.IN_DOUBT, None)
    assert told.reasons == (
        f"The model's calibration was fitted with another recipe ({other}): the evidence, 0.30, is a rank among "
        "phrases.",
        '"the other side" explains more: 0.40 against 0.30.',
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"preset": "balanced"},
        {"refine": True},
        {"predictions": 500, "kept_steps": 60},
        {"places": Places.AUTO},
    ],
)
def test_what_evidence_does_not_depend_on_is_no_other_recipe(changes: dict[str, Any]) -> None:
    assert looked_at(RECIPE.replace(**changes)) == looked_at()
    assert looked_at().kind is VerdictKind.OTHER_SIDE


def test_another_precision_and_a_recipe_that_is_not_known_are_told_beside_the_verdict() -> None:
    told = looked_at(precision="half")
    assert told.kind is VerdictKind.OTHER_SIDE
    assert told.reasons[-1] == "The calibration was fitted in single precision, this is half."
    told = looked_at(calibration=dataclasses.replace(CALIBRATION, fitted_with=None))
    assert told.kind is VerdictKind.OTHER_SIDE
    assert told.reasons[-1] == "The calibration does not say which recipe it was fitted with."


def test_where_a_phrase_was_asked_at_every_place_a_calibration_of_others_is_used_with_a_word_on_it() -> None:
    spot = Place(Spot("Pleural Effusion", Laterality.LEFT, None, "small", "Small left pleural effusion."), 0.3)
    evidence = Evidence(0.3, 0.3, None, (), (459,), ())
    seen = Seen(evidence, None, False, RECIPE, "single", Placing((spot,), (spot,), 0.3))
    caveat = "The calibration was fitted on phrases as they stand, not on ones that are asked at every place."
    told = judge(read_sentence("Effusion"), seen, CALIBRATION)
    assert told.kind is VerdictKind.POINTS_HERE
    assert caveat in told.reasons
    at_places = dataclasses.replace(CALIBRATION, fitted_with=FittedWith(RECIPE.replace(places=Places.AUTO), "single"))
    assert caveat not in judge(read_sentence("Effusion"), seen, at_places).reasons
