"""Read without transformers, a tokenizer gives the very tokens and places that transformers gives of the same files."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, processors

from cxr_grounding.diffusion.text import TextTokenizer
from cxr_grounding.diffusion.tokenizer_files import BERT, CLIP, Family, WholeTokenizer
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.models.registry import BUNDLED, BUNDLED_NAME
from cxr_grounding.phantom.wording import all_sentences

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
    "a token that was added": {"added_tokens.json": {"<new>": 500}},
    "tokens listed by their numbers": {"tokenizer_config.json": {"added_tokens_decoder": {"1": flagged(START)}}},
    "one more special token": {"tokenizer_config.json": {"additional_special_tokens": ["<new>"]}},
}
BERT_FILES: dict[str, dict[str, Any]] = {
    "nothing said": {},
    "as written": {"tokenizer_config.json": {"do_lower_case": False, "strip_accents": True}},
    "no Chinese": {"tokenizer_config.json": {"tokenize_chinese_chars": False}},
}


@pytest.fixture
def clip_folder(tiny_model_folder: Path, tmp_path: Path) -> Path:
    """Vocabulary and merges, and nothing else."""
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(tiny_model_folder / "tokenizer" / name, tmp_path)
    return tmp_path


@pytest.fixture
def bert_folder(tmp_path: Path) -> Path:
    """Word pieces, and nothing else."""
    (tmp_path / "vocab.txt").write_text("\n".join(WORD_PIECES) + "\n")
    return tmp_path


def by_transformers(folder: Path, family: Family) -> Any:
    return family.load_class().from_pretrained(folder, local_files_only=True)


def check(found: TextTokenizer, theirs: Any, texts: tuple[str, ...] = TEXTS) -> None:
    assert (found.pad_id, found.unknown_id, found.size) == (theirs.pad_token_id, theirs.unk_token_id, len(theirs))
    theirs.backend_tokenizer.no_truncation()
    theirs.backend_tokenizer.no_padding()
    draw = random.Random(0)
    drawn = ("".join(draw.choices(LETTERS, k=40)) for _ in range(200))
    beyond_the_encoder = "".join(draw.choices(LETTERS, k=900))
    for text in (*texts, *drawn, beyond_the_encoder):
        expected = theirs.backend_tokenizer.encode(text)
        assert [tuple(token) for token in found.tokenize(text)] == [
            (number, *span) for number, span in zip(expected.ids, expected.offsets, strict=True)
        ], text


def check_written(folder: Path, family: Family, files: dict[str, dict[str, Any]]) -> None:
    """What is read of a folder once `tokenizer.json` is written is what transformers reads of it before."""
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    theirs = by_transformers(folder, family)
    family.write_whole(folder)
    assert isinstance(family.open(folder), WholeTokenizer)
    check(TextTokenizer.open(folder, 77, family), theirs)
    check(TextTokenizer.open(folder, 77, family), by_transformers(folder, family))


@pytest.mark.parametrize("files", CLIP_FILES)
def test_clips_tokenizer_is_written_as_transformers_reads_it(files: str, clip_folder: Path) -> None:
    check_written(clip_folder, CLIP, CLIP_FILES[files])


@pytest.mark.parametrize("files", BERT_FILES)
def test_so_is_berts(files: str, bert_folder: Path) -> None:
    check_written(bert_folder, BERT, BERT_FILES[files])


def test_the_bundled_models_is_what_its_vocabulary_and_merges_say(tmp_path: Path) -> None:
    bundled = BUNDLED / BUNDLED_NAME / "tokenizer"
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(bundled / name, tmp_path)
    assert isinstance(CLIP.open(bundled), WholeTokenizer)
    check(TextTokenizer.open(bundled, 77), by_transformers(tmp_path, CLIP), (*TEXTS, *all_sentences()))


def test_the_files_of_a_written_one_say_nothing_of_this_machine(clip_folder: Path) -> None:
    CLIP.write_whole(clip_folder)
    config = json.loads((clip_folder / "tokenizer_config.json").read_text())
    assert {"is_local", "local_files_only", "name_or_path"}.isdisjoint(config)
    assert str(clip_folder) not in (clip_folder / "tokenizer.json").read_text()


@pytest.mark.parametrize("name", ["tokenizer.json", "added_tokens.json"])
def test_a_folder_that_was_not_written_here_is_transformers_to_read(name: str, clip_folder: Path) -> None:
    if name == "tokenizer.json":
        by_transformers(clip_folder, CLIP).backend_tokenizer.save(str(clip_folder / name))
    assert not isinstance(CLIP.open(clip_folder), WholeTokenizer)
    check(TextTokenizer.open(clip_folder, 77), by_transformers(clip_folder, CLIP))


@pytest.mark.parametrize("is_written_here", [True, False])
def test_what_a_tokenizer_json_says_of_cutting_filling_and_framing_does_not_count(
    is_written_here: bool, clip_folder: Path
) -> None:
    theirs = by_transformers(clip_folder, CLIP)
    if is_written_here:
        CLIP.write_whole(clip_folder)
    else:
        theirs.backend_tokenizer.save(str(clip_folder / "tokenizer.json"))
    changed = Tokenizer.from_file(str(clip_folder / "tokenizer.json"))
    changed.enable_truncation(5)
    changed.enable_padding(length=9)
    changed.post_processor = processors.TemplateProcessing(single=["$A", END], special_tokens=[(END, 2)])
    changed.save(str(clip_folder / "tokenizer.json"))
    check(TextTokenizer.open(clip_folder, 77), theirs)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"version": "9"}', '{"model": {"type": "BPE"}}', "[" * 100_000], ids=range(7)
)
@pytest.mark.parametrize("is_written_here", [True, False])
def test_a_damaged_tokenizer_json_is_one_sentence(content: str, is_written_here: bool, clip_folder: Path) -> None:
    if is_written_here:
        CLIP.write_whole(clip_folder)
    (clip_folder / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError) as told:
        TextTokenizer.open(clip_folder, 77)
    assert str(told.value).startswith(f"The tokenizer in {clip_folder} ")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pad_token": "nowhere"}, "it lacks the token 'nowhere'"),
        ({"bos_token": 55}, "it lacks the token '55'"),
        ({"pad_token": None}, "it names no pad_token"),
        ({"unk_token": {"lstrip": True}}, "'content'"),
    ],
)
def test_a_special_token_that_it_lacks_is_told(
    change: dict[str, Any], told: str, clip_folder: Path, change_json: Callable[..., None]
) -> None:
    CLIP.write_whole(clip_folder)
    change_json(clip_folder / "tokenizer_config.json", **change)
    with pytest.raises(ModelError, match=rf"cannot be read \({told}\)"):
        TextTokenizer.open(clip_folder, 77)


def test_where_it_cannot_be_written_that_is_told(clip_folder: Path) -> None:
    (clip_folder / "tokenizer.json").mkdir()
    with pytest.raises(OutputError, match=r"tokenizer\.json cannot be written \(.*\)\. Check the free space"):
        CLIP.write_whole(clip_folder)


@pytest.mark.parametrize("family", [CLIP, BERT], ids=["CLIP", "BERT"])
def test_of_a_folder_without_its_files_none_is_made_up(family: Family, tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text("{}")
    for ask in (family.write_whole, lambda folder: TextTokenizer.open(folder, 77, family)):
        with pytest.raises(ModelError, match="The model has no tokenizer"):
            ask(tmp_path)
    assert not (tmp_path / "tokenizer.json").exists()
