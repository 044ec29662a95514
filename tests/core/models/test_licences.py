"""Which licence a text is, and what is told where nothing says it."""

from __future__ import annotations

import pytest

from cxr_grounding.models.licences import recognised, stated_in_card, terms_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\n\n      Apache License\n      Version 2.0, January 2004\n", "apache-2.0"),
        ("Copyright (c) 2022\n\nCreativeML Open RAIL++-M License\ndated November 24, 2022", "openrail++"),
        ("CreativeML Open RAIL-M\ndated August 22, 2022", "creativeml-openrail-m"),
        ("MIT License\n\nCopyright (c) Microsoft", "mit"),
        ("Permission is hereby\ngranted, free of charge, to any person obtaining", "mit"),
        ("Apache Software Foundation", ""),
        ("", ""),
    ],
)
def test_a_licence_is_known_by_its_text(text: str, name: str) -> None:
    assert recognised(text) == name


@pytest.mark.parametrize(
    ("card", "name"),
    [
        ("---\nlicense: mit\n---\n", "mit"),
        ("---\r\nlicense: other\r\nlicense_name: own-terms\r\n---\r\n", "own-terms"),
        ("# license: mit\n", ""),
    ],
)
def test_a_card_states_it_at_its_head(card: str, name: str) -> None:
    assert stated_in_card(card) == name


def test_the_card_goes_before_the_file_and_the_file_s_text_is_shown() -> None:
    documents = {"README.md": "---\nlicense: mit\n---", "LICENSE": "Apache License Version 2.0"}
    stated = terms_of("a/b", "mit", documents, "https://hub/{}")
    assert (stated.name, stated.said_by, stated.document) == ("mit", "its model card", "LICENSE")
    assert stated.page == "https://hub/LICENSE"
    read = terms_of("a/b", "", documents)
    assert (read.name, read.said_by, read.page) == ("apache-2.0", "LICENSE", "")


def test_what_nothing_says_is_unknown() -> None:
    assert terms_of("a/b", "", {}).name == ""
    assert terms_of("a/b", "", {"README.md": "Apache License Version 2.0"}).name == ""
