"""A host whose panel shows a phantom with findings on it, as a grounding leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cxr_grounding import Grounder, find_model, read_image
from cxr_grounding_desktop.slicer_stand_in.host import Host

from .hands_on_panel import opened_host

PHRASES = ["Large left pleural effusion", "cardiomegaly"]


@contextmanager
def host_with_findings(file: Path) -> Iterator[tuple[Host, list[Any]]]:
    """The host, and the label map nodes of the findings."""
    grounder = Grounder.open(find_model().folder, device="cpu")
    grounder.set_radiograph(read_image(file))
    answers = grounder.ground(PHRASES)
    with opened_host() as host:
        from CXRGroundingLib.scene_writer import writeFinding  # the host has put it there

        host.widget.loadRadiograph(str(file))
        volume = host.widget.ui.radiographSelector.currentNode()
        yield host, [writeFinding(volume, answer) for answer in answers]
