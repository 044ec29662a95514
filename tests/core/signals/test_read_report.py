"""Whole reports: sections, languages, and texts that nobody dictated. All are invented for these tests."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cxr_grounding import read_report, read_sentence, split_report
from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.findings import Finding as PhantomFinding
from cxr_grounding.phantom.wording import sentence
from cxr_grounding.signals.languages import count_words
from cxr_grounding.signals.other_sentences import Reason
from cxr_grounding.signals.scope import Assertion

REPORT = """INDICATION: Cough, pneumonia.
COMPARISON: Film of Jan. 5, when the right effusion was larger. The heart is enlarged.
FINDINGS: Small left effusion. No pneumothorax. Dr. Smith was notified.
CONCLUSION:
1. Small left effusion.
LINES AND TUBES:
Left PICC."""


def test_every_sentence_has_its_section_and_reason() -> None:
    assert [(one.section, one.reason.value) for one in read_report(REPORT)] == [
        ("indication", "history"),
        ("comparison", "history"),
        ("comparison", "affirmed"),
        ("findings", "affirmed"),
        ("findings", "denied"),
        ("findings", "communication"),
        ("impression", "affirmed"),
        ("lines and tubes", "affirmed"),
    ]


def test_the_sentences_are_those_of_the_splitter() -> None:
    assert [one.text for one in read_report(REPORT)] == split_report(REPORT)


def test_an_indication_affirms_nothing_and_its_section_is_told() -> None:
    (finding,) = read_report(REPORT)[0].findings
    assert (finding.assertion, finding.because) == (Assertion.HISTORY, "indication: pneumonia")


def test_the_section_of_a_text_without_a_heading_may_be_given() -> None:
    assert read_report("Pneumonia.", "indication")[0].reason is Reason.HISTORY
    assert read_sentence("Pneumonia", "indication").reason is Reason.HISTORY
    assert read_report("Pneumonia. IMPRESSION: Edema.", "indication")[1].section == "impression"


def test_what_is_read_is_json() -> None:
    assert json.loads(json.dumps(read_sentence("Small left effusion", "findings").to_dict())) == {
        "text": "Small left effusion",
        "section": "findings",
        "is_groundable": True,
        "reason": "affirmed",
        "findings": [
            {
                "pathology": "Pleural Effusion",
                "assertion": "affirmed",
                "side": "left",
                "zone": None,
                "because": "effusion",
            }
        ],
    }


@pytest.mark.parametrize("pathology", Pathology)
def test_what_phantoms_say_is_read_as_what_was_drawn(pathology: Pathology) -> None:
    rng = np.random.default_rng(5)
    for _ in range(40):
        drawn = PhantomFinding.sample(pathology, rng)
        text = sentence(drawn, rng)
        (found,) = read_sentence(text).findings
        assert (found.pathology, found.assertion) == (pathology.value, Assertion.AFFIRMED), text
        assert (found.side and found.side.value) == (drawn.side or None), text
        if drawn.zone:
            assert found.zone is not None, text
            assert found.zone.value == drawn.zone, text


FOREIGN = [
    "Kein Pneumothorax.",
    "Pleuraerguss links.",
    "Das Herz ist vergr\u00f6\u00dfert. Kein Nachweis eines Pneumothorax. Keine Infiltrate.",
    "Cardiomegalie. Geen pleuravocht. Het hart is niet vergroot.",
    "No se observa neumot\u00f3rax.",
    "Derrame pleural izquierdo. Atelectasis basal derecha. Silueta card\u00edaca normal.",
    "Cardiom\u00e9galie.",
    "Pas d'\u00e9panchement pleural. Opacit\u00e9 de la base droite.",
    "Versamento pleurico sinistro. Non si osserva pneumotorace. Ombra cardiaca nei limiti della norma.",
    "Derrame pleural \u00e0 esquerda. Sem sinais de pneumot\u00f3rax.",
    "Ingen pneumothorax. Hj\u00e4rtat \u00e4r inte f\u00f6rstorat.",
    "P\u0142uca bez zmian ogniskowych. Serce niepowi\u0119kszone.",
    "Akci\u011ferler normal. Pn\u00f6motoraks yok.",
    "\u041f\u043d\u0435\u0432\u043c\u043e\u0442\u043e\u0440\u0430\u043a\u0441\u0430 \u043d\u0435\u0442.",
    "\u80ba\u91ce\u6e05\u6670\u3002\u5fc3\u5f71\u6b63\u5e38\u3002",
    "Tulang intak, sudut kostofrenikus lancip, tidak tampak infiltrat",
]


FOREIGN_PHRASES = [
    *("Pleuraerguss", "Kardiomegalie", "kleiner Pneumothorax", "pneumonie lobaire", "aucun pneumothorax"),
    *("Petit pneumothorax", "nessun pneumothorax", "lieve cardiomegalia", "ningun neumotorax", "ingen pneumothorax"),
    "brak odmy",
]


@pytest.mark.parametrize("phrase", FOREIGN_PHRASES)
def test_a_phrase_of_few_foreign_words_is_said_to_be_unknown_and_not_guessed(phrase: str) -> None:
    sentence = read_sentence(phrase)
    assert (sentence.reason, sentence.findings) == (Reason.UNKNOWN_LANGUAGE, ())


@pytest.mark.parametrize("report", FOREIGN)
def test_a_report_in_another_language_is_said_to_be_unknown(report: str) -> None:
    assert [(one.reason, one.findings) for one in read_report(report)] == [
        (Reason.UNKNOWN_LANGUAGE, ()) for _ in split_report(report)
    ]


@pytest.mark.parametrize(
    "phrase",
    [
        "cardiomegaly",
        "left effusion",
        "no ptx",
        "RLL infiltrate",
        "COPD",
        "ET tube in place",
        "s/p CABG",
        "Tortuous atherosclerotic aorta",
        "Dr. M\u00fcller was notified",
        "Brain metastasis versus abscess",
    ],
)
def test_a_short_english_phrase_is_english(phrase: str) -> None:
    assert read_sentence(phrase).reason is not Reason.UNKNOWN_LANGUAGE


def test_an_english_sentence_in_a_foreign_report_is_read() -> None:
    report = "Das Herz ist nicht vergr\u00f6\u00dfert. Kein Erguss. There is a small left effusion. Pneumothorax."
    assert [one.reason.value for one in read_report(report)] == [
        "unknown language",
        "unknown language",
        "affirmed",
        "unknown language",
    ]


def test_a_foreign_sentence_in_an_english_report_is_not() -> None:
    report = "The heart is enlarged. There is no effusion. Kein Pneumothorax. Edema."
    assert [one.reason.value for one in read_report(report)] == ["affirmed", "denied", "unknown language", "affirmed"]


def test_words_are_counted_by_the_language_that_they_speak_for() -> None:
    assert count_words("kein erguss, but the heart is enlarged") == (4, 2, 7)


@pytest.mark.parametrize("text", ["", " \n", "1.", "\ud800", "\x00"])
def test_a_text_without_words_has_no_sentence(text: str) -> None:
    assert read_report(text) == []


def test_letters_that_are_two_in_lower_case_move_no_word() -> None:
    (finding,) = read_sentence("\u0130\u0130\u0130 was told of the effusion which is on the LEFT").findings
    assert finding.because == "effusion"


@pytest.mark.parametrize("part", ["no effusion ", "no a, ", "a", "pleural ", "opacity versus ", "left ", "? ", "not "])
def test_a_long_text_without_an_end_is_read(part: str) -> None:
    text = part * (20_000 // len(part))
    assert len(read_report(text)) <= 1
