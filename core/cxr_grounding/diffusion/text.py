"""The text side of a model: a tokenizer and a text encoder behind this package's own names. METHOD 1.

Which tokenizer belongs to which text encoder is said in `tokenizer_files.FAMILIES`; everything else is the same for all
of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch

from cxr_grounding.diffusion.components import NEXT_STEP
from cxr_grounding.diffusion.tokenizer_files import CLIP, Family, tokenizer_errors
from cxr_grounding.errors import ModelError
from cxr_grounding.phrase import SPECIAL_TOKENS, Token


class TextTokenizer:
    """`phrase.Tokenizer` on top of one that `Family.open` gives.

    Args:
        tokenizer: the opened tokenizer.
        max_tokens: length of the text encoder's input.
    """

    def __init__(self, tokenizer: Any, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens
        # A tokenizer.json may bring both along; what does not fit is this package's business (`Phrase.cut`).
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.no_padding()

    @classmethod
    def open(cls, folder: Path, max_tokens: int, family: Family = CLIP) -> TextTokenizer:
        """Read a tokenizer from a folder; nothing is fetched.

        Raises:
            ModelError: when its files are missing or damaged.
        """
        with tokenizer_errors(folder):
            tokenizer = cls(family.open(folder), max_tokens)
            usable = len(tokenizer.tokenize("")) == SPECIAL_TOKENS and tokenizer.pad_id < tokenizer.size
        if not usable:
            raise ModelError(f"The tokenizer in {folder} has no start, end or padding token. {NEXT_STEP}")
        return tokenizer

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    @property
    def pad_id(self) -> int:
        return int(self._tokenizer.pad_token_id)

    @property
    def unknown_id(self) -> int | None:
        unknown = self._tokenizer.unk_token_id
        return None if unknown is None else int(unknown)

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return len(self._tokenizer)

    def tokenize(self, text: str) -> list[Token]:
        # The library underneath is asked, as transformers' own call prints a warning on long texts
        # and gives no places of the tokens unless asked in a way that differs between its versions.
        encoding = self._tokenizer.backend_tokenizer.encode(text)
        return [Token(number, *span) for number, span in zip(encoding.ids, encoding.offsets, strict=True)]


class TextEncoder(Protocol):
    """What the model needs of a text encoder, whichever family it is of.

    Attributes:
        network: the module, to be moved to a device; None for one that is open only while it works, on the CPU.
        width: of a token's context vector.
        max_tokens: longest input.
        vocabulary: number of token ids.
    """

    network: torch.nn.Module | None
    width: int
    max_tokens: int
    vocabulary: int

    def __call__(self, ids: torch.Tensor, attended: torch.Tensor | None = None) -> torch.Tensor:
        """Padded token ids [texts, tokens], int64 -> context [texts, tokens, width]; see `FrozenTextEncoder`."""


class FrozenTextEncoder:
    """Padded token ids in, the last hidden state out (METHOD 1).

    Args:
        network: `networks.text_encoders`' or transformers'.
        reopen: opens it again. Where this is given, `network` is closed at once, and open only while texts are read.
    """

    def __init__(self, network: Any, reopen: Callable[[], Any] | None = None) -> None:
        self.network: torch.nn.Module | None = network if reopen is None else None
        self._reopen = reopen
        self.width = int(network.config.hidden_size)
        self.max_tokens = int(network.config.max_position_embeddings)
        self.vocabulary = int(network.config.vocab_size)

    def __call__(self, ids: torch.Tensor, attended: torch.Tensor | None = None) -> torch.Tensor:
        """[texts, tokens], int64 -> [texts, tokens, width].

        Args:
            ids: padded.
            attended: [texts, tokens], bool, the tokens that the others may look at; None for all, padding included.
        """
        mask = None if attended is None else attended.long()
        network: Any = self.network if self._reopen is None else self._reopen()
        return network(input_ids=ids, attention_mask=mask).last_hidden_state
