"""How large a study has to be, by simulating it many times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cxr_grounding.errors import StudyError
from cxr_grounding.study.statistics.comparison import case_means, wilcoxon_p
from cxr_grounding.study.statistics.rated import Grid
from cxr_grounding.study.statistics.resampling import mean_interval
from cxr_grounding.study.statistics.simulated import MadeUpReaders

SIGNIFICANT = 0.05

RESAMPLES = 400
"""Of the interval of each simulated study: enough for a share of many of them."""


@dataclass(frozen=True)
class Power:
    """How often a study of one size finds the difference.

    Args:
        cases: radiographs with a phrase, each rated for both models.
        readers: how many.
        by_wilcoxon: share of the simulated studies in which the signed-rank test over the cases gives p below 0.05.
        by_interval: in which the interval over cases and readers leaves 0 out; that of the report.
        ratings: that one reader gives.
    """

    cases: int
    readers: int
    by_wilcoxon: float
    by_interval: float

    @property
    def ratings(self) -> int:
        """That one reader gives, without repeats."""
        return 2 * self.cases


def power_of(
    made_up: MadeUpReaders, cases: Sequence[int], readers: Sequence[int], times: int, seed: int
) -> Iterator[Power]:
    """The power of studies of two models, for each number of cases with each number of readers.

    Args:
        made_up: how the readers rate.
        cases, readers: how many, each 1 or more.
        times: how often each study is simulated.
        seed: of all.

    Raises:
        StudyError: for a size below 1.
    """
    if min(*cases, *readers, times) < 1:
        raise StudyError("A study has one case and one reader, or more, and is simulated at least once.")
    for size in cases:
        for group in readers:
            rng = np.random.default_rng([seed, size, group])
            names = tuple(map(str, range(size)))
            found = []
            for _ in range(times):
                rated = made_up.draw(rng, group, size, 2)
                grid = Grid(tuple(map(str, range(group))), names, names, rated[:, :, 1] - rated[:, :, 0])
                p = wilcoxon_p(case_means(grid))
                found.append((p is not None and p < SIGNIFICANT, mean_interval(grid, RESAMPLES).excludes_nothing))
            by_wilcoxon, by_interval = np.mean(found, axis=0)
            yield Power(size, group, float(by_wilcoxon), float(by_interval))
