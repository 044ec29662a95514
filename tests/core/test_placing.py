"""Where a phrase without a place is asked, and which of the places is chosen (METHOD 12)."""

from __future__ import annotations

from math import exp, log

import pytest

from cxr_grounding.pathologies import Pathology
from cxr_grounding.placing import Group, Place, Standing, choose, groups_of
from cxr_grounding.recipe import Recipe
from cxr_grounding.signals.assertion import read_sentence
from cxr_grounding.signals.known_findings import FINDINGS, Zone
from cxr_grounding.signals.places import Laterality

RECIPE = Recipe(second_place_from=0.1)


def asked(phrase: str) -> list[list[str]]:
    """The phrases of each group."""
    return [[spot.phrase for spot in group.spots] for group in groups_of(read_sentence(phrase))]


def test_every_pathology_has_its_row_and_a_name_that_is_read_as_it() -> None:
    assert set(FINDINGS) == set(Pathology)
    for pathology, known in FINDINGS.items():
        (finding,) = read_sentence(known.name).findings
        assert finding.pathology == pathology.value
        assert known.zones or known.sizes, "there is something to ask"


@pytest.mark.parametrize("pathology", Pathology)
def test_what_is_asked_in_its_stead_names_the_finding_and_all_of_the_place(pathology: Pathology) -> None:
    known = FINDINGS[pathology]
    (group,) = groups_of(read_sentence(known.name))
    for spot in group.spots:
        (finding,) = read_sentence(spot.phrase).findings
        assert (finding.pathology, finding.side, finding.zone) == (pathology.value, spot.side, spot.zone)
        assert groups_of(read_sentence(spot.phrase)) == (), "a phrase with its place is asked as it stands"


def test_a_finding_of_the_lungs_is_asked_in_three_zones_of_both_sides_or_of_the_one_that_is_named() -> None:
    (both,) = asked("pneumonia")
    assert both == [
        f"Pneumonia in the {side} {zone} lung." for side in ("right", "left") for zone in ("upper", "mid", "lower")
    ]
    assert asked("LEFT PNEUMONIA") == [both[3:]]
    assert asked("left-sided pneumonia is seen") == [both[3:]]
    assert asked("lower lobe pneumonia") == [
        ["Pneumonia in the right lower lung.", "Pneumonia in the left lower lung."]
    ]
    assert asked("Patchy pneumonia at the left base.") == []


def test_a_finding_of_one_side_is_asked_in_three_sizes_and_one_of_neither_side_too() -> None:
    assert asked("pneumothorax") == [
        [f"{size} {side} pneumothorax" for side in ("right", "left") for size in ("Small", "Moderate", "Large")]
    ]
    assert asked("right effusion") == [[f"{size} right pleural effusion" for size in ("Small", "Moderate", "Large")]]
    assert asked("trace effusion") == [["Small right pleural effusion", "Small left pleural effusion"]]
    assert asked("Tiny left pneumothorax.") == []
    assert asked("edema") == [["Mild pulmonary edema", "Moderate pulmonary edema", "Severe pulmonary edema"]]
    assert asked("marked cardiomegaly") == []
    assert len(asked("apical cardiomegaly")[0]) == 3, "it has no zone"


def test_both_sides_are_asked_apart_and_so_are_two_findings() -> None:
    right, left = asked("bilateral pleural effusions")
    assert all("right" in phrase for phrase in right)
    assert all("left" in phrase for phrase in left)
    effusion, atelectasis = asked("effusion and left atelectasis")
    assert (len(effusion), atelectasis) == (6, ["Atelectasis in the left lower lung."])
    assert asked("left and right pleural effusion") == asked("bilateral pleural effusions")


@pytest.mark.parametrize(
    "phrase",
    [
        "No effusion",
        "The effusion has resolved.",
        "history of pneumonia",
        "rib fracture",
        "effusion and rib fracture",
        "plueral efusion",
        "derrame pleural izquierdo",
        "atelectasis, consolidation, edema and effusion",
        "The lungs are clear.",
    ],
)
def test_other_phrases_are_asked_as_they_stand(phrase: str) -> None:
    assert asked(phrase) == []


def placed(phrase: str, explained: dict[str, float], recipe: Recipe = RECIPE):
    groups = groups_of(read_sentence(phrase))
    every = {spot.phrase: explained.get(spot.phrase, -1.0) for group in groups for spot in group.spots}
    return choose(groups, every, recipe)


def test_the_place_that_explains_most_is_chosen_and_counts_most() -> None:
    placing = placed("left opacity", {"Opacity in the left lower lung.": 0.3, "Opacity in the left mid lung.": 0.1})
    assert (placing.phrase, placing.words) == ("Opacity in the left lower lung.", "left lower zone")
    assert (placing.side, placing.zone, placing.size) == (Laterality.LEFT, Zone.LOWER, None)
    assert placing.explained == pytest.approx(log((exp(15 * 0.3) + exp(15 * 0.1) + exp(-15)) / 3) / 15)
    assert [place.explained for place in placing.places] == [0.3, 0.1, -1.0]
    assert isinstance(placing.runner_up, Place)
    assert placing.runner_up.spot.zone is Zone.MIDDLE


def test_a_finding_that_is_well_explained_on_both_sides_is_named_on_both() -> None:
    explained = {"Small right pleural effusion": 0.3, "Large left pleural effusion": 0.1}
    placing = placed("effusion", explained)
    assert placing.side is Laterality.BILATERAL
    assert placing.phrase == "Small right pleural effusion; Large left pleural effusion"
    assert placing.words == "small, right and large, left"
    assert placed("effusion", explained | {"Large left pleural effusion": 0.09}).side is Laterality.RIGHT
    assert placed("right effusion", explained).side is Laterality.RIGHT


def test_what_is_said_of_both_sides_or_of_two_findings_has_to_hold_of_each() -> None:
    both = placed("bilateral effusion", {"Small right pleural effusion": 0.3, "Small left pleural effusion": -0.5})
    assert both.side is Laterality.BILATERAL
    assert both.explained < -0.5
    two = placed("cardiomegaly and edema", {"Mild cardiomegaly": 0.2, "Severe pulmonary edema": 0.1})
    assert [place.spot.phrase for place in two.chosen] == ["Mild cardiomegaly", "Severe pulmonary edema"]
    assert two.side is None
    assert two.explained == pytest.approx(log((exp(1.5) + 2 * exp(-15)) / 3) / 15)


def test_a_group_of_one_place_is_that_place() -> None:
    (group,) = groups_of(read_sentence("left pneumonia"))
    placing = choose([Group(group.spots[:1], is_side=False)], {group.spots[0].phrase: 0.25}, RECIPE)
    assert placing.explained == pytest.approx(0.25)
    assert placing.runner_up is None


def test_each_place_stands_to_the_best_one_of_its_finding_and_side() -> None:
    groups = groups_of(read_sentence("bilateral effusion"))
    explained = dict(zip(("Small", "Moderate", "Large"), (0.2, 0.11, 0.09), strict=True))
    of_phrase = {
        f"{size} {side} pleural effusion": value - (0.3 if side == "right" else 0)
        for side in ("left", "right")
        for size, value in explained.items()
    }
    placing = choose(groups, of_phrase, RECIPE)
    standing = {place.spot.phrase: placing.standing(place) for place in placing.places}
    for side in ("left", "right"):
        assert standing[f"Small {side} pleural effusion"] is Standing.BEST
        assert standing[f"Moderate {side} pleural effusion"] is Standing.CLOSE
        assert standing[f"Large {side} pleural effusion"] is Standing.BEHIND
    one_side = choose(groups_of(read_sentence("effusion")), of_phrase, RECIPE)
    assert one_side.standing(one_side.places[-1]) is Standing.FAR_BEHIND


def test_people_read_the_place_the_next_one_and_what_was_asked() -> None:
    zones = dict(zip(("upper", "mid", "lower"), (-0.4, 0.05, 0.1), strict=True))
    of_phrase = {f"Opacity in the left {zone} lung.": value for zone, value in zones.items()}
    assert choose(groups_of(read_sentence("left opacity")), of_phrase, RECIPE).sentence == (
        "Best explained at: left lower zone (0.10); next: left middle zone (0.05), close. "
        'The map is of "Opacity in the left lower lung.", asked in its stead.'
    )


@pytest.mark.parametrize(
    "phrase", ["left pneumonia", "left lower lobe opacity", "left effusion", "small left pneumothorax"]
)
def test_across_lie_the_places_of_the_mirrored_phrase(phrase: str) -> None:
    other = groups_of(read_sentence(phrase.replace("left", "right")))
    assert tuple(group.across for group in groups_of(read_sentence(phrase))) == other
    (heart,) = groups_of(read_sentence("cardiomegaly"))
    assert heart.across == heart
