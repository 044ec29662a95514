"""Codes of this program's own, for what no standard has a code for: the scheme is private and named in every report."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from cxr_grounding.verdict import VerdictKind

OWN_SCHEME = "99CXRG"
"""Private coding schemes begin with 99 (PS3.16 8.2)."""


def _own(value: str, meaning: str) -> Code:
    return Code(value, OWN_SCHEME, meaning)


PHRASE = _own("phrase", "Phrase")
ASKED = _own("asked", "Asked in its stead")
REASON = _own("reason", "Reason of the verdict")
MODEL_LABEL = _own("label", "Label of the model")
VERDICT = _own("verdict", "Verdict")
STRENGTH = _own("strength", "Highest heat, no probability")
CONTESTED = _own("contested", "Evidence against rivals, a rank")
EXPLAINED = _own("explained", "Evidence, a rank")

VERDICTS = {
    VerdictKind.POINTS_HERE: _own("here", VerdictKind.POINTS_HERE.value),
    VerdictKind.IN_DOUBT: _own("doubt", VerdictKind.IN_DOUBT.value),
    VerdictKind.POINTS_NOWHERE: _own("nowhere", VerdictKind.POINTS_NOWHERE.value),
    VerdictKind.DENIED: _own("denied", VerdictKind.DENIED.value),
    VerdictKind.OTHER_SIDE: _own("other-side", VerdictKind.OTHER_SIDE.value),
    VerdictKind.NOT_A_FINDING: _own("no-finding", VerdictKind.NOT_A_FINDING.value),
}


def own_scheme_item() -> Dataset:
    """What says whose the scheme is (PS3.3 C.12.1.1.5)."""
    item = Dataset()
    item.CodingSchemeDesignator = OWN_SCHEME
    item.CodingSchemeName = "CXRGrounding"
    item.CodingSchemeResponsibleOrganization = "CXRGrounding"
    return item
