"""Phantoms: the same from the same seed, at any size, with the findings where the sentences say."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from cxr_grounding.pathologies import Pathology
from cxr_grounding.phantom.anatomy import Anatomy
from cxr_grounding.phantom.drawing import draw_phantom, findings_of, sample_findings
from cxr_grounding.phantom.findings import (
    BOTH_SIDED,
    SEVERITIES,
    ZONES_OF,
    Finding,
    prepare,
)
from cxr_grounding.phantom.wording import NAMES, NORMAL, all_sentences, report, sentence
from drawn_phantoms import drawn_once

SIDED = [pathology for pathology in Pathology if pathology not in BOTH_SIDED]


def drawn_alone(pathology: Pathology, severity: str = "moderate", seed: int = 5, side: str = ""):
    finding = Finding.sample(pathology, np.random.default_rng(seed), side)
    return drawn_once(seed, 192, (dataclasses.replace(finding, severity=severity),))


def test_the_same_seed_draws_the_same_phantom() -> None:
    first, second = draw_phantom(11, 128), draw_phantom(11, 128)
    np.testing.assert_array_equal(first.values, second.values)
    assert first.report == second.report
    assert not np.array_equal(first.values, draw_phantom(12, 128).values)


def test_a_phantom_is_the_same_at_another_size_but_for_sampling_and_noise() -> None:
    coarse, fine = draw_phantom(11, 128), draw_phantom(11, 256)
    assert fine.report == coarse.report
    assert fine.values.shape[0] / fine.values.shape[1] == pytest.approx(
        coarse.values.shape[0] / coarse.values.shape[1], rel=0.01
    )
    rows, columns = (2 * (n // 2) for n in fine.values.shape)
    halved = fine.values[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))
    same = tuple(slice(min(a, b)) for a, b in zip(halved.shape, coarse.values.shape, strict=True))
    assert np.corrcoef(halved[same].ravel(), coarse.values[same].ravel())[0, 1] > 0.995


def test_stored_values_fill_twelve_bits_and_bone_is_brighter_than_lung() -> None:
    phantom = drawn_once(3, 192, ())
    assert phantom.values.dtype == np.uint16
    assert (phantom.values.min(), phantom.values.max()) == (0, 4095)
    rows, columns = phantom.values.shape
    spine = phantom.values[rows // 2, columns // 2 - 4 : columns // 2 + 4].mean()
    lung = np.median(phantom.values[rows // 3 : rows // 2, columns // 4 : columns // 4 + 12])
    assert spine > lung + 800


@pytest.mark.parametrize("pathology", list(Pathology))
def test_every_finding_changes_the_image_mostly_where_its_mask_is(pathology: Pathology) -> None:
    with_it = drawn_alone(pathology, "large")
    without = drawn_once(5, 192, ())
    change = np.abs(with_it.values.astype(float) - without.values.astype(float))
    (drawn,) = with_it.drawn
    near = np.zeros_like(drawn.mask)
    for box in drawn.boxes:
        near |= box.mask(drawn.mask.shape)
    assert change[drawn.mask].mean() > 2.5 * change[~near].mean()


@pytest.mark.parametrize("pathology", SIDED)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_finding_with_a_side_lies_on_it_and_its_sentence_says_so(pathology: Pathology, side: str) -> None:
    for seed in range(4):
        (drawn,) = drawn_alone(pathology, seed=seed, side=side).drawn
        left = drawn_once(seed, 192, ()).left
        on_side = np.count_nonzero(drawn.mask & (left == (side == "left"))) / np.count_nonzero(drawn.mask)
        assert on_side > 0.97
        assert side in drawn.sentence.lower()


def test_findings_in_the_upper_zone_lie_above_those_in_the_lower_one() -> None:
    middles = {}
    for zone in ("upper", "lower"):
        finding = Finding(Pathology.PNEUMONIA, "right", zone, "moderate", 3)
        (drawn,) = draw_phantom(8, 192, (finding,)).drawn
        middles[zone] = np.argwhere(drawn.mask)[:, 0].mean()
    assert middles["upper"] < middles["lower"] - 30


@pytest.mark.parametrize("pathology", [pathology for pathology in Pathology if pathology is not Pathology.EDEMA])
def test_a_large_finding_covers_more_than_a_small_one(pathology: Pathology) -> None:
    areas = [drawn_alone(pathology, severity).drawn[0].mask.sum() for severity in ("small", "large")]
    assert areas[1] > areas[0]


def test_severe_edema_is_denser_than_mild_edema() -> None:
    (mild, severe), without = (
        (drawn_alone(Pathology.EDEMA, grade) for grade in ("small", "large")),
        drawn_once(5, 192, ()),
    )
    lungs = mild.drawn[0].mask
    assert severe.values[lungs].mean() > mild.values[lungs].mean() > without.values[lungs].mean()


def test_boxes_enclose_the_mask_and_edema_has_one_a_lung() -> None:
    for pathology in Pathology:
        (drawn,) = drawn_alone(pathology).drawn
        union = np.zeros_like(drawn.mask)
        for box in drawn.boxes:
            union |= box.mask(drawn.mask.shape)
        assert (drawn.mask & union).sum() > 0.9 * drawn.mask.sum()
        assert len(drawn.boxes) == (2 if pathology is Pathology.EDEMA else 1)


def test_cardiomegaly_widens_the_heart_beyond_half_the_thorax() -> None:
    anatomy = Anatomy.sample(np.random.default_rng(0))
    assert anatomy.heart_width < 0.5 * 2 * anatomy.half_width
    enlarged = prepare(anatomy, (Finding(Pathology.CARDIOMEGALY, "", "", "small", 1),))
    assert enlarged.heart_width > 0.54 * 2 * anatomy.half_width


def test_findings_of_one_phantom_are_of_different_kinds_and_places() -> None:
    rng = np.random.default_rng(0)
    counts = []
    for _ in range(200):
        findings = sample_findings(rng)
        counts.append(len(findings))
        assert len({finding.pathology for finding in findings}) == len(findings)
        places = [finding.place for finding in findings if finding.side]
        assert len(set(places)) == len(places)
    assert set(counts) == {0, 1, 2, 3}


def test_all_eight_pathologies_occur_about_equally_often() -> None:
    found = [finding.pathology for seed in range(400) for finding in findings_of(seed)]
    shares = [found.count(pathology) / len(found) for pathology in Pathology]
    assert min(shares) > 0.08
    assert max(shares) < 0.19


def test_the_radiograph_of_a_phantom_carries_what_its_dicom_file_would() -> None:
    radiograph = draw_phantom(3, 128).radiograph
    assert radiograph.spacing is not None
    assert radiograph.spacing.source.value == "ImagerPixelSpacing"
    assert (radiograph.view, radiograph.body_part, radiograph.orientation.is_standard) == ("PA", "CHEST", True)


@pytest.mark.parametrize("pathology", list(Pathology))
def test_sentences_name_the_finding_and_its_zone(pathology: Pathology) -> None:
    rng = np.random.default_rng(2)
    for _ in range(60):
        finding = Finding.sample(pathology, rng)
        text = sentence(finding, rng)
        assert any(name in text.lower() for name in NAMES[pathology])
        assert text[0].isupper()
        assert "{" not in text
        assert bool(finding.zone) == (pathology in ZONES_OF)
        assert finding.severity in SEVERITIES


def test_a_report_without_findings_says_normal() -> None:
    assert report((), np.random.default_rng(0))[0] in NORMAL


def test_the_tokenizer_s_sentences_are_the_same_every_time() -> None:
    assert all_sentences() == all_sentences()
