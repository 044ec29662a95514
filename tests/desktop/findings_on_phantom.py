"""A host whose panel shows a radiograph with findings on it, as a grounding leaves them, without an engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from cxr_grounding import Radiograph, ReportedFinding, Verdict, VerdictKind, find_model, read_image
from cxr_grounding.maps import find_regions
from cxr_grounding.reported import phrase_of
from cxr_grounding_desktop.slicer_stand_in.host import Host
from told_engine import ToldEngine

from .hands_on_panel import opened_host

PHRASES = ["Large left pleural effusion", "cardiomegaly"]


def finding(radiograph: Radiograph, phrase: str, place: int) -> ReportedFinding:
    """One that points at a square, at another one for another place."""
    heat = np.zeros(radiograph.pixels.shape, np.float32)
    heat[20 * place : 20 * place + 40, 30 : 30 + 25 * place] = np.linspace(0.1, 1, 25 * place, dtype=np.float32)
    identity = find_model().identity
    assert identity is not None
    verdict = Verdict(VerdictKind.POINTS_HERE, ("Placed by hand.",), 0.1)
    return ReportedFinding(
        phrase_of(phrase), heat, tuple(find_regions(heat)), identity, radiograph.identifiers, verdict=verdict
    )


@contextmanager
def host_with_findings(file: Path) -> Iterator[tuple[Host, list[Any]]]:
    """The host, and the label map nodes of the findings."""
    radiograph = read_image(file)
    with opened_host(ToldEngine()) as host:
        from CXRGroundingLib.scene_writer import writeFinding  # the host has put it there

        host.widget.loadRadiograph(str(file))
        volume = host.widget.ui.radiographSelector.currentNode()
        found = [finding(radiograph, phrase, place) for place, phrase in enumerate(PHRASES, 1)]
        yield host, [writeFinding(volume, one) for one in found]
