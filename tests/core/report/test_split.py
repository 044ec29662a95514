"""Reports as people paste them."""

from __future__ import annotations

import textwrap

import pytest

from cxr_grounding.errors import PhraseError
from cxr_grounding.report.split import LONGEST_REPORT, split_report, split_sections

REPORT = """INDICATION: Cough, r/o pneumonia.
COMPARISON: Chest film of Jan. 5, when the R. effusion was larger.
FINDINGS: The heart is at the upper limits of normal in size. There is a 2.6 x 1.4 cm. opacity in the left upper lobe.
No effusion or pneumothorax is seen. Compression of T12.
IMPRESSION:
1. Opacity of the left upper lobe, 4 x 3 cm.
2. No effusion. Follow-up in approx. 6 weeks is recommended.
3. Old fracture of rib 4."""

SENTENCES = [
    "Cough, r/o pneumonia",
    "Chest film of Jan. 5, when the R. effusion was larger",
    "The heart is at the upper limits of normal in size",
    "There is a 2.6 x 1.4 cm. opacity in the left upper lobe",
    "No effusion or pneumothorax is seen",
    "Compression of T12",
    "Opacity of the left upper lobe, 4 x 3 cm",
    "No effusion",
    "Follow-up in approx. 6 weeks is recommended",
    "Old fracture of rib 4",
]


def test_a_report_becomes_its_sentences() -> None:
    report = """
    FINAL REPORT
    CHEST RADIOGRAPH

    INDICATION: Dyspnea.
    FINDINGS: There is a small left pleural effusion, measuring approx. 2.5 cm. Dr. Smith
    was informed at 3 p.m. by phone.  No pneumothorax; the heart is
    enlarged.

    IMPRESSION:
    1. Left effusion
    2) Cardiomegaly.
    - Tubes, lines etc. unchanged
    """
    assert split_report(report) == [
        "Dyspnea",
        "There is a small left pleural effusion, measuring approx. 2.5 cm",
        "Dr. Smith was informed at 3 p.m. by phone",
        "No pneumothorax",
        "the heart is enlarged",
        "Left effusion",
        "Cardiomegaly",
        "Tubes, lines etc. unchanged",
    ]


@pytest.mark.parametrize(
    ("report", "sentences"),
    [
        ("", []),
        ("  \n\n", []),
        ("FINDINGS:", []),
        ("1.\n2.\n", []),
        ("left effusion", ["left effusion"]),
        ("Impression: 1. Small effusion. 2. Edema.", ["Small effusion", "Edema"]),
        ("HEART: Enlarged.", ["HEART: Enlarged"]),
        ("SMALL LEFT EFFUSION", ["SMALL LEFT EFFUSION"]),
        ("Lines, tubes, etc. The heart is normal.", ["Lines, tubes, etc", "The heart is normal"]),
        ("A nodule of\n1.5 cm, vs. Scar.", ["A nodule of 1.5 cm, vs. Scar"]),
        ("Is there edema? Yes!", ["Is there edema?", "Yes!"]),
        ('He said "no change." Edema.', ['He said "no change."', "Edema"]),
        ("**Findings:** Edema.", ["Edema"]),
        (
            "Views are limited. Examination of the chest shows edema.",
            ["Views are limited", "Examination of the chest shows edema"],
        ),
    ],
)
def test_headings_numbers_and_abbreviations(report: str, sentences: list[str]) -> None:
    assert split_report(report) == sentences


@pytest.mark.parametrize(
    "pasted",
    [
        REPORT,
        REPORT.replace("\n", "\r\n"),
        REPORT.replace("\n", " "),
        REPORT.replace("\n", "\\.br\\"),
        REPORT.replace("\n", r"\n"),
        REPORT.replace("\n", "~"),
        "<p>" + REPORT.replace("\n", "<br>") + "</p>",
        r"{\rtf1\ansi " + REPORT.replace("\n", r"\par ") + "}",
        "\n".join(textwrap.fill(line, 40) for line in REPORT.splitlines()),
        "\n".join(textwrap.fill(line, 72) for line in REPORT.splitlines()),
        REPORT.replace("normal in size. There", "normal in size.There"),
    ],
)
def test_the_same_report_gives_the_same_sentences_however_it_was_copied(pasted: str) -> None:
    assert split_report(pasted) == SENTENCES


@pytest.mark.parametrize(
    "pasted",
    [
        "IMPRESSION:\n\u00b7\tLarge effusion\n\u25aa\tMild edema\n\uf0b7\tMass",
        "-> Large effusion\n=> Mild edema\n\u27a2 Mass",
        "\u2022Large effusion\n*Mild edema\n>>Mass",
        "o\tLarge effusion\n\u00d8\tMild edema\n[x] Mass",
        "A. Large effusion\nB. Mild edema\nC. Mass",
        "I. Large effusion\nII. Mild edema\nIII. Mass",
        "(i) Large effusion\n(ii) Mild edema\n(iii) Mass",
        "1.1. Large effusion\n1.2. Mild edema\n1.3. Mass",
        "Impression: 1. Large effusion 2. Mild edema 3. Mass",
        "IMPRESSION: A. Large effusion. B. Mild edema. C. Mass.",
        "Large effusion\nMild edema\nMass",
        "Large effusion;Mild edema;Mass",
        "FINDINGS: Large effusion. IMPRESSION: Mild edema. Recommendation: Mass",
        "Findings: Large effusion Impression: Mild edema\nMass",
        "Large effusion.\nMild edema.Mass.",
    ],
)
def test_items_of_every_kind_of_list_are_sentences_without_their_marks(pasted: str) -> None:
    assert split_report(pasted) == ["Large effusion", "Mild edema", "Mass"]


@pytest.mark.parametrize(
    "whole",
    [
        "L. base opacity",
        "Pt. is intubated",
        "Mass of 2.1 x 1.4 cm. in the right upper lobe",
        "Compared to Jan. 5, the R. effusion is larger",
        "Since Mar. XXXX no change",
        "Tip of the R. IJ line in the SVC",
        "Dr. J. Smith was told",
        "E. coli pneumonia",
        "A. fib with RVR",
        "No. 3 rib is broken",
        "Lt. base opacity, prob. atelectasis",
        "? effusion",
        "> 2 cm nodule",
        "opacity in the\nchest and mass",
        "no change since the prior\nstudy: see above",
        "seen at www.example.com",
    ],
)
def test_what_only_looks_like_an_end_or_a_mark_cuts_nothing(whole: str) -> None:
    assert split_report(whole) == [whole.replace("\n", " ")]


@pytest.mark.parametrize(
    ("report", "sentences"),
    [
        ("Hepatitis C. No effusion.", ["Hepatitis C", "No effusion"]),
        ("Worse on the L. No edema.", ["Worse on the L", "No edema"]),
        ("Measures 3 cm. 2. Edema", ["Measures 3 cm", "Edema"]),
        ("Told at 3 p.m. there is no change.", ["Told at 3 p.m", "there is no change"]),
        ("heart normal.no effusion", ["heart normal", "no effusion"]),
        ("fracture of rib\n4. No edema.", ["fracture of rib 4", "No edema"]),
        ("right-\nsided", ["right-sided"]),
        (
            "Granuloma, stable The lungs are clear There is no edema",
            ["Granuloma, stable", "The lungs are clear", "There is no edema"],
        ),
        ("Shown to The Doctor", ["Shown to The Doctor"]),
        (
            "\u80ba\u91ce\u6e05\u6670\u3002\u5fc3\u5f71\u6b63\u5e38\u3002",
            ["\u80ba\u91ce\u6e05\u6670", "\u5fc3\u5f71\u6b63\u5e38"],
        ),
    ],
)
def test_an_abbreviation_at_an_end_glues_nothing(report: str, sentences: list[str]) -> None:
    assert split_report(report) == sentences


def test_a_text_far_longer_than_a_report_is_refused() -> None:
    most = "Effusion. " * (LONGEST_REPORT // 10)
    assert len(split_report(most)) == LONGEST_REPORT // 10
    with pytest.raises(PhraseError, match=r"131,080 letters, far more.*Take the part that is about this image"):
        split_report(most + "Effusion. ")


def test_sentences_know_their_section() -> None:
    sections = [sentence.section for sentence in split_sections("Edema.\n" + REPORT + "\nTUBES:\nNone")]
    assert sections == [None, "indication", "comparison", *["findings"] * 4, *["impression"] * 4, "tubes"]


@pytest.mark.parametrize("run", ["\\", ".", ".;", "!\u00ad.", "? ", "))", "1."])
def test_a_long_run_of_one_sign_takes_no_square_of_its_length(run: str) -> None:
    """Minutes, where it does."""
    assert split_report("Effusion " + run * ((LONGEST_REPORT - 10) // len(run)) + ":")[0].startswith("Effusion")
