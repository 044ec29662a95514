"""The eight classes of MS-CXR, a row each: what they are called, where they may lie, what they are held against.

One table for all who ask: the reading of sentences, the rivals of a phrase, the places where one is asked.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from cxr_grounding.pathologies import Pathology


class Zone(enum.Enum):
    """A third of the lungs' height, or the lobe that lies there."""

    UPPER = "upper"
    MIDDLE = "middle"
    LOWER = "lower"

    @property
    def of_a_lung(self) -> str:
        """As a phrase names it behind a side: "mid lung"."""
        return f"{'mid' if self is Zone.MIDDLE else self.value} lung"


class KnownFinding(NamedTuple):
    """One of the eight.

    Args:
        name: as a short phrase has it.
        words: regular expressions for all that it is called, for lower case text with single blanks.
        has_sides: whether it lies on one side of the patient, or on both.
        zones: of a lung where it is looked for; none for one that has a place of its own.
        sizes: words for how large it is, of which each looks another way; none where the zones tell that better.
        competes: whether it lies in the air spaces, so that the others there look like it.
    """

    name: str
    words: tuple[str, ...]
    has_sides: bool = False
    zones: tuple[Zone, ...] = ()
    sizes: tuple[str, ...] = ()
    competes: bool = False


SIZES = ("small", "moderate", "large")
DEGREES = ("mild", "moderate", "severe")

SIZE_WORDS = {
    "small": r"small|tiny|trace|minimal|minor|slight|little",
    "moderate": r"moderate|moderately|medium",
    "large": r"large|massive|extensive|big|huge",
    "mild": r"mild|mildly|minimal|minimally|slight|slightly|early|borderline",
    "severe": r"severe|severely|marked|markedly|gross|massive|extensive",
}
"""What else such a word stands for."""

FINDINGS = {
    Pathology.ATELECTASIS: KnownFinding(
        "atelectasis",
        (
            r"atelecta(?:sis|ses|tic)(?: (?:changes?|opacit(?:y|ies)|densit(?:y|ies)|disease|bands?))?",
            r"(?:lobar|lobe|segmental|subsegmental) collapse",
            r"collapse of (?:the )?(?:left |right )?(?:upper |middle |lower )?(?:lobe|lung|lingula)",
        ),
        has_sides=True,
        zones=(Zone.LOWER,),  # where it mostly lies; said to lie elsewhere, it is asked there
        competes=True,
    ),
    Pathology.CARDIOMEGALY: KnownFinding(
        "cardiomegaly",
        (
            r"cardiomegaly",
            r"(?:cardiac|heart)(?: silhouette| size| chamber)? enlargement",
            r"enlargement of (?:the )?(?:cardiac silhouette|cardiac shadow|heart)",
            r"increase(?:d)? (?:in )?(?:the )?(?:size of the )?(?:heart size|cardiac size|cardiac silhouette size)",
            r"increase in (?:the )?size of (?:the )?(?:heart|cardiac silhouette)",
            r"(?:borderline|increased) (?:heart|cardiac) size",
            r"enlarged (?:heart|cardiac (?:silhouette|shadow|size))",
        ),
        sizes=DEGREES,
    ),
    Pathology.CONSOLIDATION: KnownFinding(
        "consolidation",
        (
            r"consolidat(?:ions?|ed)(?: changes?)?",
            r"consolidative (?:(?:airspace|air space) )?(?:changes?|opacit(?:y|ies)|process|disease)",
            r"consolidative",
        ),
        has_sides=True,
        zones=tuple(Zone),
        competes=True,
    ),
    Pathology.EDEMA: KnownFinding(
        "pulmonary edema",
        (r"(?:(?:pulmonary|lung|interstitial|alveolar|perihilar|vascular|cardiogenic) ){0,3}o?edema",),
        sizes=DEGREES,
    ),
    Pathology.LUNG_OPACITY: KnownFinding(
        "opacity",
        (
            r"opacit(?:y|ies)",
            r"opacifications?",
            r"opacified",
            r"infiltrat(?:e|es|ion|ions)",
            r"air[ -]?space (?:disease|process|opacit(?:y|ies)|infiltrates?)",
            r"ground[ -]glass",
            r"haziness",
        ),
        has_sides=True,
        zones=tuple(Zone),
        competes=True,
    ),
    Pathology.PLEURAL_EFFUSION: KnownFinding(
        "pleural effusion",
        (
            r"(?:pleural |subpulmonic |parapneumonic ){0,3}effusions?",
            r"pleural fluid",
            r"hydrothora(?:x|ces)",
        ),
        has_sides=True,
        sizes=SIZES,
    ),
    Pathology.PNEUMONIA: KnownFinding(
        "pneumonia",
        (r"(?:broncho|lobar )?pneumonias?|pna", r"pneumonic (?:infiltrates?|consolidations?|process)"),
        has_sides=True,
        zones=tuple(Zone),
        competes=True,
    ),
    Pathology.PNEUMOTHORAX: KnownFinding(
        "pneumothorax",
        (r"(?:hydro|hemo|tension )?pneumothora(?:x|ces|xes)|ptx",),
        has_sides=True,
        sizes=SIZES,
    ),
}
"""By class."""

BY_NAME = {pathology.value: known for pathology, known in FINDINGS.items()}
"""By the name of the class in MS-CXR."""
