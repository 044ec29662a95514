"""The codes that DICOM objects say findings, places and sides by: one table, each with where it was verified."""

from __future__ import annotations

from typing import NamedTuple

from pydicom.sr.coding import Code

from cxr_grounding.pathologies import Pathology
from cxr_grounding.signals.assertion import read_sentence
from cxr_grounding.signals.places import Laterality
from cxr_grounding.signals.scope import Assertion


class Verified(NamedTuple):
    """A code, and who says that it means this.

    Args:
        code: value, scheme and meaning.
        where: it was verified: a context group (CID) of DICOM PS3.16 in pydicom's dictionary, or what else says so.
    """

    code: Code
    where: str


def _sct(value: str, meaning: str, where: str) -> Verified:
    return Verified(Code(value, "SCT", meaning), where)


def _dcm(value: str, meaning: str, where: str) -> Verified:
    return Verified(Code(value, "DCM", meaning), where)


PUBLIC = "SNOMED CT, as several public repositories use it; in no context group of pydicom's dictionary"

FINDINGS = {
    Pathology.ATELECTASIS: _sct("46621007", "Atelectasis", PUBLIC),
    # Not 287272002, which pydicom calls Cardiomegaly too: that is of a group about fetal hearts (CID 12248).
    Pathology.CARDIOMEGALY: _sct("8186001", "Cardiomegaly", PUBLIC),
    Pathology.CONSOLIDATION: _sct("95436008", "Lung consolidation", PUBLIC),
    Pathology.EDEMA: _sct("19242006", "Pulmonary edema", "CID 3700"),
    Pathology.LUNG_OPACITY: _dcm("112001", "Opacity", "CID 6102"),
    Pathology.PLEURAL_EFFUSION: _sct("60046008", "Pleural effusion", "CID 8134"),
    Pathology.PNEUMONIA: _sct("233604007", "Pneumonia", PUBLIC),
    Pathology.PNEUMOTHORAX: _sct("36118008", "Pneumothorax", "CID 6102"),
}
"""What a phrase names."""

LUNG = _sct("39607008", "Lung", "CID 4")
HEART = _sct("80891009", "Heart", "CID 4030")
PLEURA = _sct("3120008", "Pleura", "CID 7151")
CHEST = _sct("816094009", "Chest", "CID 4030")

SITES = dict.fromkeys(Pathology, LUNG) | {
    Pathology.CARDIOMEGALY: HEART,
    Pathology.PLEURAL_EFFUSION: PLEURA,
    Pathology.PNEUMOTHORAX: PLEURA,
}
"""Where it is."""

SIDES = {
    Laterality.LEFT: _sct("7771000", "Left", "CID 244"),
    Laterality.RIGHT: _sct("24028007", "Right", "CID 244"),
    Laterality.BILATERAL: _sct("51440002", "Bilateral", "CID 244"),
}

ABNORMAL_STRUCTURE = _sct("49755003", "Morphologically Abnormal Structure", "CID 7150")
RELATIONAL_CONCEPT = _sct("309825002", "Spatial and Relational Concept", "CID 7150")
SELECTED_REGION = _dcm("111099", "Selected region", "CID 6101")
"""Category and type of what a phrase points at that names none of the eight, or several of them."""


PLAIN_RADIOGRAPHY = _sct("168537006", "Plain radiography", "CID 10005")
"""The procedure that is reported on."""


class Coded(NamedTuple):
    """What a phrase says, in codes.

    Args:
        finding: one of the eight; None where it names none, several, or only denies them.
        site: where that is; the chest where there is no finding.
        side: of the patient; None where it does not say.
    """

    finding: Code | None
    site: Code
    side: Code | None


def coded(phrase: str) -> Coded:
    """What a phrase says, in codes; a finding that it denies, or tells of the past, has none."""
    named = [
        one
        for one in read_sentence(phrase).findings
        if one.assertion in (Assertion.AFFIRMED, Assertion.UNCERTAIN) and one.pathology in _BY_NAME
    ]
    sides = {one.side for one in named if one.side is not None}
    side = SIDES[sides.pop()].code if len(sides) == 1 else None
    pathologies = {_BY_NAME[one.pathology] for one in named}
    if len(pathologies) != 1:
        return Coded(None, CHEST.code, side)
    (pathology,) = pathologies
    return Coded(FINDINGS[pathology].code, SITES[pathology].code, side)


_BY_NAME = {pathology.value: pathology for pathology in Pathology}
