"""The captions that the demonstration model learns from: what they affirm is there, what they deny is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.drawing import findings_of
from cxr_grounding.phantom.findings import Finding
from cxr_grounding.signals.assertion import read_report
from cxr_grounding.signals.scope import Assertion
from cxr_grounding.training.captions import mixed_caption, own_caption, report_caption, typed_phrase

SEEDS = range(400)
SEVERAL: Sequence[Finding] = next(findings for findings in map(findings_of, SEEDS) if len(findings) == 3)


def said(caption: str) -> set[tuple[str, Assertion]]:
    return {(one.pathology, one.assertion) for sentence in read_report(caption) for one in sentence.findings}


def test_the_phantoms_own_captions_are_empty_single_or_about_all_findings() -> None:
    rng = np.random.default_rng(0)
    captions = [own_caption(SEVERAL, rng) for _ in range(200)]
    assert 0.05 < captions.count("") / 200 < 0.22
    assert len(set(captions)) > 50


def test_as_in_reports_nothing_is_affirmed_that_is_not_there_and_nothing_denied_that_is() -> None:
    rng = np.random.default_rng(1)
    for findings in map(findings_of, SEEDS):
        there = {finding.pathology.value for finding in findings}
        for pathology, assertion in said(report_caption(findings, rng)):
            if pathology in {one.value for one in Pathology}:
                assert assertion is not Assertion.AFFIRMED or pathology in there
                assert assertion is not Assertion.DENIED or pathology not in there


def test_as_in_reports_findings_are_left_out_doubted_and_denied_now_and_then() -> None:
    rng = np.random.default_rng(2)
    captions = [said(report_caption(SEVERAL, rng)) for _ in range(400)]
    there = {finding.pathology.value for finding in SEVERAL}
    counts = {
        assertion: sum((pathology, assertion) in caption for caption in captions for pathology in there) / 1200
        for assertion in (Assertion.AFFIRMED, Assertion.UNCERTAIN)
    }
    # 0.9 x 0.85 of the captions name findings, 0.8 of these are said, a quarter of them doubted.
    assert abs(counts[Assertion.AFFIRMED] - 0.9 * 0.85 * 0.8 * 0.75) < 0.06
    assert abs(counts[Assertion.UNCERTAIN] - 0.9 * 0.85 * 0.8 * 0.25) < 0.05
    assert 0.5 < np.mean([any(one is Assertion.DENIED for _, one in caption) for caption in captions]) < 0.95


def test_as_people_type_a_caption_is_a_name_or_a_side_and_a_name() -> None:
    rng = np.random.default_rng(3)
    effusion = Finding(Pathology.PLEURAL_EFFUSION, "left", "", "large", 0)
    typed = {typed_phrase(effusion, rng) for _ in range(100)}
    assert typed == {"pleural effusion", "effusion", "left pleural effusion", "left effusion"}
    assert "edema" in {typed_phrase(Finding(Pathology.EDEMA, "", "", "mild", 0), rng) for _ in range(100)}


def test_the_second_course_mixes_all_three_and_its_captions_are_the_same_for_the_same_seed() -> None:
    captions = [mixed_caption(SEVERAL, np.random.default_rng(seed)) for seed in range(600)]
    assert captions == [mixed_caption(SEVERAL, np.random.default_rng(seed)) for seed in range(600)]
    assert 0.07 < captions.count("") / 600 < 0.16
    denying = [any(one is Assertion.DENIED for _, one in said(caption)) for caption in captions]
    assert 0.25 < np.mean(denying) < 0.5
