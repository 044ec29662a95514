"""Which words of a phrase are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.content_words import ALL_KEPT, KeptWords, keep_words
from cxr_grounding.diffusion.text import TextTokenizer
from cxr_grounding.phrase import Phrase


@pytest.fixture(scope="module")
def tokenizer(tiny_model_folder: Path) -> TextTokenizer:
    """Of few whole words; it spells out all others letter by letter."""
    return TextTokenizer.open(tiny_model_folder / "tokenizer", 77)


@pytest.fixture
def kept(tokenizer: TextTokenizer) -> object:
    def keep(text: str) -> KeptWords:
        phrase = Phrase.of(text, tokenizer)
        return keep_words(phrase, tokenizer.tokenize(phrase.text))

    return keep


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("There is a small left-sided pleural effusion, with mild cardiomegaly.",
         "small left-sided pleural effusion, mild cardiomegaly."),
        ("Lungs are again noted to be well expanded and/or clear", "Lungs noted expanded clear"),
        ("no evidence of 5 mm (or 2.5 cm) nodule in its upper lobe", "evidence mm cm) nodule upper lobe"),
        ("probably not an early hepatomegaly - likely anomaly", "early hepatomegaly likely anomaly"),
        ("Two patients' opacities may have increased slightly", "patients' opacities increased"),
    ],
)  # fmt: skip
def test_nouns_adjectives_and_verbs_stay(kept, text: str, words: str) -> None:
    found = kept(text)
    assert " ".join(found.words) == words
    assert (found.is_all, found.warnings) == (False, ())


def test_of_a_word_the_first_token_is_looked_at_wherever_punctuation_stands(kept) -> None:
    # One token each: small, (, left, ), effusion; "a" and the comma too.
    found = kept("a small, (left) effusion")
    assert found == KeptWords(("small,", "(left)", "effusion"), (2, 4, 7), False)


def test_a_phrase_without_such_words_is_kept_whole_and_it_is_said(kept) -> None:
    found = kept("there is not")
    assert (found.words, found.is_all, found.warnings) == (("there", "is", "not"), True, (ALL_KEPT,))


def test_what_does_not_fit_the_text_encoder_is_not_looked_at(kept) -> None:
    found = kept("left " * 74 + "is effusion")
    assert (len(found.words), found.positions[-1]) == (74, 74)
