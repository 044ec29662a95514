"""Sentences for findings, as a radiologist might dictate them."""

from __future__ import annotations

import numpy as np

from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.findings import BOTH_SIDED, Finding

SEVERITY_WORDS = {
    Pathology.ATELECTASIS: (("mild", "minimal", "subsegmental"), ("moderate", "plate-like"), ("marked", "severe")),
    Pathology.CARDIOMEGALY: (("mild",), ("moderate",), ("severe", "marked")),
    Pathology.CONSOLIDATION: (("small", "focal"), ("moderate",), ("large", "dense", "extensive")),
    Pathology.EDEMA: (("mild",), ("moderate",), ("severe", "marked")),
    Pathology.LUNG_OPACITY: (("small", "subtle", "faint"), ("moderate", "hazy"), ("large",)),
    Pathology.PLEURAL_EFFUSION: (("small", "trace", "minimal"), ("moderate",), ("large",)),
    Pathology.PNEUMONIA: (("mild", "early"), ("moderate",), ("extensive", "severe")),
    Pathology.PNEUMOTHORAX: (("small", "tiny"), ("moderate",), ("large",)),
}

NAMES = {
    Pathology.ATELECTASIS: ("atelectasis", "atelectatic changes", "linear atelectasis"),
    Pathology.CARDIOMEGALY: ("cardiomegaly", "cardiac enlargement", "enlargement of the cardiac silhouette"),
    Pathology.CONSOLIDATION: ("consolidation", "airspace consolidation", "consolidation with air bronchograms"),
    Pathology.EDEMA: ("pulmonary edema", "edema", "interstitial edema", "perihilar edema"),
    Pathology.LUNG_OPACITY: ("opacity", "hazy opacity", "ill-defined opacity", "lung opacity"),
    Pathology.PLEURAL_EFFUSION: ("pleural effusion", "effusion"),
    Pathology.PNEUMONIA: ("pneumonia", "patchy pneumonia", "multifocal pneumonia"),
    Pathology.PNEUMOTHORAX: ("pneumothorax", "apical pneumothorax"),
}

PLACES = {
    "upper": ("{side} upper lobe", "{side} upper lung", "{side} upper zone", "{side} apex"),
    "middle": ("{side} mid lung", "{side} middle zone", "{side} perihilar region"),
    "lower": ("{side} lower lobe", "{side} lower lung", "{side} base", "{side} lower zone"),
}

WITH_SEVERITY_AND_PLACE = (
    "{severity} {name} in the {place}",
    "{severity} {place} {name}",
    "There is {severity} {name} in the {place}.",
    "{name} in the {place}, {severity}.",
    "{severity} {name} is seen at the {place}.",
)
WITH_PLACE = ("{place} {name}", "{name} in the {place}.", "{name} is present at the {place}.")
WITH_SEVERITY_AND_SIDE = (
    "{severity} {side} {name}",
    "There is a {severity} {side} {name}.",
    "{severity} {side}-sided {name}.",
    "{severity} {name} on the {side}.",
)
WITH_SIDE = ("{side} {name}", "{side}-sided {name}.", "{name} on the {side}.")
WITH_SEVERITY = ("{severity} {name}", "There is {severity} {name}.", "{severity} {name} is present.")
BARE = ("{name}", "{name} is present.", "Findings of {name}.")

NORMAL = (
    "No acute cardiopulmonary abnormality.",
    "The lungs are clear.",
    "Normal chest radiograph.",
    "No focal abnormality.",
)

PLAIN_SHARE = 0.2
"""How many sentences leave the severity out."""


def sentence(finding: Finding, rng: np.random.Generator) -> str:
    """One sentence that names the finding, its side and zone where it has them, mostly its severity too."""
    plain = rng.random() < PLAIN_SHARE
    place = str(rng.choice(PLACES[finding.zone])).format(side=finding.side) if finding.zone else ""
    templates: tuple[str, ...]
    if place:
        templates = WITH_PLACE if plain else WITH_SEVERITY_AND_PLACE
    elif finding.pathology in BOTH_SIDED:
        templates = BARE if plain else WITH_SEVERITY
    else:
        templates = WITH_SIDE if plain else WITH_SEVERITY_AND_SIDE
    text = str(rng.choice(templates)).format(
        severity=rng.choice(SEVERITY_WORDS[finding.pathology][finding.grade]),
        name=rng.choice(NAMES[finding.pathology]),
        side=finding.side,
        place=place,
    )
    text = text.replace("lung lung", "lung")  # "right lung" + "lung opacity"
    return text[0].upper() + text[1:]


def report(findings: tuple[Finding, ...], rng: np.random.Generator) -> tuple[str, ...]:
    """One sentence a finding, in their order; one that says "normal" where there is none."""
    if not findings:
        return (str(rng.choice(NORMAL)),)
    return tuple(sentence(finding, rng) for finding in findings)


def all_sentences() -> list[str]:
    """Sentences that together hold every word this module can say, in a fixed order: the tokenizer learns from them."""
    rng = np.random.default_rng(0)
    sentences = list(NORMAL)
    for pathology in Pathology:
        for _ in range(400):
            sentences.append(sentence(Finding.sample(pathology, rng), rng))
    return sentences
