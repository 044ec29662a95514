"""The pathologies that benchmarks of chest radiographs are counted under."""

from __future__ import annotations

import enum


class Pathology(enum.Enum):
    """The eight classes of MS-CXR, by their names there."""

    ATELECTASIS = "Atelectasis"
    CARDIOMEGALY = "Cardiomegaly"
    CONSOLIDATION = "Consolidation"
    EDEMA = "Edema"
    LUNG_OPACITY = "Lung Opacity"
    PLEURAL_EFFUSION = "Pleural Effusion"
    PNEUMONIA = "Pneumonia"
    PNEUMOTHORAX = "Pneumothorax"
