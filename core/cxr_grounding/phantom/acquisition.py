"""From tissues to grey values: attenuations multiply, then scatter, noise and the detector's curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.phantom.anatomy import Tissues
from cxr_grounding.phantom.grid import FloatMap, Grid

SOFT, LUNG, BONE = 0.165, 0.045, 0.36
"""Effective linear attenuation at chest tube voltages, in 1/cm: soft tissue, aerated lung, bone (in excess
of soft tissue). Rounded from the mass attenuation of water, of lung at a quarter of its density, and of
cortical bone at 60 to 70 keV."""

NOISE_REFERENCE_CM = 0.02
"""Pixel side at which `noise` is stated; larger pixels collect more quanta."""


@dataclass(frozen=True)
class Acquisition:
    """How one image was taken.

    Args:
        scatter: scattered part of the signal, 0 to 1.
        noise: relative quantum noise behind 1 unit of signal, at pixels of `NOISE_REFERENCE_CM`.
        gamma: exponent of the detector's curve.
        bits: of the stored values.
    """

    scatter: float
    noise: float
    gamma: float
    bits: int = 12

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Acquisition:
        """An ordinary digital radiograph."""
        return cls(scatter=rng.uniform(0.05, 0.30), noise=rng.uniform(0.01, 0.05), gamma=rng.uniform(0.8, 1.3))


def attenuation(tissues: Tissues) -> FloatMap:
    """Line integral of attenuation, without unit, [rows, columns]."""
    gas = np.minimum(tissues.lung + tissues.air, 0.9 * tissues.body)
    soft = tissues.body - gas + tissues.vessels + tissues.fluid
    return (SOFT * soft + LUNG * tissues.lung + BONE * tissues.bone).astype(np.float32)


def expose(tissues: Tissues, grid: Grid, acquisition: Acquisition, rng: np.random.Generator) -> NDArray[np.uint16]:
    """The stored image: [rows, columns], uint16, 0 to 2**bits - 1, dense tissue bright."""
    primary = np.exp(-attenuation(tissues))
    signal = (1 - acquisition.scatter) * primary + acquisition.scatter * grid.blur(primary, 3.0)
    quanta = acquisition.noise * NOISE_REFERENCE_CM / grid.pixel_cm
    noise = rng.standard_normal(signal.shape, dtype=np.float32)
    signal = signal + quanta * np.sqrt(signal * 0.1) * noise
    density = -np.log(np.clip(signal, 1e-4, None))
    low, high = np.percentile(density, [0.2, 99.8])
    stretched = np.clip((density - low) / (high - low), 0, 1) ** acquisition.gamma
    top = 2**acquisition.bits - 1
    return np.rint(stretched * top).astype(np.uint16)
