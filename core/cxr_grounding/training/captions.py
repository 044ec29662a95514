"""Captions to train with: the phantoms' own sentences, sentences as in reports, phrases as short as people type.

Reports leave findings out, deny, doubt, and speak of other things, in any order; the captions of the second course do
so too. What they affirm is always there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.anatomy import SIDES
from cxr_grounding.phantom.findings import Finding
from cxr_grounding.phantom.wording import NAMES, NORMAL, PLACES, SEVERITY_WORDS, all_sentences, sentence

WORDLESS_SHARE = 0.12
"""How many captions are empty, so that the model also learns to denoise without a phrase."""

SINGLE_SHARE = 0.6
"""How many of the phantoms' own captions speak of one finding only, so that each phrase is tied to its own place."""

REPORT_SHARE, SHORT_SHARE = 0.5, 0.125
"""How many captions of the second course are written as reports are, and as people type; the others are the phantoms'
own (METHOD-EVIDENCE, last section)."""

REPORT_WORDLESS_SHARE, LEFT_OUT_SHARE, HEDGED_SHARE = 0.10, 0.20, 0.25
"""Of those written as reports are: how many are empty; how many findings are left out, and doubted."""

DENIED_SHARE, SUSPECTED_SHARE = 0.35, 0.06
"""Of the pathologies that are not there, how many are denied, and wrongly suspected."""

FILLER_SHARE = 0.5
"""How many captions say something beside findings; each further such sentence half as often."""

PLACED_DENIAL_SHARE = 0.3
"""How many denials name a side, a zone or a severity."""

LONE_DENIAL_SHARE = 0.15
"""How many captions as reports have them only deny, so that a denial is also heard by itself."""

REPEATS = 20
"""How often the tokenizer sees each template: rare words are learnt last, and a handful might never be."""

DENIALS = (
    "No {what}.",
    "No {what}",
    "There is no {what}.",
    "No evidence of {what}.",
    "Without {what}.",
    "Negative for {what}.",
    "No {what} is seen.",
    "No {what} is identified.",
    "{what} is not seen.",
    "{what} has resolved.",
)
PAIRED_DENIALS = ("No {what} or {other}.", "There is no {what} or {other}.", "Without evidence of {what} or {other}.")
HEDGES = (
    "Possible {what}.",
    "Probable {what}.",
    "Likely {what}.",
    "Questionable {what}.",
    "This may represent {what}.",
    "Findings may reflect {what}.",
    "{what} cannot be excluded.",
    "Cannot exclude {what}.",
    "Suspicious for {what}.",
    "Concerning for {what}.",
    "Suggestive of {what}.",
    "Compatible with {what}.",
)
SUSPICIONS = ("Possible {what}.", "Cannot exclude {what}.", "{what} cannot be excluded.", "Evaluate for {what}.")
FILLERS = (
    "PA and lateral views of the chest.",
    "Portable AP chest radiograph.",
    "Comparison is made with the prior study.",
    "No significant change since the prior examination.",
    "Degenerative changes of the thoracic spine.",
    "The visualized osseous structures are unremarkable.",
    "No acute osseous abnormality.",
    "The trachea is midline.",
    "The mediastinal contours are within normal limits.",
    "Clinical correlation is recommended.",
    "Follow-up radiographs are recommended.",
    "Findings were discussed with the referring physician.",
    "The patient is rotated.",
    "Low lung volumes.",
    "History of cough and fever.",
    "Indication: shortness of breath and chest pain.",
    "Tortuous aorta.",
    "Calcified granuloma.",
)
"""None of them says anything that is drawn."""


def own_caption(findings: Sequence[Finding], rng: np.random.Generator) -> str:
    """Nothing, one finding, or all of them in any order, in the phantoms' own sentences; worded anew each time."""
    if rng.random() < WORDLESS_SHARE:
        return ""
    if not findings:
        return str(rng.choice(NORMAL))
    order = rng.permutation(len(findings))
    if rng.random() < SINGLE_SHARE:
        order = order[:1]
    return " ".join(sentence(findings[i], rng) for i in order)


def mixed_caption(findings: Sequence[Finding], rng: np.random.Generator) -> str:
    """A caption of the second course: as a report, as typed, or the phantoms' own."""
    drawn = rng.random()
    if drawn < REPORT_SHARE:
        return report_caption(findings, rng)
    if findings and drawn < REPORT_SHARE + SHORT_SHARE:
        return typed_phrase(findings[int(rng.integers(len(findings)))], rng)
    return own_caption(findings, rng)


def report_caption(findings: Sequence[Finding], rng: np.random.Generator) -> str:
    """Sentences as in a report, in any order: what is there, mostly; what is not, denied; other things."""
    if rng.random() < REPORT_WORDLESS_SHARE:
        return ""
    sentences: list[str] = []
    if rng.random() >= LONE_DENIAL_SHARE:
        for finding in findings:
            if rng.random() >= LEFT_OUT_SHARE:
                is_hedged = rng.random() < HEDGED_SHARE
                said = _filled(HEDGES, rng, what=noun_phrase(finding, rng)) if is_hedged else sentence(finding, rng)
                sentences.append(said)
        while rng.random() < FILLER_SHARE:
            sentences.append(str(rng.choice(FILLERS)))
    there = {finding.pathology for finding in findings}
    missing = [pathology for pathology in Pathology if pathology not in there]
    denied = [pathology for pathology in missing if rng.random() < DENIED_SHARE]
    while denied:
        what, other = denied.pop(), denied.pop() if denied and rng.random() < 0.5 else None
        if other is None:
            sentences.append(_filled(DENIALS, rng, what=_absent(what, rng)))
        else:
            sentences.append(_filled(PAIRED_DENIALS, rng, what=_absent(what, rng), other=_absent(other, rng)))
    for pathology in missing:
        if rng.random() < SUSPECTED_SHARE:
            sentences.append(_filled(SUSPICIONS, rng, what=_absent(pathology, rng)))
    return " ".join(f"{sentences[i].removesuffix('.')}." for i in rng.permutation(len(sentences)))


def typed_phrase(finding: Finding, rng: np.random.Generator) -> str:
    """As short as people type: a name, or a side and a name."""
    name = str(rng.choice(NAMES[finding.pathology]))
    return f"{finding.side} {name}" if finding.side and rng.random() < 0.6 else name


def noun_phrase(finding: Finding, rng: np.random.Generator) -> str:
    """The finding without a verb: severity, place or side, and name, some of them left out."""
    name = str(rng.choice(NAMES[finding.pathology]))
    severity = str(rng.choice(SEVERITY_WORDS[finding.pathology][finding.grade])) if rng.random() < 0.7 else ""
    place = str(rng.choice(PLACES[finding.zone])).format(side=finding.side) if finding.zone else finding.side
    if finding.zone and rng.random() < 0.5:
        return f"{severity} {name} in the {place}".strip()
    return " ".join(word for word in (severity, place, name) if word).replace("lung lung", "lung")


def all_captions() -> list[str]:
    """Sentences that together hold every word a caption can have, in a fixed order: the tokenizer learns from them."""
    rng = np.random.default_rng(1)
    captions = all_sentences()
    for template in (*DENIALS, *PAIRED_DENIALS, *HEDGES, *SUSPICIONS):
        captions += [template.format(what="edema", other="edema")] * REPEATS
    captions += [filler for filler in FILLERS for _ in range(REPEATS)]
    captions += [noun_phrase(Finding.sample(pathology, rng), rng) for pathology in Pathology for _ in range(REPEATS)]
    return captions


def _absent(pathology: Pathology, rng: np.random.Generator) -> str:
    """What is not there, mostly by its name alone."""
    if rng.random() < PLACED_DENIAL_SHARE:
        return noun_phrase(Finding.sample(pathology, rng, str(rng.choice(list(SIDES)))), rng)
    return str(rng.choice(NAMES[pathology]))


def _filled(templates: Sequence[str], rng: np.random.Generator, **words: str) -> str:
    said = str(rng.choice(templates)).format(**words)
    return said[:1].upper() + said[1:]
