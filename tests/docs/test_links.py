"""Links and pictures of the documentation lead somewhere, and every page and decision can be reached."""

from __future__ import annotations

import re
from pathlib import Path

from doc_pages import PAGES, anchors_of, links_of, text_of
from sources import ROOT, assert_none, name_of

DOCS = ROOT / "docs"
SECTIONS = ("index", "radiologists", "researchers", "developers", "reference", "api/index", "decisions/README")


def listed_on(page: Path) -> list[str]:
    """The pages of a list on this one, as docs/conf.py makes the navigation of them."""
    return re.findall(r"^- \[[^\]]+\]\(([\w./-]+\.md)\)", text_of(page), re.MULTILINE)


def broken(page: Path) -> list[str]:
    """The links of a page that lead to no file, or to no heading of one."""
    found = []
    for line, link in links_of(page):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.is_relative_to(ROOT) or not target.is_file():
            found.append(f"{name_of(page)}:{line}: there is no {link}")
        elif anchor and anchor not in anchors_of(target):
            found.append(f"{name_of(page)}:{line}: no heading for {link}")
    return found


def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading() -> None:
    assert_none([offender for page in PAGES for offender in broken(page)])


def test_every_page_stands_in_one_list_of_the_navigation() -> None:
    listed = [DOCS / name / ".." / link for name in SECTIONS for link in listed_on(DOCS / f"{name}.md")]
    reached = sorted(name_of(path.resolve()) for path in listed)
    assert reached == sorted(name_of(page) for page in DOCS.rglob("*.md") if page != DOCS / "index.md")


def test_every_picture_of_the_pages_is_shown_on_one() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES for _, link in links_of(page) if link.endswith(".png")}
    assert_none([name_of(picture) for picture in (DOCS / "images").iterdir() if picture not in shown])


def test_every_decision_is_listed_in_order_with_its_own_title() -> None:
    index = text_of(DOCS / "decisions" / "README.md")
    titles = re.findall(r"^- \[(\d{4})\]\((\S+?)\): (.+)$", index, re.MULTILINE)
    files = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    heads = [re.match(r"# (\d{4}):? (.+)", text_of(file)) for file in files]
    assert [(head[1], file.name, head[2].lower()) for head, file in zip(heads, files, strict=True) if head] == [
        (number, file, title.lower()) for number, file, title in titles
    ]
