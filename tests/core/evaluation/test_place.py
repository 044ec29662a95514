"""How often a phrase without a place is found where its finding lies."""

from __future__ import annotations

from cxr_grounding.evaluation.place import PlaceSummary
from cxr_grounding.evaluation.score import Placed, SampleScore


def score(image: str, phrase: str, *placed: str) -> SampleScore:
    return SampleScore(image, phrase, "Pneumonia", "a.png", 1, {}, 1.0, placed=Placed(*placed))


SCORES = (
    score("a", "Pneumonia", "left", "lower", "left", "lower", "left", "Pneumonia in the left lower lung."),
    score("b", "Pneumonia", "left", "upper", "right", "upper", "right", "Pneumonia in the right upper lung."),
    score("c", "Pneumonia", "left", "upper", "left", "lower", "bilateral", "Pneumonia in the ..."),
    score("d", "Pleural effusion", "right", "", "right", "", "right", "Small right pleural effusion"),
    score("e", "Left pneumonia", "left", "lower", "left", "lower", "left", "Pneumonia in the left lower lung."),
    score("f", "Upper lobe pneumonia", "left", "upper", "left", "upper", "left", "Pneumonia in the left upper lung."),
    score("g", "Cardiomegaly", "", "", "", "", "", "Mild cardiomegaly"),
    score("h", "Pneumonia in the left lower lung.", "left", "lower"),
)


def test_sides_and_zones_count_where_the_finding_has_one_and_the_phrase_does_not_say_it() -> None:
    place = PlaceSummary.of(SCORES)
    assert (place.side.value, place.side.counts) == (4 / 5, {"right": 4, "of": 5}), "the best place, of both sides too"
    assert place.side_alone.counts == {"right": 3, "of": 5}, "both sides are not the one"
    assert (place.zone.value, place.zone.counts) == (3 / 4, {"right": 3, "of": 4})
    (sentence,) = place.sentences
    assert sentence.startswith("Place: the best one names the side of 80.0 % (")
    assert "of 5 and the zone of 75.0 % (" in sentence
    assert "without it; 60.0 % (" in sentence
    told = place.as_dict()["place"]
    assert set(told) == {"side", "side_alone", "zone"}
    assert told["zone"] == {"value": 0.75, "standard_error": place.zone.error, "right": 3, "of": 4}


def test_phrases_that_were_asked_as_they_stand_say_nothing_of_places() -> None:
    place = PlaceSummary.of(SCORES[-1:])
    assert place.sentences == ()
    assert place.as_dict()["place"]["side"] == {"value": None, "standard_error": None, "right": 0, "of": 0}
