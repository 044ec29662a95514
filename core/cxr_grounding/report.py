"""A pasted report, split into the sentences that are grounded one by one."""

from __future__ import annotations

import re

NEVER_LAST = frozenset({"dr", "drs", "mr", "mrs", "ms", "prof", "st", "e.g", "eg", "i.e", "ie", "vs", "cf"})
"""Words whose full stop never ends a sentence, lower case, without that stop."""

SELDOM_LAST = frozenset(
    {"approx", "ca", "etc", "no", "nos", "fig", "resp", "incl", "excl", "max", "min", "est", "dept", "a.m", "p.m"}
)
"""Likewise, unless a capital letter follows."""

SECTIONS = (
    r"addendum|chest(?: radiograph| x-?ray| film)?|clinical (?:history|information|indication)|comparisons?|"
    r"conclusions?|exam(?:ination)?|final report|findings|history|impressions?|indications?|interpretation|opinion|"
    r"procedure|reason for (?:exam(?:ination)?|study)|recommendations?|report|study|technique|type of exam(?:ination)?|"
    r"views?"
)
HEADING = re.compile(rf"^[\s#*_]*(?:(?i:{SECTIONS})\s*(?::[*_\s]*|[*_\s]*$)|[A-Z][A-Z /&(),-]*:[*_\s]*$)")
"""A section's name, with a colon or alone on its line; or anything in capitals before a colon at the line's end."""

NUMBERING = re.compile(r"^\s*(?:[-*\u2022\u2013+]|\(?\d{1,2}[.)]|\(?[a-z]\))(?:\s+|$)")
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|(?<=[.!?;][\"')\]])\s+")


def split_report(text: str) -> list[str]:
    """The sentences of a pasted report, in order, each fit to be a phrase.

    Headings ("FINDINGS:", "Impression:"), numbering, bullets and empty lines are dropped. Lines that
    were wrapped are joined; an empty line, a heading or a number begins a new sentence. Decimals
    ("2.5 cm") and abbreviations ("Dr.", "approx.") stay whole. The full stop at a sentence's end is
    left out.
    """
    sentences = []
    for paragraph in _paragraphs(text):
        for sentence in _sentences(paragraph):
            bare = NUMBERING.sub("", sentence).rstrip(".; ")
            if any(character.isalpha() for character in bare):
                sentences.append(bare)
    return sentences


def _paragraphs(text: str) -> list[str]:
    """The report's text, one string per run of lines that belong together."""
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        rest = HEADING.sub("", line)
        starts_anew = rest != line or NUMBERING.match(rest) is not None or not rest.strip()
        if starts_anew:
            paragraphs.append([])
        paragraphs[-1].append(rest)
    return [" ".join(" ".join(lines).split()) for lines in paragraphs]


def _sentences(paragraph: str) -> list[str]:
    """Split one paragraph at the full stops that end a sentence."""
    sentences: list[str] = []
    whole = True
    for piece in SENTENCE_END.split(paragraph):
        if not whole and not (_is_seldom_last(sentences[-1]) and piece[:1].isupper()):
            sentences[-1] = f"{sentences[-1]} {piece}"
        else:
            sentences.append(piece)
        whole = not (_is_never_last(sentences[-1]) or _is_seldom_last(sentences[-1]))
    return sentences


def _is_seldom_last(sentence: str) -> bool:
    return _last_word(sentence) in SELDOM_LAST


def _is_never_last(sentence: str) -> bool:
    return _last_word(sentence) in NEVER_LAST


def _last_word(sentence: str) -> str:
    """The word before a full stop at the end, lower case; "" when there is no full stop."""
    return sentence.rsplit(" ", 1)[-1].lstrip("(\"'")[:-1].lower() if sentence.endswith(".") else ""
