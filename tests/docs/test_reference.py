"""The reference is whole and fresh: every exported name once, and the help as the program gives it."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from importlib.metadata import version

import pytest

import cxr_grounding
from doc_pages import text_of
from sources import ROOT

API = ROOT / "docs" / "api"


def test_every_exported_name_stands_in_the_reference_once() -> None:
    pages = "\n".join(text_of(page) for page in API.glob("*.md"))
    named = (path.rpartition(".")[2] for path in re.findall(r"^\.\. auto\w+:: ([\w.]+)$", pages, re.MULTILINE))
    assert Counter(name for name in named if name in cxr_grounding.__all__) == Counter(cxr_grounding.__all__)


def test_the_page_of_options_is_what_the_program_says() -> None:
    pinned = re.search(r"^typer==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    if pinned is None or version("typer") != pinned[1]:
        pytest.skip(f"the page is as the pinned typer words it, and typer {version('typer')} is here")
    spec = importlib.util.spec_from_file_location("help_page", ROOT / "docs" / "help_page.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert text_of(maker.PAGE) == maker.help_page(), "make help-page writes it anew"
