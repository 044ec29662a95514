"""Which licence a text is, and what is told of a repository's terms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cxr_grounding.disk.sentences import printable

DOCUMENT = re.compile(r"README\.md|LICEN[CS]E([-.][\w.-]+)?|COPYING(\.\w+)?", re.IGNORECASE)
"""Files at the top of a repository or a folder that say under which licence it is."""

LARGEST_BYTES = 2**18
"""A licence file above this size is not looked into."""

KNOWN = {
    "apache-2.0": r"apache license\W+version 2\.0",
    "openrail++": r"creativeml open rail\+\+-m",
    "creativeml-openrail-m": r"creativeml open rail-m",
    "mit": r"\bmit license\b|permission is hereby granted, free of charge, to any person",
    "bsd-3-clause": r"bsd 3-clause|neither the name of .{0,200} nor the names of its contributors",
    "cc-by-4.0": r"creative commons attribution 4\.0 international|attribution 4\.0 international\s+=",
    "cc-by-nc-4.0": r"attribution-noncommercial 4\.0 international",
}
"""How the texts of licences are known, by the hub's words for them; in lower case, blanks as one."""

SEEN_LETTERS = 4000
"""Of a text's beginning, where it says what it is."""


@dataclass(frozen=True)
class Terms:
    """Under which terms one repository, or one folder or archive, is used.

    Args:
        origin: owner/name of the repository, or the path.
        name: of the licence, as the hub writes it; "" where nothing says it.
        said_by: what says so: "its model card", the name of a file; "" where nothing does.
        text: the licence's own text, or the model card where there is none; "" for neither.
        document: the file that the text is of.
        page: where people read it; "" without a hub.
    """

    origin: str
    name: str
    said_by: str = ""
    text: str = ""
    document: str = ""
    page: str = ""

    @property
    def first_line(self) -> str:
        """Of the text."""
        return next((printable(line)[:120] for line in self.text.splitlines() if line.strip()), "")


def recognised(text: str) -> str:
    """The licence whose text it is, as the hub writes it; "" for one that is not known."""
    beginning = re.sub(r"\s+", " ", text[:SEEN_LETTERS]).lower()
    return next((name for name, pattern in KNOWN.items() if re.search(pattern, beginning)), "")


def stated_in_card(text: str) -> str:
    """The licence that a model card's own text states at its head; "" where it states none."""
    head = re.match(r"---\r?\n(.*?)\r?\n---", text, re.DOTALL)
    named = dict(re.findall(r"^(license|license_name):\s*(\S.*?)\s*$", head[1] if head else "", re.MULTILINE))
    stated = named.get("license", "")
    return printable((named.get("license_name") or stated) if stated == "other" else stated).strip("'\"")


def is_licence(document: str) -> bool:
    """Whether a document is the licence itself, and not the model card."""
    return not document.lower().startswith("readme")


def terms_of(origin: str, stated: str, documents: dict[str, str], page: str = "") -> Terms:
    """What is known of an origin's terms.

    Args:
        origin: owner/name, or a path.
        stated: what its model card states; "" without one.
        documents: texts of the files that `DOCUMENT` matches, by name.
        page: where people read it, as a pattern that takes the file's name.
    """
    ordered = sorted(documents, key=lambda name: (not is_licence(name), name))
    document = ordered[0] if ordered else ""
    text = documents.get(document, "")
    read = recognised(text) if document and is_licence(document) else ""
    said_by = "its model card" if stated else document if read else ""
    where = page.format(document) if page and document else ""
    return Terms(origin, stated or read, said_by, text, document, where)
