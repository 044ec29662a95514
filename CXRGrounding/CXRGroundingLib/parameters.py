"""The user's choices, kept in the scene: what a saved scene brings back into the panel."""

from __future__ import annotations

import enum
from typing import Annotated, Union

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

from cxr_grounding import Ask
from CXRGroundingLib.logic import OPACITY


class Device(enum.Enum):
    """Where the model runs; the values are what `GroundingLogic.ground` takes. A scene stores the names."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"

    def label(self) -> str:
        """What the list of devices says; Slicer's connector asks for it."""
        return {
            Device.AUTO: _("Automatic"),
            Device.CPU: _("Processor (CPU)"),
            Device.CUDA: _("NVIDIA graphics card (CUDA)"),
            Device.MPS: _("Apple graphics processor (MPS)"),
        }[self]


class Quality(enum.Enum):
    """How much is computed; the values are the presets that `GroundingLogic.ground` takes. A scene stores the names."""

    PAPER = "paper"
    BALANCED = "balanced"
    FAST = "fast"

    def label(self) -> str:
        """What the list says."""
        return {
            Quality.PAPER: _("Exact"),
            Quality.BALANCED: _("Balanced"),
            Quality.FAST: _("Fast"),
        }[self]


@parameterNodeWrapper
class CXRGroundingParameterNode:
    """What the panel asks the user for.

    radiograph: to ask about; a vector volume is a grey image in a color file.
    phrase, report: what to look for.
    model: by name; "" for the bundled one.
    device: where the model runs.
    quality: how much is computed for an answer.
    quickFirst: whether a fast answer is shown first, and that of `quality` takes its place.
    opacity: of the overlay, 0 (clear) to 1.
    threshold: heat levels below this percentage are not shown.
    outline: edges of the levels instead of filled levels.
    colorMap: by name; "" for the default one.
    heatmapVolume, box: what else to add to the scene.
    """

    radiograph: Union[vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode, None]  # noqa: UP007 - the selector asks for it
    phrase: str
    report: str
    model: str
    device: Device = Device.AUTO
    quality: Quality = Quality.PAPER
    quickFirst: bool = False
    opacity: Annotated[float, WithinRange(0, 1)] = OPACITY
    threshold: Annotated[float, WithinRange(0, 90)] = 0.0
    outline: bool = False
    colorMap: str
    heatmapVolume: bool = False
    box: bool = False


def asked(parameters: CXRGroundingParameterNode, model: str) -> Ask:
    """How the panel asks for an answer to be computed.

    Args:
        parameters: of the panel.
        model: the chosen one, by name.
    """
    return Ask(model, device=parameters.device.value, preset=parameters.quality.value)
