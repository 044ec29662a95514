"""Where a text names findings: the eight classes of MS-CXR (`known_findings`), and others by their own words."""

from __future__ import annotations

import re
from typing import NamedTuple

from cxr_grounding.pathologies import Pathology
from cxr_grounding.signals.known_findings import FINDINGS

OTHERS = (
    # What the eight are not, though they share a word with it.
    r"pericardial effusions?",
    r"joint effusions?",
    r"(?:soft[ -]tissue|subcutaneous|bone marrow|peripheral|ankle|leg) o?edema",
    # Lungs and airways.
    r"(?:calcified |noncalcified |non-calcified |pulmonary |lung ){0,3}(?:nodules?|nodularity|granulomas?|granulomata)",
    r"(?:pulmonary |lung |hilar |mediastinal )?mass(?:es)?",
    r"granulomatous (?:disease|changes?|infection|process)",
    r"(?:pulmonary |parenchymal |pleural |apical ){0,3}(?:scar|scars|scarring|fibrosis)",
    r"fibrotic changes?",
    r"(?:bullous |centrilobular |subcutaneous |soft tissue )?emphysema(?:tous changes?|tous disease)?",
    r"chronic obstructive (?:pulmonary|lung) disease",
    r"copd",
    r"interstitial (?:lung )?(?:disease|changes|thickening|prominence|pattern|process)",
    r"(?:increased|prominent|coarse|coarsened|accentuated|thickened|chronic|abnormal) (?:\w+ ){0,2}markings",
    r"(?:cystic |traction )?bronchiectasis",
    r"(?:peribronchial|bronchial wall) (?:thickening|cuffing)",
    r"(?<!with )air bronchograms?",  # a sign, with which a consolidation is one finding
    r"hyper(?:inflat|expan|aerat)(?:ion|sion)",
    r"(?:low|decreased|reduced|diminished|small) lung volumes?",
    r"volume loss",
    r"bull(?:a|ae)",
    r"blebs?",
    r"cysts?",
    r"cavit(?:y|ies|ation)",
    r"abscess(?:es)?",
    r"metasta(?:sis|ses|tic disease)",
    r"lesions?",
    r"malignanc(?:y|ies)|carcinomas?|neoplasms?|tumou?rs?",
    r"densit(?:y|ies)",
    r"lucenc(?:y|ies)",
    r"tuberculosis",
    r"sarcoidosis",
    r"aspiration",
    # Heart, vessels, mediastinum, pleura, diaphragm.
    r"(?:pulmonary )?(?:vascular |bronchovascular |venous ){1,3}"
    r"(?:congestion|engorgement|prominence|crowding|redistribution|hypertension)",
    r"congestion",
    r"ha?emothora(?:x|ces)",
    r"(?:congestive )?heart failure",
    r"chf",
    r"cephalization",
    r"kerley b lines",
    r"(?:pleural|apical|fissural) (?:thickening|plaques?|calcifications?|capping|caps?)",
    r"pneumomediastinum",
    r"pneumoperitoneum",
    r"free (?:intraperitoneal |subdiaphragmatic |abdominal )?air",
    r"(?:hilar |mediastinal )?(?:lymph)?adenopathy",
    r"(?:calcified|enlarged|prominent) (?:\w+ ){0,2}(?:lymph )?nodes?",
    r"(?:aortic |thoracic aortic )?(?:aneurysm|ectasia|tortuosity|atherosclerosis|dissection)",
    r"(?:coronary |vascular |aortic |hilar |mitral annular |atherosclerotic ){0,3}calcifications?",
    r"atherosclerotic (?:disease|changes?)",
    r"(?:mediastinal|tracheal) (?:shift|deviation|widening)",
    r"(?:hiatal|hiatus|diaphragmatic) hernia",
    r"eventration",
    r"goiter",
    # Bones and soft tissues.
    r"(?:rib |clavicular |clavicle |vertebral |compression |vertebral body ){0,3}(?:fractures?|deformit(?:y|ies))",
    r"(?:dextro|levo)?scoliosis",
    r"kyphosis",
    r"spondylosis",
    r"osteophytes?|spurring|spurs?",
    r"prosthe(?:sis|ses)|arthroplasty|(?:nerve |spinal )?stimulators?",
    r"(?:degenerative|arthritic|osteoarthritic|postsurgical|post-surgical|postoperative|hypertrophic) "
    r"(?:joint |disc |disk |spine )?(?:changes?|disease|spurring)",
    r"(?:osteo)?arthritis",
    r"osteopenia",
    r"osteoporosis",
    r"sclerosis",
    r"dislocations?",
    r"foreign (?:body|bodies|object)",
    # What was put in.
    r"pace ?makers?(?: leads?)?",
    r"(?:defibrillator|a?icd(?!-))(?: leads?)?",
    r"(?:central venous |dialysis |venous |swan[ -]ganz ){0,3}catheters?",
    r"(?:picc|central|ij|jugular|subclavian|arterial)(?: venous)? lines?",
    r"picc",
    r"port[ -]?a[ -]?cath",
    r"(?:\w+ )?tubes?|ett|ngt",
    r"(?:pacemaker |pulse )?generators?",
    r"(?:sternotomy|sternal) wires?",
    r"(?:surgical |cholecystectomy |vascular ){0,3}clips",
    r"(?:coronary |vascular )?stents?",
    r"(?:prosthetic|artificial|mechanical) (?:heart |aortic |mitral )?valves?",
    r"hardware",
    # What is said of all at once.
    r"(?:acute |active |focal |bony |osseous |bone |cardiopulmonary |pulmonary |cardiac |pleural |chest |lung |"
    r"intrathoracic |thoracic |infectious ){1,4}"
    r"(?:abnormalit(?:y|ies)|disease|process(?:es)?|findings?|infections?|changes)",
    r"abnormalit(?:y|ies)",
    r"infections?",
    r"infectious process",
)
"""Regular expressions, for lower case text with single blanks; a finding found so is called by these words."""

_HEART = r"(?:heart(?: size| silhouette| shadow)?|cardiac (?:size|silhouette|shadow|contours?))"
PAIRS = (
    (_HEART, r"enlarged|enlargement|enlarging|large|borderline|increased in size", Pathology.CARDIOMEGALY.value),
    (r"cardiomediastinal silhouette", r"enlarged|enlargement|prominent", "{change} cardiomediastinal silhouette"),
    (r"(?:hemi)?diaphragms?", r"elevated|elevation|flattened|flattening", "{change} diaphragm"),
    (r"costophrenic (?:angles?|sulc(?:us|i))", r"blunted|blunting|obscured", "{change} costophrenic angle"),
    (r"mediastin(?:um|al contours?|al silhouette)", r"widened|widening|enlarged|prominent", "{change} mediastinum"),
    (r"trachea", r"deviated|deviation|shifted", "{change} trachea"),
    (r"lung volumes", r"low|decreased|reduced", "{change} lung volumes"),
    (
        r"aorta",
        r"tortuous|ectatic|dilated|unfolded|unfolding|calcified|atherosclerotic|prominent|enlarged",
        "{change} aorta",
    ),
    (r"hil(?:a|um|ar contours?)", r"enlarged|enlargement|prominent|prominence", "{change} hilum"),
    (r"pulmonary arter(?:y|ies)", r"enlarged|enlargement|prominent|dilated", "{change} pulmonary artery"),
    (
        r"lungs?|chest",
        r"hyper(?:inflated|expanded|aerated|lucent)|hypo(?:inflated|ventilated|expanded)",
        "{change} lungs",
    ),
)
"""Findings of two words that need not stand side by side: a part of the chest, what is wrong with it, their name."""

_LINKS = (
    r"is|are|was|were|has|have|been|be|to|appears?|remains?|seems|again|still|not|no longer|now|size|in|and|or|of|top|"
    r"borderline|top-normal|upper limits|stable|unchanged|quite|more|\w+ly|xxxx|normal|clear|lateral|posterior|"
    r"mediastinal contours?|mediastinum"
)
"""What may stand between the part and what is wrong with it; and the other way round."""
_TURNED_LINKS = r"of|in|the|size|left|right|both|bilateral|lateral|posterior|thoracic|descending|central|xxxx"


_AS_ADJECTIVES = {
    "deviation": "deviated",
    "elevation": "elevated",
    "flattening": "flattened",
    "blunting": "blunted",
    "widening": "widened",
    "enlargement": "enlarged",
    "prominence": "prominent",
    "unfolding": "unfolded",
}


class Named(NamedTuple):
    """A place where a text names a finding.

    Args:
        start, stop: the characters that name it; of a pair, what is wrong with the part.
        name: one of the eight by its MS-CXR name, or the finding's own words, lower case.
        part: of a pair, the characters of the part; None for others.
    """

    start: int
    stop: int
    name: str
    part: tuple[int, int] | None = None


_EIGHT = [(re.compile(rf"\b(?:{'|'.join(known.words)})\b"), pathology.value) for pathology, known in FINDINGS.items()]
_OTHERS = re.compile(rf"\b(?:{'|'.join(OTHERS)})\b")
_PAIRS = [
    (re.compile(pattern), name)
    for part, change, name in PAIRS
    for pattern in (
        rf"\b(?P<part>(?:{part})):?(?: (?:{_LINKS})){{0,7}} (?P<change>{change})\b",
        rf"\b(?P<change>{change})(?: (?:{_TURNED_LINKS})){{0,4}} (?P<part>(?:{part}))\b",
    )
]


def find_names(text: str) -> list[Named]:
    """Where a text names findings, or may: of those over each other the one that begins first is meant.

    "Pericardial effusion" is no pleural one.

    Args:
        text: lower case, with single blanks.
    """
    found = [Named(*match.span(), name) for pattern, name in _EIGHT for match in pattern.finditer(text)]
    found += [Named(*match.span(), match[0]) for match in _OTHERS.finditer(text)]
    found += [
        Named(*match.span("change"), name.format(change=_adjective(match["change"])), match.span("part"))
        for pattern, name in _PAIRS
        for match in pattern.finditer(text)
    ]
    return found


def _adjective(change: str) -> str:
    return _AS_ADJECTIVES.get(change, change)
