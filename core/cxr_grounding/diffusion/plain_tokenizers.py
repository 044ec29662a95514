"""CLIP's and BERT's tokenizers from the files that every such model has, with the tokenizers library alone.

transformers, around the same library, takes longer to import than a small model takes to answer. It opens the folders
with other files: a `tokenizer.json`, tokens that were added later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, WordPiece

CONFIG, SPECIAL_MAP = "tokenizer_config.json", "special_tokens_map.json"
OTHER_FILES = ("tokenizer.json", "added_tokens.json")
OTHER_ENTRIES = ("added_tokens_decoder", "additional_special_tokens", "extra_special_tokens", "auto_map")
"""What only transformers knows to read."""

CLIP_WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
"""What CLIP takes for a word: letters, one digit, or a run of other signs."""

CLIP_SPECIAL = {
    "bos_token": "<|startoftext|>",
    **dict.fromkeys(("eos_token", "unk_token", "pad_token"), "<|endoftext|>"),
}
BERT_SPECIAL = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
"""Where the folder does not say otherwise."""


@dataclass(frozen=True)
class PlainTokenizer:
    """What `TextTokenizer` needs of one of transformers' tokenizers, by the same names.

    Args:
        backend_tokenizer: of the tokenizers library.
        pad_token_id, unk_token_id: of the padding and of what the vocabulary does not hold.
    """

    backend_tokenizer: Any
    pad_token_id: int
    unk_token_id: int | None

    def __len__(self) -> int:
        return int(self.backend_tokenizer.get_vocab_size())


def read_clip(folder: Path) -> PlainTokenizer | None:
    """The tokenizer of `vocab.json` and `merges.txt`; None where the folder holds what only transformers reads.

    Raises:
        Exception: where a file is damaged; the library underneath has no class of its own.
    """
    config = _config(folder, ("vocab.json", "merges.txt"))
    if config is None:
        return None
    special = _special(config, CLIP_SPECIAL)
    vocabulary, merges = BPE.read_file(str(folder / "vocab.json"), str(folder / "merges.txt"))
    unknown = special["unk_token"].content
    model = BPE(vocabulary, merges, continuing_subword_prefix="", end_of_word_suffix="</w>", unk_token=unknown)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = pre_tokenizers.Split(Regex(CLIP_WORDS), behavior="removed", invert=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return _finished(tokenizer, special, first="bos_token", last="eos_token")


def read_bert(folder: Path) -> PlainTokenizer | None:
    """The tokenizer of `vocab.txt`; None, and errors, as for `read_clip`."""
    config = _config(folder, ("vocab.txt",))
    if config is None:
        return None
    special = _special(config, BERT_SPECIAL)
    vocabulary = WordPiece.read_file(str(folder / "vocab.txt"))
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token=special["unk_token"].content))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=config.get("tokenize_chinese_chars", True),
        strip_accents=config.get("strip_accents"),
        lowercase=config.get("do_lower_case", True),
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return _finished(tokenizer, special, first="cls_token", last="sep_token")


def _config(folder: Path, needed: tuple[str, ...]) -> dict[str, Any] | None:
    """What the folder says of its tokenizer, the later file over the earlier; None where transformers must read it."""
    if not all((folder / name).is_file() for name in needed):
        return None
    config: dict[str, Any] = {}
    for name in (CONFIG, SPECIAL_MAP):
        if (folder / name).is_file():
            config |= dict(json.loads((folder / name).read_text(encoding="utf-8")))
    strange = any((folder / name).exists() for name in OTHER_FILES) or any(config.get(name) for name in OTHER_ENTRIES)
    return None if strange else config


def _special(config: Mapping[str, Any], defaults: Mapping[str, str]) -> dict[str, Any]:
    """The special tokens by their names, each as the tokenizers library takes it."""
    found = {}
    for name, default in defaults.items():
        said = config.get(name) or default
        flags = {key: value for key, value in said.items() if key != "__type"} if isinstance(said, dict) else {}
        found[name] = AddedToken(**flags | {"special": True}) if flags else AddedToken(said, special=True)
    return found


def _finished(tokenizer: Any, special: Mapping[str, Any], first: str, last: str) -> PlainTokenizer:
    """With its special tokens, of which `first` and `last` go around every text."""
    tokenizer.add_tokens(list(special.values()))
    ids = {name: tokenizer.token_to_id(token.content) for name, token in special.items()}
    begin, end = (special[name].content for name in (first, last))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[begin, "$A", end], special_tokens=[(begin, ids[first]), (end, ids[last])]
    )
    return PlainTokenizer(tokenizer, ids["pad_token"], ids["unk_token"])
