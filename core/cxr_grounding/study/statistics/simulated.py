"""Readers made up by a program: a known difference between models, and a known agreement, to find again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from cxr_grounding.errors import StudyError
from cxr_grounding.study.statistics.agreement import krippendorff_alpha

WIDTH = 1.2
"""Standard deviation of what readers feel about maps, in steps of the scale, but for the models' difference."""

MANY = 20_000
"""Maps by which the agreement that is put in is measured on the scale itself."""


@dataclass(frozen=True)
class MadeUpReaders:
    """How they rate; valid once built.

    What a reader feels about a map is a number on the scale: its middle, the model's part, the case's own, and the
    reader's own, which no other reader shares. The nearest step is what is written down.

    Args:
        effect: by how many steps each model is felt better than the one before; the scale's ends take some of it.
        agreement: the share of what is felt about a model's maps that all readers share, 0 to 1.
        steps: of the scale.
        spread: of the readers' leniency, standard deviation in steps.

    Raises:
        StudyError: for an agreement outside of 0 to 1.
    """

    effect: float
    agreement: float
    steps: int = 5
    spread: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.agreement <= 1:
            raise StudyError(f"The agreement is {self.agreement:g}. Give a share from 0 to 1.")
        if self.steps < 2:
            raise StudyError(f"A scale of {self.steps} step tells nothing. Give 2 or more.")

    @property
    def case_width(self) -> float:
        """Standard deviation of what all share about a case."""
        return WIDTH * float(np.sqrt(self.agreement))

    @property
    def own_width(self) -> float:
        """Standard deviation of what is each reader's own."""
        return WIDTH * float(np.sqrt(1 - self.agreement))

    def middle(self, arm: int, arms: int) -> float:
        """What is felt about the maps of an arm, on average."""
        return (self.steps + 1) / 2 + self.effect * (arm - (arms - 1) / 2)

    def step_of(self, felt: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is written down."""
        return np.clip(np.rint(felt), 1, self.steps)

    def draw(self, rng: np.random.Generator, readers: int, pairs: int, arms: int) -> NDArray[np.float64]:
        """Ratings: [readers, pairs, arms], steps from 1."""
        shared = rng.normal(0, self.case_width, (pairs, arms))
        lenient = rng.normal(0, self.spread, (readers, 1, 1))
        own = rng.normal(0, self.own_width, (readers, pairs, arms))
        middles = np.array([self.middle(arm, arms) for arm in range(arms)])
        return self.step_of(middles + shared + lenient + own)

    def expected_mean(self, arm: int, arms: int) -> float:
        """What the mean rating of an arm comes to on the scale, exactly: its ends and steps taken into account."""
        width = float(np.sqrt(WIDTH**2 + self.spread**2))
        edges = np.arange(1.5, self.steps)
        return 1 + float(stats.norm.sf(edges, self.middle(arm, arms), width).sum())

    def expected_difference(self, arms: int = 2) -> float:
        """Of the second arm's mean rating from the first's, on the scale."""
        return self.expected_mean(1, arms) - self.expected_mean(0, arms)

    def expected_alpha(self, readers: int, arms: int = 2) -> float:
        """Krippendorff's alpha of so many readers, by many maps."""
        rng = np.random.default_rng(0)
        # Each block of maps is rated by readers of its own, so that no one's leniency decides.
        blocks = [self.draw(rng, readers, 100, arms).reshape(readers, -1) for _ in range(MANY // (100 * arms))]
        alpha = krippendorff_alpha(np.concatenate(blocks, axis=1), self.steps)
        return 1.0 if alpha is None else alpha
