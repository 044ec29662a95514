"""The words around a finding that say whether it is there, and those that end how far such words reach.

`scope.py` decides what they reach. The words are regular expressions, for lower case text with single blanks; of two
over each other the one that begins first counts, or else the longer: "no change in" denies nothing.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from cxr_grounding.signals.spans import whole_words


class Kind(enum.Enum):
    """What words do to the findings near them."""

    DENIES_AHEAD = enum.auto()
    DENIES_BEHIND = enum.auto()
    DOUBTS_AHEAD = enum.auto()
    DOUBTS_BEHIND = enum.auto()
    DOUBTS_BOTH = enum.auto()
    DENIES_EITHER = enum.auto()
    """Behind its finding, or else before it: "effusion resolved", "resolved effusion"."""
    DOUBTS_EITHER = enum.auto()
    """Before its finding, or else behind it: "possible effusion", "effusion possible"."""
    PAST_AHEAD = enum.auto()
    PAST_BEHIND = enum.auto()
    STILL_AHEAD = enum.auto()
    """The finding is there, though a word for "not" stands before it: "no change in"."""
    STILL_BEHIND = enum.auto()
    """Likewise, behind it: "has not increased"."""
    END = enum.auto()
    """Nothing reaches across."""
    VERB = enum.auto()
    COMMA = enum.auto()
    AND = enum.auto()
    WITH = enum.auto()
    OR = enum.auto()
    ANEW = enum.auto()
    """How something begins that is there: behind a comma, a denial does not reach it."""
    PERHAPS_ANEW = enum.auto()
    """Likewise, unless it is one of a list: "no consolidation, large effusion, or pneumothorax"."""
    IDLE = enum.auto()
    """What looks like one of the others, and is none."""


class Mark(NamedTuple):
    """Words of one kind: the characters [start, stop) of a text."""

    start: int
    stop: int
    kind: Kind


_BE = r"(?:is|are|was|were|(?:has|have) been)"
_SEEN = (
    r"(?:seen|identified|noted|evident|visuali[sz]ed|visible|present|demonstrated|detected|appreciated|found|observed|"
    r"apparent|shown|suspected|delineated|there|discernible|recogni[sz]ed|confirmed)"
)
_HOW = r"(?:(?:\w+ly|well|now|longer|any longer|yet) )?"
_MUCH = (
    r"(?:(?:\w+ly|significant|substantial|definite|appreciable|interval|major|marked|further|obvious|great|xxxx) ){0,3}"
)
_PLAIN = r"(?:(?:\w+ly|\w+graphic|definite|convincing|clear|typical|specific|acute|gross|plain|xxxx) ){0,2}"
_OF_THE_HEART = r"(?! of (?:the )?(?:heart|cardiac|cardio\w+))"
"""Enlargement that is a finding, and no change of one."""
_CHANGE = (
    rf"(?:changes?|increase|decrease|progression|worsening|improvement|difference|enlargement{_OF_THE_HEART}|growth)"
)
_CHANGED = r"(?:changed|increased|decreased|progressed|worsened|improved|grown)"
_GONE = r"(?:been removed|resolved|cleared|disappeared|gone)"
_GOING = r"(?:resolution|clearing|clearance|disappearance)"
_NOT_WHOLLY = (
    r"(?:incomplete|incompletely|partial|partially|near|nearly|almost|some|slow|slowly|gradual|mild|not|not yet)"
)
_WHOLLY = r"(?:complete|completely|full|fully|interval|total|totally)"
_EXCLUDED = r"(?:excluded|ruled out)"
_STUDY = r"(?:stud(?:y|ies)|exams?|examinations?|radiographs?|films?|imaging|x-?rays?|ct|chest|images?|reports?)"
_CANNOT = r"(?:can ?not|can't|could not|may not|do(?:es)? not)"
_HARD = r"(?:difficult|hard|impossible|unable|not possible) to(?: \w+ly)? (?:exclude|rule out)"

_WORDS: dict[Kind, tuple[str, ...]] = {
    Kind.STILL_AHEAD: (
        rf"(?:no|without(?: any)?|little|minimal) {_MUCH}{_CHANGE}(?: in (?:size|extent))?(?: (?:in|of|to))?",
        rf"not {_MUCH}{_CHANGED}|not only|no doubt|no more than",
        rf"(?:to|until|ensure|ensuring|document|documenting|confirm|for|demonstrate) (?:\w+ )?{_GOING}(?: of)?",
        rf"{_NOT_WHOLLY} (?:{_WHOLLY} )?(?:{_GOING}|{_GONE}|resolving|clearing)(?: of)?",
    ),
    Kind.STILL_BEHIND: (
        rf"(?:(?:has|have|is|are) )?not {_MUCH}{_CHANGED}",
        rf"(?:has|have|is|are) {_NOT_WHOLLY}(?: {_WHOLLY})? {_GONE}",
        r"(?:is|are|remains?|appears?)(?: \w+ly)? (?:unchanged|stable|similar|persistent|again seen|again noted)",
        r"persists?|remains?|again (?:seen|noted|identified|demonstrated)",
        rf"(?:has|have)(?: not)?(?: \w+ly)? (?:{_CHANGED}|enlarged|developed)",
        rf"(?:no|without) {_MUCH}change",
        rf"(?:(?:is|are|was|were) )?not {_HOW}{_SEEN} (?:on|in) (?:the |a )?(?:prior|previous)",
    ),
    Kind.DOUBTS_AHEAD: (
        r"(?:may|might|could|can)(?: (?:also|well|still|just|simply|\w+ly)){0,2}"
        r"(?: (?:represent|reflect|indicate|suggest|include|obscure|mask|hide|have|mimic|relate to|result from|"
        r"be (?:due|related|secondary) to|be (?:compatible|consistent) with|be))?",
        r"would (?:suggest|be (?:compatible|consistent) with)",
        r"possib(?:ly|ility of)|potential(?:ly)?|perhaps|maybe|apparent|query",
        r"suggest(?:s|ed|ing|ive of|ion of)?|suspects?|suspicio(?:us|n) (?:for|of)",
        r"concern(?:ing|ed|s)? (?:for|of|about)|worr(?:isome|y) for",
        r"question(?: of| whether)?",
        rf"{_CANNOT}(?: \w+ly)? (?:exclude|rule out)",
        rf"not (?:\w+ly )?{_EXCLUDED}",
        r"(?:to |please )?(?:exclude|rule out)|r/o",
        r"differential(?: diagnosis| considerations?)?(?: (?:would )?includ(?:es?|ing)| is| for)?",
        r"considerations? (?:(?:would )?includ(?:es?|ing)|are|is|of)|consider(?:ed)?",
        r"less likely|if(?: there (?:is|are))?|(?:un(?:clear|certain) )?(?:whether|if)",
        r"(?:evaluat\w+|assess\w*|check|correlat\w+|look\w*|monitor\w*|screen\w*|search) (?:\w+ )?for",
        r"at risk (?:for|of)|cannot be distinguished from|(?:resembl|mimic|simulat)(?:es|s|ing|king)",
    ),
    Kind.DOUBTS_EITHER: (
        r"(?:(?:is|are|was|were|remains?) )?(?:(?:also|still) )?(?:possible|questionable|equivocal|suspected)",
        rf"(?:(?:is|are|may be) )?{_HARD}|if (?:any|present|there is any)|\?",
    ),
    Kind.DOUBTS_BEHIND: (
        rf"(?:{_CANNOT}(?: \w+ly)? be|(?:is|are) not|not)(?: \w+ly)? {_EXCLUDED}",
        r"(?:is|are|remains?)(?: (?:also|still|certainly))? (?:a possibility|in question|uncertain|a consideration)",
        rf"(?:{_BE} )?neither confirmed nor {_EXCLUDED}",
        r"(?:would|should|could|may|might)(?: also)? be (?:considered|possible|present|excluded|suspected)",
    ),
    Kind.DOUBTS_BOTH: (r"versus|vs\.?",),
    Kind.DENIES_EITHER: (
        rf"(?:{_BE} )?(?:absent|resolved|negative|{_EXCLUDED})",
        rf"(?:{_BE} )?(?:(?:felt|thought|considered) )?(?:to be )?(?:very |highly )?unlikely",
        rf"(?:{_BE} )?not (?:felt |thought |considered )?(?:to be )?likely",
    ),
    Kind.DENIES_AHEAD: (
        rf"(?:no|without(?: any)?) {_PLAIN}(?:evidence|signs?|suggestion|indication|findings) (?:of|for|to suggest)",
        r"no longer(?: any)?|no|not|non|none|never|neither|nor",
        r"without(?: any)?|w/o|absence of|lack of|lacks?",
        r"negative for|free (?:of|from)|clear(?:ed)? of|den(?:y|ies|ied)|rules out|excludes",
        r"fails? to (?:show|demonstrate|reveal)",
        r"rather than|instead of",
        rf"(?:{_WHOLLY} ){{0,2}}{_GOING} of",
        r"removal of|unlikely to (?:be|represent|reflect)",
    ),
    Kind.DENIES_BEHIND: (
        rf"(?:{_BE} )?(?:no longer|not) {_HOW}{_SEEN}",
        rf"(?:can ?not|could not) be {_SEEN}",
        rf"(?:has|have|is|are|had)(?: (?:\w+ly|now|since|all)){{0,2}} {_GONE}",
        r"within (?:normal limits|limits of normal)",
        r": (?:no|none|negative|absent)",
    ),
    Kind.PAST_AHEAD: (
        r"(?:(?:past|previous|prior|remote|known) )?(?:history|episodes?|bouts?) of|hx(?: of)?|h/o",
        r"previous(?:ly)?(?: (?:seen|noted|described|identified|demonstrated|visuali[sz]ed|present|reported))?",
        r"prior|former|status[ -]post|s/p|treated(?: for)?|when there (?:was|were)",
    ),
    Kind.PAST_BEHIND: (
        r"in the past|(?:was|were) (?:previously|formerly) (?:present|seen|noted)",
        rf"(?:was|were) {_SEEN} (?:on|in) (?:the |a )?(?:prior|previous)",
    ),
    Kind.END: (
        r";|:|\. ",
        r"but|however|although|though|yet|while|whereas|otherwise|nevertheless|despite|in spite of|given",
        r"except(?:ing)?(?: for)?|with the exception of|other than|apart from|aside from|besides",
        r"because(?: of)?|since|due to|secondary to|related to|as a result of|which",
    ),
    Kind.VERB: (r"is|are|was|were|has|have|had|there|appears?|seems?|shows?|demonstrates?|overl(?:y|ies)|projects?",),
    Kind.COMMA: (r",",),
    Kind.AND: (r"and|plus|as well as|&|\+",),
    Kind.WITH: (r"with|along with",),
    Kind.OR: (r"(?:, ?)?(?:or|nor)|and/or|/",),
    Kind.ANEW: (
        r"an?|the|this|these|some|few|several|multiple|interval|residual|normal",
        r"trace|tiny|small|minimal|minor|mild|mildly|slight|slightly|subtle|moderate|moderately|low|prominent|elevated",
        r"stable|unchanged|chronic|old|healed|persistent|improved|improving|worsening|increasing",
        r"scattered|patchy|streaky|linear|subsegmental|bibasilar|degenerative|calcified|tortuous",
        r"likely|probabl[ey]|possibl[ey]|consistent with|compatible with",
    ),
    Kind.PERHAPS_ANEW: (r"left|right|bilateral|large|severe|marked|increased|new|heart|cardiac|lungs?",),
    Kind.IDLE: (
        r"(?:that|which|as) (?:is|are|was|were|has|have)",
        r"(?:can|could|may|might) be (?:seen|identified|noted|appreciated|visuali[sz]ed)",
        r"not well[ -](?:seen|visuali[sz]ed|evaluated)|non[ -]?specific|not (?:otherwise )?specified",
        r"compar(?:ed|ison) (?:to|with)|no comparison",
        rf"(?:no )?(?:prior|previous) (?:\w+ ){{0,2}}{_STUDY}|prior(?=,|;|$)",
    ),
}


_PATTERNS = {kind: whole_words("|".join(words)) for kind, words in _WORDS.items()}


def find_cues(text: str) -> list[Mark]:
    """The words of every kind in a text; those of different kinds may lie over each other.

    Args:
        text: lower case, with single blanks.
    """
    return [Mark(*found.span(), kind) for kind, pattern in _PATTERNS.items() for found in pattern.finditer(text)]
