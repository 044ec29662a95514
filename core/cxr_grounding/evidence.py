"""What a phrase explains of the noise: whether it is there, and a sharper map of where. METHOD 10 and 11."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cxr_grounding import maps
from cxr_grounding.recipe import Recipe
from cxr_grounding.rivals import Rivals


class Rival(NamedTuple):
    """A phrase that another one is held against.

    Args:
        phrase: as it was asked.
        explained: its own P (METHOD 10).
        margin: m of METHOD 10: what the phrase explains more of the noise than this one where either points, as a share
            of all there; below 0 where this one explains more. Of a phrase that was asked at places, what its P is
            above this one's.
    """

    phrase: str
    explained: float
    margin: float


@dataclass(frozen=True)
class Evidence:
    """Whether a phrase is there: a rank among phrases, and no probability (METHOD 10).

    Args:
        explained: P = 1 - sum(w ep) / sum(w e0): the share of the noise where the phrase points that the U-Net explains
            with it and not with the empty prompt; 1 at most, below 0 where it does harm.
        contested: P* = P + f min(0, m), m the lowest margin of the rivals: what is left where a rival explains more.
            P itself without rivals. This is the one to rank by.
        mirrored: the phrase with left and right swapped; None where it names no side, or both.
        rivals: others that it was held against.
        steps: timesteps of the inversion where noise was compared.
        noise: timesteps where it was compared in drawn noise.
    """

    explained: float
    contested: float
    mirrored: Rival | None
    rivals: tuple[Rival, ...]
    steps: tuple[int, ...]
    noise: tuple[int, ...]


class Shared(NamedTuple):
    """What the empty prompt leaves of the noise in a radiograph's latents, which all phrases are compared with.

    Args:
        errors: [compared, rows, columns] of the latent, e0 of METHOD 10: the inversion's steps, then drawn noise.
        steps, noise: as in `Evidence`; together as many.
    """

    errors: NDArray[np.float32]
    steps: tuple[int, ...]
    noise: tuple[int, ...]

    def mean(self, errors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Of [compared, rows, columns] the mean over the inversion's steps plus the mean over drawn noise."""
        walked, drawn = errors[: len(self.steps)], errors[len(self.steps) :]
        total = walked.mean(axis=0, dtype=np.float64)
        return np.asarray(total + drawn.mean(axis=0, dtype=np.float64) if len(drawn) else total)

    def gain(self, errors: NDArray[np.floating]) -> NDArray[np.float64]:
        """G of METHOD 11, [rows, columns]: what a phrase with these errors explains more, on the inversion's steps."""
        count = len(self.steps)
        return np.asarray(np.maximum(self.errors[:count] - errors[:count], 0).mean(axis=0, dtype=np.float64))


class Weighed(NamedTuple):
    """How far a phrase's predictions of the noise are from the truth, on the latent's grid.

    Args:
        weight: [rows, columns], [0, 1]: w of METHOD 10, where the phrase points.
        errors: [rows, columns]: ep, as `Shared.mean` gives it.
    """

    weight: NDArray[np.float64]
    errors: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        layers: Sequence[NDArray[np.floating]],
        errors: NDArray[np.floating],
        changes: NDArray[np.floating],
        shared: Shared,
        recipe: Recipe,
    ) -> Weighed:
        """From the passes of a phrase (METHOD 10).

        Args:
            layers: per layer, [steps, rows, columns]: its attention at the compared steps of the inversion.
            errors: [compared, rows, columns] of the latent, |v* - vp|^2.
            changes: likewise, |vp - v0|^2.
            shared: of the radiograph.
            recipe: its numbers.
        """
        attention = maps.min_max(maps.average(layers, changes.shape[-1], sigma=0))
        changed = np.sqrt(changes[: len(shared.steps)], dtype=np.float64).mean(axis=0)
        changed = maps.min_max(ndimage.gaussian_filter(changed, recipe.evidence_sigma, mode="reflect"))
        return cls(attention * changed, shared.mean(errors))


def explained_by(weighed: Weighed, shared: Shared) -> float:
    """P of a phrase (METHOD 10)."""
    return _explained(weighed, shared.mean(shared.errors))


def evidence_of(phrase: str, rivals: Rivals, weighed: Mapping[str, Weighed], shared: Shared, factor: float) -> Evidence:
    """Whether a phrase is there (METHOD 10).

    Args:
        phrase: that is asked about.
        rivals: of it.
        weighed: the phrase and its rivals, by their texts.
        shared: of the radiograph.
        factor: f of P*.
    """
    empty, own = shared.mean(shared.errors), weighed[phrase]
    where = np.max([weighed[text].weight for text in (phrase, *rivals.all)], axis=0)

    def rival(text: str) -> Rival:
        return Rival(text, _explained(weighed[text], empty), _share(where, weighed[text].errors - own.errors, empty))

    mirrored = None if rivals.mirrored is None else rival(rivals.mirrored)
    others = tuple(map(rival, rivals.airspace))
    explained = _explained(own, empty)
    lowest = min((one.margin for one in (mirrored, *others) if one is not None), default=0.0)
    contested = explained + factor * min(0.0, lowest)
    return Evidence(explained, contested, mirrored, others, shared.steps, shared.noise)


def _explained(weighed: Weighed, empty: NDArray[np.float64]) -> float:
    """P."""
    return _share(weighed.weight, empty - weighed.errors, empty)


def _share(where: NDArray[np.float64], part: NDArray[np.float64], whole: NDArray[np.float64]) -> float:
    """The share of a part in the whole, in a region; 0 where nothing is."""
    total = float((where * whole).sum())
    return float((where * part).sum()) / total if total > 0 else 0.0


def sharpened(attention: NDArray[np.floating], gain: NDArray[np.floating], recipe: Recipe) -> NDArray[np.float64]:
    """The map R, before the threshold (METHOD 11).

    Args:
        attention: [size, size], the smoothed mean of METHOD 4.
        gain: G, [rows, columns] of the latent: what the phrase explains more than the empty prompt, nowhere below 0.
        recipe: its numbers.

    Returns:
        [size, size], in [0, 1]; 0 everywhere where either is even.
    """
    size = recipe.frame_size
    probed = maps.enlarge(gain, size, recipe.refine_probe_sigma * size)
    energy = float((probed**2).sum())
    spread = float(probed.sum()) ** 2 / (probed.size * energy) if energy > 0 else 1.0
    share = np.clip(recipe.refine_factor * spread**recipe.refine_power, recipe.refine_narrowest, recipe.refine_widest)
    smooth = maps.min_max(maps.enlarge(gain, size, float(share) * size))
    both = np.sqrt(maps.min_max(attention) * smooth)
    # In rows alone: what lies between two borders side by side belongs to them, as the middle of an enlarged heart.
    reach = int(recipe.refine_closing * size / 2)
    # Nothing lies beyond the frame: a mirror image there would join with what is near the edge.
    beyond = np.pad(both, ((0, 0), (reach, reach)))
    filled = ndimage.grey_closing(beyond, size=(1, 2 * reach + 1))[:, reach : reach + size]
    return maps.min_max(filled)
