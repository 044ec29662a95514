"""The bundled model's vocabulary: a small CLIP tokenizer that learnt its words from the captions."""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from cxr_grounding.diffusion.tokenizer_files import CLIP
from cxr_grounding.disk.json_file import write_json

START, END = "<|startoftext|>", "<|endoftext|>"

VOCABULARY_SIZE = 2048
"""Bytes, their word-final forms and the captions' own words fit; any other word is spelt out of its bytes."""


def train_tokenizer(sentences: list[str], folder: Path, max_tokens: int) -> None:
    """Learn a byte-level BPE from `sentences` and write it as a CLIPTokenizer's folder, `tokenizer.json` included."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token=END))
    # Texts are cut into words as the class that reads the files cuts them (Radford et al. 2021).
    stock = CLIPTokenizer().backend_tokenizer
    tokenizer.normalizer, tokenizer.pre_tokenizer = stock.normalizer, stock.pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        initial_alphabet=alphabet,
        special_tokens=[START, END, *(letter + "</w>" for letter in alphabet)],
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False) + "\n", encoding="utf-8")
    merges = "".join(" ".join(pair) + "\n" for pair in model["merges"])
    (folder / "merges.txt").write_text("#version: 0.2\n" + merges, encoding="utf-8")
    write_json(folder / "tokenizer_config.json", {"model_max_length": max_tokens})
    CLIP.write_whole(folder)
