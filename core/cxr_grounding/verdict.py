"""How far an answer is to be believed, in words: by what the sentence says, the evidence, and how two maps agree."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cxr_grounding.calibration import ROUNDING, Calibration
from cxr_grounding.evidence import Evidence
from cxr_grounding.placing import Placing
from cxr_grounding.recipe import Recipe
from cxr_grounding.signals.assertion import Finding, Sentence
from cxr_grounding.signals.near_words import nearest_finding
from cxr_grounding.signals.other_sentences import Reason
from cxr_grounding.signals.places import Laterality
from cxr_grounding.signals.scope import Assertion


class VerdictKind(enum.Enum):
    """The verdicts there are; the value is what a person reads."""

    POINTS_HERE = "points here"
    """The sentence affirms it, and the image bears it out."""
    IN_DOUBT = "in doubt"
    """Neither: the sentence doubts it, the evidence is between the two, the maps differ, or nothing is known of it."""
    POINTS_NOWHERE = "points nowhere"
    """The image does not bear it out: the map is what is left when its highest place is called 100 %."""
    DENIED = "the sentence denies it"
    OTHER_SIDE = "other side than named"
    """The same sentence about the other side explains more, and enough."""
    NOT_A_FINDING = "not a finding"
    """The sentence names nothing that can be pointed at."""

    @property
    def is_confident(self) -> bool:
        """Whether heat may be drawn in full; else it is drawn pale, or not at all."""
        return self is VerdictKind.POINTS_HERE


@dataclass(frozen=True)
class Verdict:
    """How far an answer is to be believed.

    Args:
        kind: in words.
        reasons: sentences that say why, the weightiest first.
        share: of phrases with such evidence that were true where the model was calibrated, were true and absent ones
            equally many; None where it was not, or there is no evidence.
    """

    kind: VerdictKind
    reasons: tuple[str, ...]
    share: float | None = None

    def __str__(self) -> str:
        """The words, and why, on one line."""
        return " ".join((f"{self.kind.value}:", *self.reasons))


class Seen(NamedTuple):
    """What the image had to say to a phrase.

    Args:
        evidence: None where none was measured.
        agreement: of the regions of two maps, the attention's and the sharpened one (`Grounding.agreement`); None where
            there are not two.
        is_flat: whether the map is even, so that it points nowhere.
        recipe: that it was looked at with.
        precision: in which the U-Net computed, one of `ask.PRECISIONS`.
        placing: where it was asked in its stead; None where it was asked as it stands.
    """

    evidence: Evidence | None
    agreement: float | None
    is_flat: bool
    recipe: Recipe
    precision: str
    placing: Placing | None = None


_NO_FINDING = {
    Reason.COMMUNICATION: "It names people or times, and no finding.",
    Reason.RECOMMENDATION: "It says what is to be done, and names no finding.",
    Reason.NORMAL: "It calls something normal, and names no finding.",
    Reason.COMPARISON: "It compares, and names no finding.",
    Reason.TECHNIQUE: "It says how the radiograph was made.",
    Reason.NO_FINDING: "It names nothing that is known as a finding.",
}


def judge(sentence: Sentence, seen: Seen, calibration: Calibration | None) -> Verdict:
    """The verdict on an answer.

    What the sentence says comes first: no image makes a finding of a denial. Then the image: a phrase that explains too
    little points nowhere, one whose mirror image explains enough names the wrong side.

    Args:
        sentence: what the phrase says, as `read_sentence` reads it.
        seen: what the image had to say to it.
        calibration: of the model; None where it has none. One that was fitted with another recipe says nothing of this
            answer, and counts as none.
    """
    calibration = None if calibration is None else calibration.of(is_placed=seen.placing is not None)
    if sentence.reason in _NO_FINDING:
        return Verdict(VerdictKind.NOT_A_FINDING, (_NO_FINDING[sentence.reason], *_offer(sentence)))
    if sentence.reason is Reason.DENIED:
        return Verdict(VerdictKind.DENIED, tuple(_said(sentence, Assertion.DENIED)))
    doubts = tuple(_doubts(sentence))
    beside = [one for how in _HOW for one in _said(sentence, how)] if sentence.is_groundable else []
    why = _uncalibrated(seen, calibration)
    kind, reasons = _by_image(seen, None if why else calibration, why)
    if doubts and kind is VerdictKind.POINTS_HERE:
        kind = VerdictKind.IN_DOUBT
    placed = tuple(_placed(seen.placing))
    if calibration is None or why or seen.evidence is None or _changes_nothing(seen.evidence):
        return Verdict(kind, (*doubts, *reasons, *placed, *beside))
    share = calibration.share_of(seen.evidence.contested)
    return Verdict(kind, (*doubts, *reasons, *_caveats(seen, calibration), *placed, *beside), share)


def _uncalibrated(seen: Seen, calibration: Calibration | None) -> str:
    """Why it is not known what evidence means here; "" where it is."""
    if calibration is None:
        return "The model is not calibrated"
    other = () if calibration.fitted_with is None else calibration.fitted_with.otherwise(seen.recipe)
    return f"The model's calibration was fitted with another recipe ({'; '.join(other)})" if other else ""


def _caveats(seen: Seen, calibration: Calibration) -> Iterator[str]:
    """What a calibration that is used may not hold for."""
    fitted_with = calibration.fitted_with
    if fitted_with is None:
        yield "The calibration does not say which recipe it was fitted with."
        return
    if fitted_with.precision != seen.precision:
        yield f"The calibration was fitted in {fitted_with.precision} precision, this is {seen.precision}."
    if seen.placing is not None and not fitted_with.asks_at_places:
        yield "The calibration was fitted on phrases as they stand, not on ones that are asked at every place."


def _by_image(seen: Seen, calibration: Calibration | None, why: str) -> tuple[VerdictKind, tuple[str, ...]]:
    """What the image says to a phrase that affirms something; `why` tells why there is no calibration."""
    evidence = seen.evidence
    if seen.is_flat:
        return VerdictKind.POINTS_NOWHERE, ("The map is even all over the image.",)
    if evidence is None:
        return VerdictKind.IN_DOUBT, ("No evidence was measured with this recipe.",)
    if _changes_nothing(evidence):
        return VerdictKind.IN_DOUBT, ("The model predicts the same with the phrase as without it.",)
    if calibration is None:
        rank = f"{why}: the evidence, {evidence.contested:.2f}, is a rank among phrases."
        return VerdictKind.IN_DOUBT, (rank, *_mirror(evidence))
    mirrored = evidence.mirrored
    if mirrored is not None and mirrored.explained > max(evidence.explained, calibration.here_from):
        return VerdictKind.OTHER_SIDE, tuple(_mirror(evidence))
    weighed = (
        f"Evidence {evidence.contested:.2f}: of as many true as absent phrases with it, "
        f"{calibration.share_of(evidence.contested):.0%} were true ({calibration.fitted_on})."
    )
    if evidence.contested < calibration.nowhere_below:
        return VerdictKind.POINTS_NOWHERE, (weighed,)
    if evidence.contested < calibration.here_from:
        return VerdictKind.IN_DOUBT, (weighed, *_mirror(evidence))
    least = calibration.agreement_from
    if least is not None and seen.agreement is not None and seen.agreement < least:
        apart = f"The two maps agree on {seen.agreement:.0%} of the places that either marks; {least:.0%} is usual."
        return VerdictKind.IN_DOUBT, (apart, weighed)
    return VerdictKind.POINTS_HERE, (weighed,)


def _placed(placing: Placing | None) -> Iterator[str]:
    """Where a phrase without a place was asked, and how far behind the next place is."""
    if placing is not None:
        yield placing.sentence


def _offer(sentence: Sentence) -> Iterator[str]:
    """A finding whose name is nearly in the sentence."""
    near = nearest_finding(sentence.text.lower()) if sentence.reason is Reason.NO_FINDING else None
    if near is not None:
        yield f'Did you mean "{near}"? Then ground that.'


def _changes_nothing(evidence: Evidence) -> bool:
    """Whether the phrase explains neither more nor less than the empty prompt; no threshold is about such."""
    return abs(evidence.explained) < ROUNDING


def _mirror(evidence: Evidence) -> Iterator[str]:
    """Where the phrase about the other side explains more."""
    mirrored = evidence.mirrored
    if mirrored is not None and mirrored.explained > evidence.explained:
        yield f'"{mirrored.phrase}" explains more: {mirrored.explained:.2f} against {evidence.explained:.2f}.'


def _doubts(sentence: Sentence) -> Iterator[str]:
    """Why a sentence that is not denied as a whole is not to be taken at its word."""
    if sentence.reason is Reason.UNKNOWN_LANGUAGE:
        yield "The sentence is not in English, and was not read."
    elif sentence.reason is Reason.HISTORY and not sentence.findings:
        yield "It tells of the past, or what the examination is for."
    elif sentence.reason in (Reason.UNCERTAIN, Reason.HISTORY):
        yield from _said(sentence, Assertion(sentence.reason.value))
    affirmed, denied = (
        [finding for finding in sentence.findings if finding.assertion is assertion]
        for assertion in (Assertion.AFFIRMED, Assertion.DENIED)
    )
    for pathology in dict.fromkeys(one.pathology for one in affirmed for other in denied if _are_one(one, other)):
        yield f"{pathology} is affirmed and denied in one sentence."


def _are_one(one: Finding, other: Finding) -> bool:
    """Whether two findings may be the same thing: they are one pathology, and not of two sides or two zones."""
    sides, zones = {one.side, other.side}, {one.zone, other.zone}
    apart = sides == {Laterality.LEFT, Laterality.RIGHT} or (len(zones) == 2 and None not in zones)
    return one.pathology == other.pathology and not apart


_HOW = {Assertion.DENIED: "denied", Assertion.UNCERTAIN: "doubted", Assertion.HISTORY: "told of the past"}


def _said(sentence: Sentence, assertion: Assertion) -> Iterator[str]:
    """Of which findings the sentence says so, with the words that decided."""
    for finding in sentence.findings:
        if finding.assertion is assertion:
            yield f'{finding.pathology} is {_HOW[assertion]}: "{finding.because}".'
