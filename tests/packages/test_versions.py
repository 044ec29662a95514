"""One number, `cxr_grounding.__version__`, what must agree with it, and a section of the changelog for each."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

from cxr_grounding import __version__

ROOT = Path(__file__).parents[2]


def sections() -> list[tuple[str, str]]:
    """The changelog's versions, newest first, each with what stands in brackets behind it: a day, or "unreleased"."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## (\d+\.\d+\.\d+) \((unreleased|\d{4}-\d\d-\d\d)\)$", text, re.MULTILINE)


def tags(*which: str) -> list[str]:
    """The versions that are tagged; none outside of a repository, as in an archive of the sources."""
    told = subprocess.run(["git", "tag", "--list", "v*", *which], cwd=ROOT, capture_output=True, text=True)
    return [] if told.returncode else [line.removeprefix("v") for line in told.stdout.split()]


def test_the_changelog_s_first_section_and_the_citation_have_the_version() -> None:
    assert sections()[0][0] == __version__
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == __version__


def test_the_changelog_has_each_version_once_and_the_newest_first() -> None:
    numbers = [tuple(map(int, version.split("."))) for version, _ in sections()]
    assert numbers == sorted(set(numbers), reverse=True)
    assert "unreleased" not in [when for _, when in sections()[1:]]
    headings = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").count("\n## ")
    assert headings == len(numbers)


def test_every_tag_has_a_section_and_the_tag_of_what_is_here_is_the_version() -> None:
    said = dict(sections())
    assert [tag for tag in tags() if said.get(tag, "unreleased") == "unreleased"] == []
    assert tags("--points-at", "HEAD") in ([], [__version__])
