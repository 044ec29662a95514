"""Which words of a phrase are looked at: those that carry its content. METHOD 13.3.

The published program asks a tagger of another language model's (nouns, adjectives and verbs stay); here a list of the
words that are none of these does it. How often the two differ: docs/decisions/0066-content-words.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cxr_grounding.phrase import Phrase, Token

DETERMINERS = (
    "a an the this that these those some any no each every either neither both all another its his her their our"
)
PREPOSITIONS = (
    "about above across after against along alongside amid among amongst around as at before behind below beneath "
    "beside besides between beyond by concerning despite down during except following for from given in inside into "
    "like near of off on onto out outside over past per regarding since than through throughout to toward towards "
    "under underneath unlike until up upon versus via vs with within without"
)
CONJUNCTIONS = "although and and/or because but if lest nor once or plus so though unless whereas whether while yet"
PRONOUNS = (
    "anyone anything everything he her hers herself him himself his i it itself me my nothing one's ours she someone "
    "something them themselves they us we what whatever which who whom whose you your"
)
NUMERALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand ii iii iv vi vii viii ix"
)
AUXILIARIES = (
    "am are be been being can cannot could did do does had has have having is may might must shall should was were "
    "will would"
)
ADVERBS = (
    "again ago almost already also always apart away elsewhere ever far furthermore hence here how however "
    "instead just less maybe more moreover most much never nevertheless not now often otherwise perhaps quite "
    "rather somewhat soon still then there thereby therefore thus together too very well when where why"
)

DROPPED = frozenset(
    " ".join((DETERMINERS, PREPOSITIONS, CONJUNCTIONS, PRONOUNS, NUMERALS, AUXILIARIES, ADVERBS)).split()
)

NO_ADVERBS = (
    *("megaly", "anomaly", "dactyly", "assembly", "belly", "costly", "daily", "early", "elderly", "family", "friendly"),
    *("hourly", "likely", "lively", "monthly", "orderly", "reply", "supply", "timely", "ugly", "weekly", "yearly"),
)
"""How nouns and adjectives end that end as adverbs do: cardiomegaly above all."""

NUMBER = re.compile(r"[+-]?\d+([.,:/x-]\d+)*%?")

ALL_KEPT = "The phrase holds no word that says what to look for, so all of its words were looked at."
"""To be said of a phrase of whose words none is kept."""

MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u2018\u2019\u201c\u201d\u2013\u2014\u2026"
"""Punctuation that may stand around a word."""


class KeptWords(NamedTuple):
    """The words of a phrase that are looked at.

    Args:
        words: as they stand in it, punctuation included; of a word that was cut off none.
        positions: of the first token of each, in `Phrase.token_ids`.
        is_all: whether no word carried content, so that all are looked at.
    """

    words: tuple[str, ...]
    positions: tuple[int, ...]
    is_all: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return (ALL_KEPT,) if self.is_all else ()


def is_content(word: str) -> bool:
    """Whether a word, with or without punctuation around it, is a noun, an adjective or a verb as far as lists know."""
    bare = word.strip(MARKS).lower()
    if not bare or bare in DROPPED or NUMBER.fullmatch(bare):
        return False
    return not bare.endswith("ly") or bare.endswith(NO_ADVERBS)


def keep_words(phrase: Phrase, tokens: Sequence[Token]) -> KeptWords:
    """The words of a phrase that are looked at, each by its first token.

    Args:
        phrase: whose text is split at blanks.
        tokens: of that text, as `Tokenizer.tokenize` gives them: start token first.
    """
    last = len(phrase.token_ids) - 1
    first_of: dict[int, int] = {}
    for position, token in enumerate(tokens[1:last], start=1):
        first_of.setdefault(phrase.text.count(" ", 0, token.start + 1), position)
    words = phrase.text.split(" ")
    there = [number for number in sorted(first_of) if number < len(words)]
    kept = [number for number in there if is_content(words[number])]
    chosen = kept or there
    return KeptWords(tuple(words[n] for n in chosen), tuple(first_of[n] for n in chosen), not kept)
