"""What is proposed of a report: findings and impression, each statement once, with the words that decided."""

from __future__ import annotations

import pytest

from cxr_grounding import LeftOut, Proposal, deciding_words, iter_report, propose, read_report

REPORT = """CLINICAL HISTORY: 61-year-old man with pneumonia.
TECHNIQUE: Portable view with a left pleural effusion in its title.
COMPARISON: None.

FINDINGS: There is a small left pleural effusion. No pneumothorax. Stable mild cardiac enlargement.
Right lower lobe opacity was discussed with Dr. Smith at 3 p.m. The mediastinum is normal.
Possible atelectasis.
LUNGS:
Linear atelectasis at the right base.

IMPRESSION: 1. Small left pleural effusion. 2. Stable mild cardiomegaly. 3. Left upper lobe consolidation.
4. No pneumothorax.
"""


def proposals(text: str) -> list[Proposal]:
    return propose(read_report(text))


def proposed(text: str) -> list[str]:
    return [one.sentence.text for one in proposals(text) if one.is_proposed]


def marked(text: str) -> str:
    """A sentence with what decided in brackets."""
    (sentence,) = read_report(text)
    marks, end = "", 0
    for start, stop in deciding_words(sentence):
        marks += f"{sentence.text[end:start]}[{sentence.text[start:stop]}]"
        end = stop
    return marks + sentence.text[end:]


def test_findings_and_impression_are_proposed_and_each_statement_once() -> None:
    assert proposed(REPORT) == [
        "There is a small left pleural effusion",
        "Stable mild cardiac enlargement",
        "Linear atelectasis at the right base",
        "Left upper lobe consolidation",
    ]
    also_in = {one.sentence.text: one.also_in for one in proposals(REPORT) if one.also_in}
    assert also_in == {
        "There is a small left pleural effusion": ("impression",),
        "No pneumothorax": ("impression",),
        "Stable mild cardiac enlargement": ("impression",),
    }


def test_what_affirms_a_finding_elsewhere_is_left_out_and_says_why() -> None:
    left_out = {one.sentence.text: one.left_out for one in proposals(REPORT) if one.left_out is not None}
    assert left_out == {
        "Portable view with a left pleural effusion in its title": LeftOut.SECTION,
        "Right lower lobe opacity was discussed with Dr. Smith at 3 p.m": LeftOut.PEOPLE,
    }


def test_the_sentence_that_says_more_stays() -> None:
    report = "FINDINGS: Left effusion. IMPRESSION: Large left pleural effusion with atelectasis."
    (kept,) = proposals(report)
    assert (kept.sentence.text, kept.also_in) == ("Large left pleural effusion with atelectasis", ("findings",))


@pytest.mark.parametrize(
    ("findings", "impression"),
    [
        ("Small left effusion", "Large left effusion"),
        ("Small left effusion", "Small right effusion"),
        ("Small left effusion", "No left effusion"),
        ("Left upper lobe opacity", "Left lower lobe opacity"),
        ("Left effusion", "Left effusion has increased"),
    ],
)
def test_what_is_not_the_same_stays_two(findings: str, impression: str) -> None:
    texts = [one.sentence.text for one in proposals(f"FINDINGS: {findings}. IMPRESSION: {impression}.")]
    if impression.startswith(findings):
        assert texts == [impression], "one that says more takes the other's place"
    else:
        assert texts == [findings, impression]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("No large pleural effusion or pneumothorax", "[No] large [pleural effusion] or [pneumothorax]"),
        ("No effusion, but a right pneumothorax", "No effusion, but a right [pneumothorax]"),
        ("Opacity which may represent pneumonia", "[Opacity] which may represent pneumonia"),
        ("Possible pneumonia", "[Possible] [pneumonia]"),
        ("The mediastinum is normal", "The mediastinum is [normal]"),
        ("Dr. Smith was notified", "[Dr.] Smith was [notified]"),
        ("INDICATION: Left pneumonia", "Left [pneumonia]"),
        ("Kein Pleuraerguss links", "Kein Pleuraerguss links"),
        ("Lorem", "Lorem"),
    ],
)
def test_the_words_that_decided_are_marked(sentence: str, expected: str) -> None:
    assert marked(sentence) == expected


def test_a_report_can_be_read_a_sentence_at_a_time() -> None:
    assert list(iter_report(REPORT)) == read_report(REPORT)
    assert propose([]) == []
