"""The user's choices, kept in the scene: what a saved scene brings back into the panel."""

from __future__ import annotations

import enum
import logging
import typing
from collections.abc import Callable
from typing import Annotated, Any, Union

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

from cxr_grounding import Ask, Places
from CXRGroundingLib.scene_findings import OPACITY


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

    FULL = "full"
    PAPER = "paper"
    BALANCED = "balanced"
    FAST = "fast"

    def label(self) -> str:
        """What the list says."""
        return {
            Quality.FULL: _("Full"),
            Quality.PAPER: _("As published"),
            Quality.BALANCED: _("Balanced"),
            Quality.FAST: _("Fast"),
        }[self]


class PlacesAsked(enum.Enum):
    """Whether a phrase without a place is asked at every place; the values are those of `cxr_grounding.Places`."""

    MODEL = ""
    AUTO = "auto"
    NEVER = "never"

    def label(self) -> str:
        """What the list says."""
        return {
            PlacesAsked.MODEL: _("As the model says"),
            PlacesAsked.AUTO: _("At every place"),
            PlacesAsked.NEVER: _("As it stands"),
        }[self]


class DoubtedHeat(enum.Enum):
    """How heat that is not to be believed is shown; the values are what `GroundingLogic.setDoubted` takes."""

    PALE = "pale"
    HIDDEN = "hidden"
    FULL = "full"

    def label(self) -> str:
        """What the list says."""
        return {
            DoubtedHeat.PALE: _("Pale"),
            DoubtedHeat.HIDDEN: _("Not at all"),
            DoubtedHeat.FULL: _("As any other"),
        }[self]


@parameterNodeWrapper
class CXRGroundingParameterNode:
    """What the panel asks the user for.

    radiograph: to ask about; a vector volume is a grey image in a color file.
    phrase, report: what to look for.
    sentences: what was changed of the report's sentences (`report_lines.Changes`).
    model: by name; "" for the bundled one.
    device: where the model runs.
    quality: how much is computed for an answer.
    places: whether a phrase that names a finding and no place is asked at every one.
    quickFirst: whether a fast answer is shown first, and that of `quality` takes its place.
    opacity: of the overlay, 0 (clear) to 1.
    threshold: heat levels below this percentage are not shown.
    outline: edges of the levels instead of filled levels.
    allOutlined: the outline of the active finding instead of its heat.
    colorMap: by name; "" for the default one.
    doubted: how heat that is not to be believed is shown.
    heatmapVolume, box: what else to add to the scene.
    """

    radiograph: Union[vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode, None]  # noqa: UP007 - the selector asks for it
    phrase: str
    report: str
    sentences: str
    model: str
    device: Device = Device.AUTO
    quality: Quality = Quality.FULL
    places: PlacesAsked = PlacesAsked.MODEL
    quickFirst: bool = False
    opacity: Annotated[float, WithinRange(0, 1)] = OPACITY
    threshold: Annotated[float, WithinRange(0, 90)] = 0.0
    outline: bool = False
    allOutlined: bool = False
    colorMap: str
    doubted: DoubtedHeat = DoubtedHeat.PALE
    heatmapVolume: bool = False
    box: bool = False


_DESCRIBED = dict(typing.get_type_hints(CXRGroundingParameterNode, include_extras=True))
"""The parameters' types by their names."""


def unsetUnreadable(node: Any) -> list[str]:
    """Take out of a parameter node what its wrapper could not read, so that the default is put there.

    Such values come with a scene that a later version, or another program, has saved.

    Args:
        node: vtkMRMLScriptedModuleNode.

    Returns:
        The names of the parameters that were unset.
    """
    unreadable = [
        name
        for name, kind in _DESCRIBED.items()
        if node.HasParameter(name) and not _reader(kind)(node.GetParameter(name))
    ]
    for name in unreadable:
        logging.warning(
            f"CXR Grounding takes its default for {name}, since the scene holds {node.GetParameter(name)!r}"
        )
        node.UnsetParameter(name)
    return unreadable


def _reader(kind: Any) -> Callable[[str], bool]:
    """Whether a stored text is a value of a parameter of that type."""
    if typing.get_origin(kind) is Annotated:
        (within,) = kind.__metadata__
        return lambda text: _isNumber(text, within.minimum, within.maximum)
    if kind is bool:
        return lambda text: text in ("True", "False")
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return lambda text: text in kind.__members__
    return lambda text: True


def _isNumber(text: str, minimum: float, maximum: float) -> bool:
    try:
        return minimum <= float(text) <= maximum
    except ValueError:
        return False


def asked(parameters: CXRGroundingParameterNode, model: str) -> Ask:
    """How the panel asks for an answer to be computed.

    Args:
        parameters: of the panel.
        model: the chosen one, by name.
    """
    places = None if parameters.places is PlacesAsked.MODEL else Places(parameters.places.value)
    return Ask(model, device=parameters.device.value, preset=parameters.quality.value, places=places)
