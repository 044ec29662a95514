"""Read without transformers, a tokenizer gives the very tokens and places that transformers gives."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from transformers.models.bert.tokenization_bert import BertTokenizer
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from cxr_grounding.diffusion.plain_tokenizers import read_bert, read_clip

TEXTS = (
    "small left pleural effusion",
    "",
    "  Left\n lung, 12.5 cm!! it's <|endoftext|> a <|StartOfText|>x",
    "é́ naïve ﬁ Ünï 漢字 [SEP] [cls] plé-ural",
    "!",
    "a!b ! c",
    "'S don't WE'LL",
    "\x00\u200bfoo",
    "\U0001d518nicode \U0001f600",
)
LETTERS = "abcdefghij XYZ!?'<|>é漢1 \n"
WORD_PIECES = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "left",
    "ple",
    "##ural",
    "a",
    "##b",
    "!",
    "naive",
    "'",
    "s",
)


def flagged(content: str, **more: Any) -> dict[str, Any]:
    """A special token as older versions of transformers wrote it."""
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False} | more


START, END = "<|startoftext|>", "<|endoftext|>"
IN_CONFIG = {"__type": "AddedToken"}
CLIP_FILES: dict[str, dict[str, Any]] = {
    "nothing said": {},
    "padding of Stable Diffusion 2": {"tokenizer_config.json": {"pad_token": "!"}},
    "as Stable Diffusion 2 says it": {
        "tokenizer_config.json": {
            "bos_token": flagged(START, **IN_CONFIG),
            "eos_token": flagged(END, **IN_CONFIG),
            "unk_token": flagged(END, **IN_CONFIG),
            "pad_token": END,
            "model_max_length": 77,
            "tokenizer_class": "CLIPTokenizer",
        },
        "special_tokens_map.json": {
            "bos_token": flagged(START),
            "eos_token": flagged(END),
            "unk_token": flagged(END),
            "pad_token": "!",
        },
    },
}
BERT_FILES: dict[str, dict[str, Any]] = {
    "nothing said": {},
    "as written": {"tokenizer_config.json": {"do_lower_case": False, "strip_accents": True}},
    "no Chinese": {"tokenizer_config.json": {"tokenize_chinese_chars": False}},
}


def check(ours: Any, theirs: Any) -> None:
    assert (ours.pad_token_id, ours.unk_token_id, len(ours)) == (
        theirs.pad_token_id,
        theirs.unk_token_id,
        len(theirs),
    )
    draw = random.Random(0)
    for text in (*TEXTS, *("".join(draw.choices(LETTERS, k=40)) for _ in range(200))):
        found, expected = ours.backend_tokenizer.encode(text), theirs.backend_tokenizer.encode(text)
        assert (found.ids, found.offsets) == (expected.ids, expected.offsets), text


@pytest.fixture
def clip_folder(tiny_model_folder: Path, tmp_path: Path) -> Path:
    """Vocabulary and merges, and nothing else."""
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(tiny_model_folder / "tokenizer" / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("files", CLIP_FILES)
def test_clips_tokenizer_is_read_as_transformers_reads_it(files: str, clip_folder: Path) -> None:
    for name, content in CLIP_FILES[files].items():
        (clip_folder / name).write_text(json.dumps(content))
    check(read_clip(clip_folder), CLIPTokenizer.from_pretrained(clip_folder, local_files_only=True))


@pytest.mark.parametrize("files", BERT_FILES)
def test_so_is_berts(files: str, tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("\n".join(WORD_PIECES) + "\n")
    for name, content in BERT_FILES[files].items():
        (tmp_path / name).write_text(json.dumps(content))
    check(read_bert(tmp_path), BertTokenizer.from_pretrained(tmp_path, local_files_only=True))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokenizer.json", {}),
        ("added_tokens.json", {"<new>": 500}),
        ("tokenizer_config.json", {"added_tokens_decoder": {"1": flagged(START)}}),
        ("tokenizer_config.json", {"additional_special_tokens": ["<new>"]}),
    ],
)
def test_what_only_transformers_reads_is_left_to_it(name: str, content: dict[str, Any], clip_folder: Path) -> None:
    assert read_clip(clip_folder) is not None
    (clip_folder / name).write_text(json.dumps(content))
    assert read_clip(clip_folder) is None


def test_without_its_files_there_is_none(tmp_path: Path) -> None:
    assert read_clip(tmp_path) is None
    assert read_bert(tmp_path) is None
