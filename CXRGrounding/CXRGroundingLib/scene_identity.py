"""Whose image a volume node is: what stands beside it on the screen and in pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cxr_grounding
from CXRGroundingLib import scene_reader


@dataclass(frozen=True)
class Identity:
    """Whose image it is; "" for what is not known.

    Args:
        patient: name and ID on one line. A scene does not keep them: they are known while the file is there.
        date: of the study, YYYY-MM-DD.
        view: ViewPosition (0018,5101).
        file: the file's name; the node's where no file is known.
        doubts: sentences on why this may be no frontal chest radiograph.
    """

    patient: str = ""
    date: str = ""
    view: str = ""
    file: str = ""
    doubts: tuple[str, ...] = ()


def identityOf(volumeNode: Any, file: Path | None) -> Identity:
    """What is known of it; looks at the file's header alone.

    Args:
        volumeNode: one that `scene_reader.checkVolume` lets pass.
        file: that it was loaded from, where known.
    """
    said = None if file is None else cxr_grounding.describe_file(file)
    name, doubts = volumeNode.GetName() if file is None else file.name, scene_reader.doubtsOf(volumeNode)
    view = scene_reader.viewOf(volumeNode)
    if said is None:
        return Identity(view=view, file=name, doubts=doubts)
    return Identity(said.patient or "", said.date, said.view or view, name, doubts)
