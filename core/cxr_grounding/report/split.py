"""A pasted report, split into the sentences that are grounded one by one."""

from __future__ import annotations

import re
from typing import NamedTuple

from cxr_grounding.errors import PhraseError
from cxr_grounding.report.list_marks import letters_at_items, number_at, without_list_mark
from cxr_grounding.report.plain_text import plain_text
from cxr_grounding.report.section_names import SECTIONS, section_of
from cxr_grounding.report.sentence_ends import split_sentences

LONGEST_REPORT = 2**17
"""Most letters of a text that is split; the longest report of a radiograph has a few thousand, and ten times as many
with what a word processor puts around them."""

HEADING = re.compile(rf"^[\s#*_]*(?:(?i:{SECTIONS})\s*(?::[*_\s]*|[*_\s]*$)|[A-Z][A-Z /&(),-]*:[*_\s]*$)")
"""A section's name, with a colon or alone on its line; or anything in capitals before a colon at the line's end."""

_HEADING_WITHIN = re.compile(
    rf"(?:(?<=\S)(?<!(?i:clinical))(?<!(?i:reason for))(?<!(?i:type of))(?<!(?i:final))[^\S\n]+|(?<=[.;]))"
    rf"(?=[A-Z])(?=(?i:{SECTIONS})\s*:)"
)
"""White space before a section's name that follows on the same line; its capital tells it from a word. Not inside of a
name: "CLINICAL HISTORY:" is one."""

_SENTENCE_IS_OVER = re.compile(r"[.!?:;][\"')\]]*$")
_BEGINNING = re.compile(r"\s*(?:[A-Z][a-z]|A\s|[?\u00bf\u00a1\u2191\u2193\u2194<>\u2264\u2265~\u2248])")
"""How a line begins that may be a sentence of its own; an acronym goes on in one as often."""

_GOING_ON = re.compile(
    r"(?i:[,(/&+-]|(?:^|\W)(?:a|an|and|are|as|at|by|for|from|has|in|is|no|of|on|or|than|the|to|versus|was|were|with|vs\.?|"
    r"drs?\.|mr\.|mrs\.|ms\.|prof\.|st\.))\s*$"
)
"""How a line ends whose sentence goes on in the next."""

_NARROWEST = 50
"""Fewest letters of the longest line of a text that was wrapped."""

_HYPHENATED = re.compile(r"(?<=[a-z]-)\n(?=[a-z])")
"""Where a word was wrapped."""


class ReportSentence(NamedTuple):
    """A sentence of a report, and the section that it stands in (`section_of`); None before the first heading."""

    text: str
    section: str | None


def split_report(text: str) -> list[str]:
    """The sentences of a pasted report, in order, each fit to be a phrase.

    Headings ("FINDINGS:", "Impression:"), the numbers, letters and bullets of lists and empty lines are dropped. Lines
    that were wrapped are joined; an empty line, a heading, an item of a list, or a capital on a line that nobody had to
    begin begins a new sentence. Decimals
    ("2.5 cm") and abbreviations ("Dr.", "approx.", "L. base") stay whole. The full stop at a sentence's end is left
    out. RTF, HTML, CDA and HL7 v2 are read as their text (`plain_text`).

    Raises:
        PhraseError: when the text is longer than `LONGEST_REPORT`.
    """
    return [sentence.text for sentence in split_sections(text)]


def split_sections(text: str) -> list[ReportSentence]:
    """The sentences of `split_report`, each with its section.

    Raises:
        PhraseError: as it does.
    """
    if len(text) > LONGEST_REPORT:
        raise PhraseError(
            f"The report has {len(text):,} letters, far more than one of a radiograph has (at most {LONGEST_REPORT:,} "
            "are read). Take the part that is about this image."
        )
    text = plain_text(text)
    letters = letters_at_items(text)
    sentences = []
    for paragraph in _paragraphs(text, letters):
        for sentence in split_sentences(paragraph.text):
            bare = without_list_mark(sentence, letters).strip(",.;: \u3002")
            if any(character.isalpha() for character in bare):
                sentences.append(ReportSentence(bare, paragraph.section))
    return sentences


def _paragraphs(text: str, letters: frozenset[str]) -> list[ReportSentence]:
    """The report's text, one item per run of lines that belong together, without headings and bullets."""
    paragraphs: list[list[str]] = [[]]
    sections: list[str | None] = [None]
    lines = _HEADING_WITHIN.sub("\n", text).splitlines()
    width = max(map(len, lines), default=0)
    awaited = 1
    section: str | None = None
    for before, line in zip(["", *lines], lines, strict=False):
        rest = line
        heading = HEADING.match(line)
        # A wrapped line may begin with such a word, too: "no change since the prior / study."
        if heading is not None and (heading[0].strip(" \t#*_")[:1].isupper() or _is_over(paragraphs[-1])):
            rest = line[heading.end() :]
            section = section_of(heading[0].strip(" \t#*_:"))
        number, bare = number_at(rest), without_list_mark(rest, letters, numbers=False)
        # A wrapped line may begin with a number and a stop: "a fracture of rib / 4. No effusion."
        is_item = bare != rest or number in (1, awaited) or (number is not None and _is_over(paragraphs[-1]))
        if is_item and number is not None:
            awaited = number + 1
        if rest != line or is_item or not rest.strip() or _was_ended(before, line, width):
            paragraphs.append([])
            sections.append(section)
        paragraphs[-1].append(bare)  # with its number: the list may go on within the line
    joined = (" ".join(_HYPHENATED.sub("", "\n".join(line.strip() for line in lines)).split()) for lines in paragraphs)
    return [ReportSentence(text, of) for text, of in zip(joined, sections, strict=True)]


def _was_ended(before: str, line: str, width: int) -> bool:
    """Whether a line was ended on purpose, and not wrapped: the next one's first word would have had room in it.

    Args:
        before: the line.
        line: the next one.
        width: letters of the text's longest line.
    """
    if not _BEGINNING.match(line) or _GOING_ON.search(before):
        return False
    return width < _NARROWEST or len(before.rstrip()) + 1 + len(line.split()[0]) <= width


def _is_over(lines: list[str]) -> bool:
    """Whether the paragraph so far is empty, or ends with the end of a sentence."""
    last = next((line for line in reversed(lines) if line.strip()), "").rstrip()
    return not last or _SENTENCE_IS_OVER.search(last) is not None
