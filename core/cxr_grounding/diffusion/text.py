"""The text side of a model: a CLIP tokenizer and a CLIP text encoder behind this package's own names. METHOD 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from cxr_grounding.diffusion.components import FOREIGN_ERRORS, NEXT_STEP
from cxr_grounding.errors import ModelError
from cxr_grounding.phrase import SPECIAL_TOKENS, Token

TOKENIZER_FILES = (("tokenizer.json",), ("vocab.json", "merges.txt"))
"""Either is a whole CLIP tokenizer. transformers makes up a tiny one where both are missing."""


class ClipTokenizer:
    """`phrase.Tokenizer` on top of transformers' CLIPTokenizer.

    Args:
        tokenizer: the opened tokenizer.
        max_tokens: length of the text encoder's input.
    """

    def __init__(self, tokenizer: Any, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens

    @classmethod
    def open(cls, folder: Path, max_tokens: int) -> ClipTokenizer:
        """Read `vocab.json` and `merges.txt`, or `tokenizer.json`, from a folder; nothing is fetched.

        Raises:
            ModelError: when they are missing or damaged.
        """
        from transformers.models.clip.tokenization_clip import CLIPTokenizer

        if not any(all((folder / name).is_file() for name in names) for names in TOKENIZER_FILES):
            raise ModelError(
                f"The model has no tokenizer ({folder / 'vocab.json'} or merges.txt is missing). {NEXT_STEP}"
            )
        try:
            tokenizer = cls(CLIPTokenizer.from_pretrained(folder, local_files_only=True), max_tokens)
            usable = len(tokenizer.tokenize("")) == SPECIAL_TOKENS and tokenizer.pad_id < tokenizer.size
        except Exception as error:
            # The tokenizers library raises bare Exceptions; one of an unexpected class is a defect, not a bad file.
            if type(error) is not Exception and not isinstance(error, FOREIGN_ERRORS):
                raise
            raise ModelError(f"The tokenizer in {folder} cannot be read ({error}). {NEXT_STEP}") from error
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


class ClipTextEncoder:
    """transformers' CLIPTextModel: padded token ids in, the last hidden state out (METHOD 1)."""

    def __init__(self, network: Any) -> None:
        self.network: torch.nn.Module = network
        self.width = int(network.config.hidden_size)
        self.max_tokens = int(network.config.max_position_embeddings)
        self.vocabulary = int(network.config.vocab_size)

    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """[texts, tokens], int64 -> [texts, tokens, width]; padding is seen like any other token."""
        return self.network(input_ids=ids).last_hidden_state
