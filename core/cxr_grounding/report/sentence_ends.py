"""Where one sentence of a line ends and the next begins: full stops that end one, and those of abbreviations."""

from __future__ import annotations

import re

NEVER_LAST = frozenset({"dr", "drs", "mr", "mrs", "ms", "prof", "st", "e.g", "eg", "i.e", "ie", "vs", "cf"})
"""Words whose full stop never ends a sentence, lower case, without that stop."""

_SELDOM_LAST_WORDS = (
    "abd ant approx assoc bilat ca comp dept dist est etc excl exc ext fig figs incl inf int lat max med min "
    "mod neg no nos pos poss post prev prob prox ref resp sig sup surg susp temp vol"
)
SELDOM_LAST = frozenset(_SELDOM_LAST_WORDS.split())
"""Likewise, unless a capital letter or an item of a list follows."""

MONTHS = frozenset(("jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"))
"""Likewise, and a day may follow."""

NUMBERED = frozenset({"no", "nos", "fig", "figs"})
"""Words after which a number with a full stop is no item of a list: "No. 2."."""

NEW = frozenset({"no", "there"})
"""Words that begin a sentence in reports without capitals, and continue none after an abbreviation."""

_CLOSING = "\"')\\]>\u201d\u2019\u00bb"
_END = re.compile(
    rf"(?:(?:(?<![.!?;])(?:(?<=\S)|(?!\?))|(?<=\s\?)|(?<=^\?))[.!?;]+[{_CLOSING}]*(?:\s+|$)"
    rf"|(?:(?<=[A-Za-z0-9)][A-Za-z0-9)\]\"'%])|(?<=\s\d))[.!?;]+[{_CLOSING}]*(?=[A-Z][A-Za-z])"
    r"|(?<=[a-z]{3})[.!?](?=[a-z]{2,}(?:\s|$))(?!(?:com|org|net|edu|gov|dcm|dicom|png|jpe?g|pdf|txt)\b)"
    r"|;(?=[A-Za-z])"
    r"|[\u3002\uff01\uff1f\uff1b]+\s*"
    r"|(?<=[a-z)]) (?=(?:The|There|This|These|Please|No) [a-z]))"
)
"""Stops before a blank, but not "? effusion"; before a capital, or a word, that follows at once; Chinese ones; and
where one was forgotten before a word that only begins sentences.

Those before a blank are looked for at the first of a run of stops, or at the second where the first is such a question
mark: at each of them, a long run would take the square of its length.
"""

_ITEM = re.compile(r"(?:(?<=^)|(?<=\s))\(?(\d{1,2})[.)](?=\s*[A-Z])")
_LIST_NUMBER = re.compile(r"\(?\d{1,2}[.)](?:\s|$|[A-Z])")
_TAKEN_OUT = "XXX"
"""How a word begins that was taken out so that nobody can be known by it."""

_VOWELS = frozenset("aeiouy")
_LONGEST_WITHOUT_VOWELS = 4


def split_sentences(paragraph: str) -> list[str]:
    """Cut a paragraph where its sentences end, each with its stop; abbreviations and decimals stay whole.

    Args:
        paragraph: on one line, without white space around it.
    """
    sentences: list[str] = []
    for numbered in _items(paragraph):
        own: list[str] = []
        for piece in _pieces(numbered):
            if own and _goes_on(own[-1], piece):
                own[-1] = f"{own[-1]} {piece}"
            else:
                own.append(piece)
        sentences += own
    return sentences


def _items(paragraph: str) -> list[str]:
    """Cut before the numbers of a list that runs on one line: 1. Effusion 2. Edema."""
    cuts, awaited = [0], 1
    for found in _ITEM.finditer(paragraph):
        if int(found[1]) == awaited:
            cuts.append(found.start())
            awaited += 1
    if awaited <= 2:  # one number alone is no list
        return [paragraph]
    return [part for start, end in zip(cuts, [*cuts[1:], None], strict=True) if (part := paragraph[start:end].strip())]


def _pieces(text: str) -> list[str]:
    """Cut at everything that looks like the end of a sentence."""
    ends = [found.end() for found in _END.finditer(text)]
    return [part for start, end in zip([0, *ends], [*ends, None], strict=True) if (part := text[start:end].strip())]


def _goes_on(sentence: str, piece: str) -> bool:
    """Whether the stop at the end of a sentence is an abbreviation's, so that this piece belongs to it."""
    if not sentence.endswith(".") or sentence.endswith(".."):
        return False
    written = sentence.rsplit(" ", 1)[-1].lstrip("(\"'[")[:-1]
    word, is_alone = written.lower(), " " not in sentence
    capital, digit = piece[:1].isupper(), piece[:1].isdigit()
    if word in NEVER_LAST or (digit and word in NUMBERED):
        return True
    if word in MONTHS:
        return not capital or piece.startswith(_TAKEN_OUT)
    if _LIST_NUMBER.match(piece) or piece.split()[0].lower() in NEW:
        return False
    if len(written) == 1 and written.isalpha() and written.isupper():
        return _goes_on_after_letter(sentence, written, piece)
    short = word.isalpha() and len(word) <= _LONGEST_WITHOUT_VOWELS and _VOWELS.isdisjoint(word)
    if short and not written.isupper():
        return is_alone or not capital
    dotted = "." in word and all(len(part) == 1 and part.isalpha() for part in word.split("."))
    return (dotted or word in SELDOM_LAST) and not capital


def _goes_on_after_letter(sentence: str, letter: str, piece: str) -> bool:
    """Whether a capital and its stop are short for a word: "L. base", "E. coli", "the R. IJ line", "Dr. J. Smith"."""
    first = piece.split()[0]
    if not first[:1].isupper():
        return not first[:1].isdigit()
    if letter in "LR" and len(first) > 1 and first.isupper() and not first.startswith(_TAKEN_OUT):
        return True
    before = sentence.split()[-2:-1]
    return not before or before[0].rstrip(".").lower() in NEVER_LAST
