"""The words of an annotated sentence that say where.

Later papers ask MS-CXR as "{location} {pathology}" (MS-CXR-loc). Their list of locations is not published, so this is
a rule of our own: the words of the sentence that say where, in their order.
"""

from __future__ import annotations

from cxr_grounding.sides import BOTH, WORD, WORDS_OF

SIDES = BOTH.union(*WORDS_OF.values())

PARTS = frozenset(
    {"upper", "mid", "middle", "lower", "superior", "inferior", "medial", "lateral", "central", "peripheral"}
    | {"apical", "basal", "basilar", "hilar", "perihilar", "infrahilar", "suprahilar", "retrocardiac", "lingular"}
    | {"costophrenic", "cardiophrenic", "paratracheal", "paramediastinal", "subpleural", "midlung"}
    | {"base", "bases", "apex", "apices", "hilum", "hila", "lingula"}
)
"""Words that name a part of the chest by themselves."""

NOUNS = frozenset(
    {"lung", "lungs", "lobe", "lobes", "zone", "zones", "field", "fields", "region", "regions", "area", "areas"}
    | {"hemithorax", "hemithoraces", "angle", "angles", "side", "sides"}
)
"""Words that belong to a place only behind one of the above: "left lung", but not "lung opacity"."""

LINKS = frozenset({"and", "or", "of", "the"})
"""Words that are kept between two words of one place: "base of the left lung"."""


def location_of(sentence: str) -> str:
    """The words of a sentence that say where, lower case, in their order; "" where there are none.

    Places that each have a side of their own are joined with "and": "small right and moderate left effusions" gives
    "right and left". Punctuation between places is left out.
    """
    result: list[str] = []
    for place in _places(sentence):
        if _has_side(place) and _has_side(result):
            result.append("and")
        result += place
    return " ".join(result)


def _has_side(words: list[str]) -> bool:
    return any(word.split("-")[0] in SIDES for word in words)


def _places(sentence: str) -> list[list[str]]:
    """Runs of neighbouring words that say where."""
    places: list[list[str]] = []
    pending: list[str] = []  # links since the last word of a place
    is_open = False
    end = 0
    for match in WORD.finditer(sentence.lower()):
        word = match[0]
        is_open = is_open and not set(sentence[end : match.start()]) & set(",;:.()")
        end = match.end()
        if _says_where(word) or (is_open and not pending and word in NOUNS):
            if is_open:
                places[-1] += [*pending, word]
            else:
                places.append([word])
            is_open, pending = True, []
        elif word in LINKS and is_open:
            pending.append(word)
        else:
            is_open, pending = False, []
    return places


def _says_where(word: str) -> bool:
    first = word.split("-")[0]  # left-sided, mid-lung
    return first in SIDES or first in PARTS
