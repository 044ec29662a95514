"""The answers of one run on their way into the scene: one at a time, and taken back when all or none are wanted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from cxr_grounding import RadiographError
from CXRGroundingLib import scene_reader, scene_writer

if TYPE_CHECKING:
    from cxr_grounding import Grounding


@dataclass(frozen=True)
class Extras:
    """What is added to the scene beside the label map of an answer.

    Args:
        heatmapVolume: the continuous heatmap as a volume.
        box: the box of the strongest region as a markup.
    """

    heatmapVolume: bool = False
    box: bool = False

    @classmethod
    def takenFrom(cls, options: dict[str, Any]) -> Extras:
        """Those among options of other kinds, which lose them."""
        return cls(**{field.name: options.pop(field.name) for field in fields(cls) if field.name in options})


class Answers:
    """Writes answers beside their radiograph.

    Args:
        scene: where the radiograph was when the run began.
        volumeNode: the radiograph.
        extras: what else is added.

    Attributes:
        written: the label maps in the scene, in the order of the phrases.
    """

    def __init__(self, scene: Any, volumeNode: Any, extras: Extras) -> None:
        self._scene, self._volumeNode, self._extras = scene, volumeNode, extras
        self.written: list[Any] = []
        self._made: list[Any] = []

    def write(self, grounding: Grounding, **options: Any) -> None:
        """Write the next answer.

        Args:
            grounding: the answer.
            options: of `scene_writer.writeFinding`: how it looks.

        Raises:
            RadiographError: when the radiograph has left the scene, or has become another image.
        """
        self._checkStillThere(grounding)
        former = scene_writer.findFinding(self._volumeNode, grounding.phrase.text, grounding.model.name)
        node = scene_writer.writeFinding(self._volumeNode, grounding, **vars(self._extras), **options)
        self.written.append(node)
        if former is None:
            self._made.append(node)

    def takeBack(self) -> None:
        """Take what was new out of the scene; an answer that took the place of a former one stays."""
        for node in self._made:
            if self._scene.IsNodePresent(node):
                scene_writer.removeFinding(node)

    def _checkStillThere(self, grounding: Grounding) -> None:
        if self._volumeNode.GetScene() is not self._scene or not self._scene.IsNodePresent(self._volumeNode):
            raise RadiographError(
                "The radiograph was removed from the scene during the grounding, so there is nothing to lay the "
                "overlay on. Load it again."
            )
        if scene_reader.sliceGrid(self._volumeNode).shape != grounding.frame.shape:
            raise RadiographError(
                "The radiograph was replaced by another image during the grounding. Ground the phrase again."
            )
