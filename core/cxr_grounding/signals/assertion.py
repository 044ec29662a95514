"""What the sentences of a report say: which findings each names, whether it affirms them, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cxr_grounding.report.split import ReportSentence, split_sections
from cxr_grounding.signals.known_findings import Zone
from cxr_grounding.signals.languages import Words, count_words
from cxr_grounding.signals.other_sentences import Reason, reason_without_finding
from cxr_grounding.signals.places import Laterality, Place, find_places
from cxr_grounding.signals.scope import Assertion, Judged, judge
from cxr_grounding.signals.spans import lowered

INDICATION, COMPARISON = "indication", "comparison"
"""Sections that ask or tell of the past: the whole, and the first sentence; findings often follow it."""

_BY_WEIGHT = (Assertion.AFFIRMED, Assertion.UNCERTAIN, Assertion.DENIED, Assertion.HISTORY)


@dataclass(frozen=True)
class Finding:
    """What a sentence says of one finding.

    Args:
        pathology: one of the eight of MS-CXR by its name there: "Atelectasis", "Cardiomegaly", "Consolidation",
            "Edema", "Lung Opacity", "Pleural Effusion", "Pneumonia", "Pneumothorax"; of any other finding the
            sentence's own words, lower case: "hiatal hernia".
        assertion: AFFIRMED, DENIED, UNCERTAIN or HISTORY.
        side: LEFT, RIGHT or BILATERAL of the patient; None where the sentence does not say.
        zone: UPPER, MIDDLE or LOWER; None where it does not say, or names several.
        because: the words that decided, as they stand in the sentence, with "…" for what lies between them: those that
            name the finding, and those that deny it, doubt it or tell of the past; before them the section, where
            that decided.
    """

    pathology: str
    assertion: Assertion
    side: Laterality | None
    zone: Zone | None
    because: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the names of the fields above, with the values of the enumerations in lower case."""
        return {
            "pathology": self.pathology,
            "assertion": self.assertion.value,
            "side": None if self.side is None else self.side.value,
            "zone": None if self.zone is None else self.zone.value,
            "because": self.because,
        }


@dataclass(frozen=True)
class Sentence:
    """What is read of one sentence.

    Args:
        text: the sentence, as `split_report` gives it.
        section: of the report: "findings", "impression", "indication", "comparison", "technique", "recommendation",
            "addendum", "report", or another heading in lower case; None where it stands under none.
        reason: why it can be grounded, AFFIRMED; or why it cannot: UNCERTAIN, DENIED, HISTORY, COMMUNICATION,
            RECOMMENDATION, NORMAL, COMPARISON, TECHNIQUE, NO_FINDING, UNKNOWN_LANGUAGE.
        findings: in the order in which it names them; none where its language is unknown.
    """

    text: str
    section: str | None
    reason: Reason
    findings: tuple[Finding, ...]

    @property
    def is_groundable(self) -> bool:
        """Whether it affirms a finding, so that there is something to point at."""
        return self.reason is Reason.AFFIRMED

    def to_dict(self) -> dict[str, Any]:
        """For JSON: "text", "section", "is_groundable", "reason" (the enumeration's value), "findings"."""
        return {
            "text": self.text,
            "section": self.section,
            "is_groundable": self.is_groundable,
            "reason": self.reason.value,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def read_report(text: str, section: str | None = None) -> list[Sentence]:
    """What each sentence of a report says, in their order.

    The sentences are those of `split_report`. Where most words of the report are of another language than English, its
    sentences are read only where they are English themselves.

    Args:
        text: of one report, in any form that `split_report` reads.
        section: that the text stands in, up to its first heading.

    Raises:
        PhraseError: when the text is longer than `split_report` takes.
    """
    return list(iter_report(text, section))


def iter_report(text: str, section: str | None = None) -> Iterator[Sentence]:
    """As `read_report`, one sentence after the other: for a window that reads a long report and must not stand still.

    Raises:
        PhraseError: as it does, at the first sentence.
    """
    split = [ReportSentence(one.text, one.section or section) for one in split_sections(text)]
    counts = [count_words(lowered(one.text)) for one in split]
    whole = Words(*(sum(column) for column in zip(*counts, strict=True))) if counts else Words(0, 0, 0)
    before = [None, *(one.section for one in split)]
    for one, words, last in zip(split, counts, before, strict=False):
        yield _read(
            one,
            is_english=words.are_english if whole.are_english else words.english > words.foreign,
            is_past=one.section == INDICATION or (one.section == COMPARISON and last != COMPARISON),
        )


def read_sentence(text: str, section: str | None = None) -> Sentence:
    """What one sentence or phrase says, as it stands: it is not split.

    Args:
        text: white space in it counts as single blanks.
        section: of the report that it is from.
    """
    text = " ".join(text.split())
    is_english = count_words(lowered(text)).are_english
    return _read(ReportSentence(text, section), is_english=is_english, is_past=section in (INDICATION, COMPARISON))


def _read(sentence: ReportSentence, *, is_english: bool, is_past: bool) -> Sentence:
    if not is_english:
        return Sentence(*sentence, Reason.UNKNOWN_LANGUAGE, ())
    small = lowered(sentence.text)
    judged, marks = judge(small)
    places = find_places(small, marks)
    past = sentence.section if is_past else None
    findings = tuple(_finding(sentence.text, one, place, past) for one, place in zip(judged, places, strict=True))
    return Sentence(*sentence, _reason(sentence, small, findings), findings)


def _reason(sentence: ReportSentence, small: str, findings: Sequence[Finding]) -> Reason:
    said = {finding.assertion for finding in findings}
    if said:
        return Reason(next(assertion for assertion in _BY_WEIGHT if assertion in said).value)
    if sentence.section == INDICATION:
        return Reason.HISTORY
    return reason_without_finding(small)


def _finding(text: str, judged: Judged, place: Place, past: str | None) -> Finding:
    named, assertion, cue = judged
    deciding = (named[:2], named.part, cue and cue[:2])
    because = _quoted(text, [words for words in deciding if words is not None])
    if past is not None and assertion is Assertion.AFFIRMED:
        assertion, because = Assertion.HISTORY, f"{past}: {because}"
    return Finding(named.name, assertion, place.side, place.zone, because)


def _quoted(text: str, words: Sequence[tuple[int, int]]) -> str:
    """Some words of a text, in their order, with "…" where others lie between them."""
    quoted, end = "", 0
    for start, stop in sorted(words):
        if quoted:
            quoted += " " if not text[end:start].strip() else " … "
        quoted += text[start:stop]
        end = stop
    return quoted
