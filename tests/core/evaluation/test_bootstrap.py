"""Standard errors: of known spread, by image, the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_grounding.evaluation.bootstrap import AT_ONCE, RESAMPLES, Bootstrap, Named, Ranked, auroc


@pytest.mark.parametrize(
    ("present", "absent", "expected"),
    [([1, 2], [0], 1.0), ([0], [1, 2], 0.0), ([1], [1], 0.5), ([1, 3], [0, 2], 0.75), ([], [1], None), ([1], [], None)],
)
def test_auroc_is_the_chance_of_the_higher_rank(present: list, absent: list, expected: float | None) -> None:
    assert auroc(present, absent) == expected


def images(count: int) -> list[str]:
    return [f"image {number}" for number in range(count)]


def test_the_error_of_a_share_is_that_of_as_many_coins() -> None:
    names = images(400)
    share = Bootstrap(names).share([Named(name, number < 100) for number, name in enumerate(names)])
    assert (share.value, share.counts) == (0.25, {"right": 100, "of": 400})
    assert share.error == pytest.approx((0.25 * 0.75 / 400) ** 0.5, rel=0.1)


def test_the_error_of_an_auroc_is_that_of_hanley_and_mcneil_on_exponential_evidence() -> None:
    rng = np.random.default_rng(0)
    names = images(600)
    true = [Ranked(name, value) for name, value in zip(names[:300], rng.exponential(4, 300), strict=True)]
    false = [Ranked(name, value) for name, value in zip(names[300:], rng.exponential(1, 300), strict=True)]
    area = Bootstrap(names).auroc(true, false)
    assert area.value is not None
    both, either = area.value / (2 - area.value), 2 * area.value**2 / (1 + area.value)
    variance = area.value * (1 - area.value) + 299 * (both - area.value**2) + 299 * (either - area.value**2)
    assert area.error == pytest.approx((variance / 300**2) ** 0.5, rel=0.1)


def test_phrases_of_one_image_are_drawn_together() -> None:
    said = [Named(name, number < 20) for number, name in enumerate(images(40))]
    once, thrice = Bootstrap(images(40)).share(said), Bootstrap(images(40)).share(3 * said)
    assert thrice.error == pytest.approx(once.error), "three phrases that say the same are no more images"


def test_the_same_evidence_gives_the_same_error_whatever_its_order() -> None:
    names = images(30)
    true, false = ([Ranked(name, (7 * n + shift) % 11) for n, name in enumerate(names)] for shift in (3, 0))
    area = Bootstrap(names).auroc(true, false)
    assert Bootstrap(names[::-1]).auroc(true[::-1], false[::-1]).error == pytest.approx(area.error, rel=1e-12)
    assert RESAMPLES % AT_ONCE == 0
    assert area.drawn is not None
    assert area.drawn.shape == (RESAMPLES,)


def test_a_mean_is_drawn_with_all_its_parts_at_once() -> None:
    names = images(50)
    bootstrap = Bootstrap(names)
    part = bootstrap.share([Named(name, number < 20) for number, name in enumerate(names)])
    other = bootstrap.share([Named(name, number >= 20) for number, name in enumerate(names)])
    mean = bootstrap.mean([part, other, bootstrap.share([])])
    assert (mean.value, mean.counts) == (0.5, {"right": 50, "of": 100})
    assert mean.error == pytest.approx(0, abs=1e-12), "what one gains in a draw the other loses"


def test_one_image_says_nothing_about_others() -> None:
    alone = Bootstrap(["a", "b"]).share([Named("a", True), Named("a", False)])
    assert (alone.value, alone.error, alone.text) == (0.5, None, "0.500")


def test_draws_without_anything_to_compare_are_left_out() -> None:
    area = Bootstrap(["a", "b"]).auroc([Ranked("a", 1.0)], [Ranked("b", 0.0)])
    assert area.drawn is not None
    assert np.isnan(area.drawn).mean() == pytest.approx(0.5, abs=0.05)
    assert (area.value, area.error) == (1.0, 0.0)
