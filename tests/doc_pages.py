"""The pages of the documentation as the tests of tests/docs read them: their blocks, links, headings and short code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

from sources import ROOT

AT_THE_ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
PAGES = [*(ROOT / name for name in AT_THE_ROOT), *sorted((ROOT / "docs").rglob("*.md"))]

FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*\Z")
"""Before a block that no test runs, and why."""


@dataclass(frozen=True)
class Block:
    """A block of code on a page.

    Args:
        page: the file.
        line: of its first fence, from 1.
        language: behind the fence; "" where nothing is.
        text: between the fences.
        not_run: why no test runs it; "" where nothing says so.
    """

    page: Path
    line: int
    language: str
    text: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command line: of a console, those behind a "$"."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.language == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        return [words for line in lines if (words := shlex.split(line, comments=True))]


@cache
def text_of(page: Path) -> str:
    """A page's Markdown."""
    return page.read_text(encoding="utf-8")


@cache
def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    text = text_of(page)
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found[2], dedent(found[3]), why[1] if why else "")
        for found in FENCE.finditer(text)
        for why in [NOT_RUN.search(text[: found.start()])]
    ]


def blocks(*languages: str) -> list[Block]:
    """The blocks of all pages that are in one of these languages."""
    return [block for page in PAGES for block in blocks_of(page) if block.language in languages]


@cache
def prose_of(page: Path) -> str:
    """A page without its blocks, line for line."""
    return FENCE.sub(lambda found: "\n" * found[0].count("\n"), text_of(page))


def short_code(page: Path) -> Iterator[str]:
    """What stands in single backticks."""
    return (found[1].replace("\n", " ") for found in re.finditer(r"(?<!`)`([^`]+)`(?!`)", prose_of(page)))


@cache
def anchors_of(page: Path) -> set[str]:
    """What a link to a part of a page may name: its headings as a forge and the site write them."""
    anchors: set[str] = set()
    for found in re.finditer(r"^#{1,6} +(.+?) *$", prose_of(page), re.MULTILINE):
        shown = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", found[1])
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        anchors.add(slug if slug not in anchors else f"{slug}-1")
    return anchors


def links_of(page: Path) -> Iterator[tuple[int, str]]:
    """The targets of a page's links and pictures, with their lines."""
    prose = prose_of(page)
    for found in re.finditer(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", lambda code: "·" * len(code[0]), prose)):
        yield prose.count("\n", 0, found.start()) + 1, found[1]
