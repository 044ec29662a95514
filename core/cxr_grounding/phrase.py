"""The phrase: what is asked, as the text encoder reads it. METHOD 4 (tokens)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from cxr_grounding.disk.sentences import is_whole
from cxr_grounding.errors import PhraseError

SPECIAL_TOKENS = 2
"""The start and the end token, which stand around every text and are never looked at (METHOD 4)."""


class Token(NamedTuple):
    """One token: its number, and the characters `text[start:stop]` that it stands for (none: special)."""

    id: int
    start: int
    stop: int


class Tokenizer(Protocol):
    """What a phrase, and a model that opens with it, need to know of a text encoder's tokenizer."""

    @property
    def size(self) -> int:
        """How many tokens there are; every id is below it."""

    @property
    def max_tokens(self) -> int:
        """Length of the text encoder's input, start and end token included."""

    @property
    def pad_id(self) -> int:
        """The token that fills the input up to `max_tokens`."""

    @property
    def unknown_id(self) -> int | None:
        """The token that stands for text outside the vocabulary, if there is one."""

    def tokenize(self, text: str) -> Sequence[Token]:
        """All tokens of a text, start token first and end token last, neither cut nor padded."""


@dataclass(frozen=True)
class Phrase:
    """One phrase to ground; build it with `Phrase.of`.

    Args:
        text: with every run of white space as one blank, none at the ends.
        token_ids: what the text encoder reads, unpadded: start token, text, end token.
        tokens: the text of each token that is looked at, in order: those between start and end
            token, at positions 1 .. len(token_ids) - 2 (METHOD 4).
        cut: the text beyond the encoder's length, which is not looked at; "" when all fits.
        unknown: the parts of the text that the tokenizer has no word for.
        padded_ids: `token_ids`, filled up to the text encoder's length.
    """

    text: str
    token_ids: tuple[int, ...]
    tokens: tuple[str, ...]
    cut: str
    unknown: tuple[str, ...]
    padded_ids: tuple[int, ...]

    @classmethod
    def of(cls, text: str, tokenizer: Tokenizer) -> Phrase:
        """Read a text with a model's tokenizer.

        What does not fit is cut off and named in `cut`, as the published program cuts it: the end
        token takes the last place.

        Raises:
            PhraseError: when nothing is left to ground, or a surrogate stands without its other one.
        """
        text = " ".join(text.split())
        if not text:
            raise PhraseError("The phrase is empty. Write what to look for, for example: small left pleural effusion.")
        if not is_whole(text):
            raise PhraseError(
                f"The phrase {ascii(text)[:60]} holds half a character, as text in a wrong encoding does. Write it "
                "again."
            )
        first, *middle, last = tokenizer.tokenize(text)
        if not middle:
            raise PhraseError(
                f"The phrase {text!r} holds nothing that the model's tokenizer can read. Use plain words."
            )
        room = tokenizer.max_tokens - SPECIAL_TOKENS
        used, beyond = middle[:room], middle[room:]
        ids = (first.id, *(token.id for token in used), last.id)
        return cls(
            text=text,
            token_ids=ids,
            tokens=tuple(text[token.start : token.stop] for token in used),
            cut=text[beyond[0].start :] if beyond else "",
            unknown=tuple(text[token.start : token.stop] for token in used if token.id == tokenizer.unknown_id),
            padded_ids=padded(ids, tokenizer),
        )

    @property
    def positions(self) -> range:
        """Places of `tokens` in `token_ids` and `padded_ids` (METHOD 4)."""
        return range(1, len(self.token_ids) - 1)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the user about what was not looked at."""
        found = []
        if self.cut:
            found.append(
                f"The phrase is longer than the {len(self.token_ids)} tokens that the model reads; "
                f"not looked at: {self.cut!r}. Shorten it, or ground its sentences one by one."
            )
        if self.unknown:
            words = ", ".join(repr(part) for part in dict.fromkeys(self.unknown))
            found.append(f"The model has no word for {words}. Use other words for the finding.")
        return tuple(found)


def padded(ids: Sequence[int], tokenizer: Tokenizer) -> tuple[int, ...]:
    """`ids` filled up with the padding token to the text encoder's length (METHOD 1)."""
    return (*ids, *[tokenizer.pad_id] * (tokenizer.max_tokens - len(ids)))


def empty_prompt(tokenizer: Tokenizer) -> tuple[int, ...]:
    """The padded ids of the empty text, under which the latent is inverted (METHOD 3)."""
    return padded([token.id for token in tokenizer.tokenize("")], tokenizer)
