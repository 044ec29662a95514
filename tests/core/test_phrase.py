"""What a phrase becomes, and the sentences of a pasted report."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.diffusion.text import TextTokenizer
from cxr_grounding.errors import PhraseError
from cxr_grounding.phrase import Phrase, empty_prompt


@pytest.fixture(scope="module")
def tokenizer(tiny_model_folder: Path) -> TextTokenizer:
    return TextTokenizer.open(tiny_model_folder / "tokenizer", 77)


@pytest.mark.parametrize(
    "text", ["small  left\n pleural effusion ", "small left pleural effusion", "Small LEFT pleural effusion"]
)
def test_white_space_and_case_do_not_change_what_is_read(text: str, tokenizer: TextTokenizer) -> None:
    phrase = Phrase.of(text, tokenizer)
    assert phrase.token_ids == Phrase.of("small left pleural effusion", tokenizer).token_ids
    assert phrase.text == " ".join(text.split())
    assert phrase.tokens == tuple(text.split())
    assert phrase.warnings == ()


def test_the_tokens_looked_at_are_those_between_start_and_end(tokenizer: TextTokenizer) -> None:
    phrase = Phrase.of("left effusion", tokenizer)
    assert len(phrase.token_ids) == 4
    assert phrase.token_ids[0], phrase.token_ids[-1] == (1, 2)
    assert list(phrase.positions) == [1, 2]


def test_a_word_outside_the_vocabulary_is_spelt_out_in_the_phrases_own_letters(tokenizer: TextTokenizer) -> None:
    assert Phrase.of("Left hila, 2.5 cm", tokenizer).tokens == ("Left", *"hila", ",", "2", ".", "5", "c", "m")


def test_padding_fills_up_with_the_pad_token_behind_the_end(tokenizer: TextTokenizer) -> None:
    phrase = Phrase.of("left lung", tokenizer)
    assert len(phrase.padded_ids) == 77
    assert phrase.padded_ids[:4] == phrase.token_ids
    assert set(phrase.padded_ids[4:]) == {0}


def test_the_empty_prompt_is_start_end_and_padding(tokenizer: TextTokenizer) -> None:
    assert empty_prompt(tokenizer) == (1, 2, *[0] * 75)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u2003"])
def test_a_phrase_without_text_is_refused(text: str, tokenizer: TextTokenizer) -> None:
    with pytest.raises(PhraseError, match="empty"):
        Phrase.of(text, tokenizer)


def test_half_a_character_is_refused_before_the_tokenizer_sees_it(tokenizer: TextTokenizer) -> None:
    with pytest.raises(PhraseError, match=r"'effusion \\ud800' holds half a character"):
        Phrase.of("effusion \ud800", tokenizer)


def test_seventy_five_words_fit(tokenizer: TextTokenizer) -> None:
    phrase = Phrase.of("lung " * 75, tokenizer)
    assert (len(phrase.token_ids), len(phrase.tokens), phrase.cut) == (77, 75, "")


def test_what_is_beyond_77_tokens_is_cut_and_named(tokenizer: TextTokenizer) -> None:
    phrase = Phrase.of("lung " * 75 + "left Pleural effusion", tokenizer)
    assert len(phrase.token_ids) == len(phrase.padded_ids) == 77
    assert phrase.token_ids[-1] == 2
    assert phrase.tokens == ("lung",) * 75
    assert phrase.cut == "left Pleural effusion"
    assert phrase.warnings == (
        "The phrase is longer than the 77 tokens that the model reads; not looked at: 'left Pleural effusion'. "
        "Shorten it, or ground its sentences one by one.",
    )


def test_text_that_the_tokenizer_has_no_word_for_is_named(tokenizer: TextTokenizer) -> None:
    phrase = Phrase.of("left \u80ba", tokenizer)
    assert set(phrase.unknown) == {"\u80ba"}
    assert phrase.warnings == ("The model has no word for '\u80ba'. Use other words for the finding.",)
