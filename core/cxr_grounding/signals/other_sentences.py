"""What a sentence is about that names no finding, and so has nothing that can be pointed at."""

from __future__ import annotations

import enum

from cxr_grounding.signals.spans import whole_words


class Reason(enum.Enum):
    """Why a sentence can be grounded, or cannot; the first that holds."""

    AFFIRMED = "affirmed"
    """It affirms a finding: the only one that can be grounded."""
    UNCERTAIN = "uncertain"
    """It doubts what it names, and affirms nothing."""
    DENIED = "denied"
    """It denies what it names."""
    HISTORY = "history"
    """It tells of the past, or what the examination is for."""
    COMMUNICATION = "communication"
    """It names people and times."""
    RECOMMENDATION = "recommendation"
    """It says what is to be done."""
    NORMAL = "normal"
    """It calls a part of the chest normal."""
    COMPARISON = "comparison"
    """It only compares."""
    TECHNIQUE = "technique"
    """It says how the radiograph was made."""
    NO_FINDING = "no finding"
    """It names nothing that is known as a finding."""
    UNKNOWN_LANGUAGE = "unknown language"
    """It is not in English, and was not read."""


_ABOUT = {
    Reason.COMMUNICATION: (
        r"drs?\.?|doctor|physician|nurse|resident|attending|radiologist|clinician|notif\w+|informed|discuss\w*|"
        r"communicat\w+|telephone\w*|phoned?|paged|acknowledged|dictated|transcribed|electronically|signed|"
        r"(?:a|p)\.?m\.?|hours"
    ),
    Reason.RECOMMENDATION: (
        r"recommend\w*|advis\w+|follow-? ?up|consider(?:ed|ation)?|correlat\w+|"
        r"further (?:evaluation|imaging|assessment|study)|"
        r"(?:could|should|may|can) be (?:obtained|performed|helpful|of benefit|considered)"
    ),
    Reason.HISTORY: (
        r"history|status[ -]post|s/p|\w+-years?-old|year old|pain|cough|dyspnea|shortness of breath|fever|trauma|"
        r"pre-?op\w*|post-?op\w*|symptoms?"
    ),
    Reason.NORMAL: (
        r"normal\w*|unremarkable|clear|intact|midline|negative|well[ -](?:expanded|aerated|inflated)|sharp|patent|"
        r"symmetric\w*|preserved|unobstructed"
    ),
    Reason.COMPARISON: (
        r"compar(?:e|ed|isons?|able)|prior|previous\w*|unchanged|changed?|stable|similar|interval|since|again|improv\w+|worsen\w*"
    ),
    Reason.TECHNIQUE: (
        r"views?|radiographs?|films?|images?|imaging|projections?|portable|technique|technical\w*|quality|limit\w*|"
        r"rotat\w+|inspirat\w+|exposure|penetrat\w+|obtained|position\w*|examination|exam|x-?rays?|chest|"
        r"pa|ap|lateral|upright|supine|study"
    ),
}
_PATTERNS = {reason: whole_words(words) for reason, words in _ABOUT.items()}


def reason_without_finding(text: str) -> Reason:
    """What a sentence is about that names no finding.

    Args:
        text: lower case, with single blanks.
    """
    return next((reason for reason, pattern in _PATTERNS.items() if pattern.search(text)), Reason.NO_FINDING)


def find_reason(text: str, reason: Reason) -> list[tuple[int, int]]:
    """The places of the words that tell that a sentence is about something, (start, stop); none for other reasons.

    Args:
        text: lower case, with single blanks.
        reason: of a sentence that names no finding.
    """
    pattern = _PATTERNS.get(reason)
    return [] if pattern is None else [found.span() for found in pattern.finditer(text)]
