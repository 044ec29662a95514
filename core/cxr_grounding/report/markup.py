"""The text of HTML, and of HL7's Clinical Document Architecture (CDA, release 2)."""

from __future__ import annotations

import html
import re

_TAGS = (
    "html|body|head|meta|p|br|div|span|b|i|u|em|strong|font|li|ul|ol|table|tbody|tr|td|th|h[1-6]|pre|hr|a|"
    "ClinicalDocument"
)
MARKUP = re.compile(rf"<!doctype html|<\?xml|</?(?:\w+:)?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
"""A tag of either; a text without one is none of them, whatever else stands in angle brackets."""

_CDA = re.compile(r"<(?:\w+:)?ClinicalDocument\b")
_TAG = re.compile(r"<(?P<closing>/?)(?:\w+:)?(?P<name>[A-Za-z]\w*)(?P<attributes>[^<>]*)>")
_DECLARATIONS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">"))
"""How what is neither tag nor text begins and ends."""

_ENCODED = re.compile(r"representation\s*=\s*[\"']B64")
"""Of a text that is a PDF or a picture."""

_BLANKS = re.compile(r"\s+")

_IN_LINE_WORDS = "a b i u em strong font span sup sub small big content linkhtml"
_IN_LINE = frozenset(_IN_LINE_WORDS.split())
"""Tags, lower case, that break no line."""

_PARAGRAPH_WORDS = "p div li td th tr h1 h2 h3 h4 h5 h6 paragraph item title section"
_PARAGRAPHS = frozenset(_PARAGRAPH_WORDS.split())
"""Tags, lower case, around whose text other sentences end."""

_NOT_TEXT = frozenset(("script", "style", "head", "title"))
"""Parts of an HTML page that it does not show."""


def markup_text(markup: str) -> str:
    """The text that a page of HTML shows, or the titles and texts of a CDA document's sections, a line a block.

    Nothing outside of the text is looked up, no entity of the document's own is followed, wrong nesting is no matter.
    """
    reader, position = _Reader(is_cda=_CDA.search(markup) is not None), 0
    markup = _without_declarations(markup)
    for tag in _TAG.finditer(markup):
        reader.take_text(markup[position : tag.start()])
        reader.take_tag(tag)
        position = tag.end()
    reader.take_text(markup[position:])
    return "".join(reader.pieces)


def _without_declarations(markup: str) -> str:
    """Without comments and other declarations; the text of CDATA stays."""
    pieces, position = [], 0
    for start in (found.start() for found in re.finditer("<[!?]", markup)):
        if start < position:  # inside of the last one
            continue
        opening, closing = next(pair for pair in _DECLARATIONS if markup.startswith(pair[0], start))
        end = markup.find(closing, start + len(opening))
        end = len(markup) if end < 0 else end
        pieces.append(markup[position:start])
        if opening == "<![CDATA[":
            pieces.append(html.escape(markup[start + len(opening) : end], quote=False))
        position = end + len(closing)
    return "".join(pieces) + markup[position:]


class _Reader:
    """Gathers text as the tags go by."""

    def __init__(self, is_cda: bool) -> None:
        self.pieces: list[str] = []
        self._is_cda = is_cda
        self._depths = dict.fromkeys((*_NOT_TEXT, "section", "text", "nonxmlbody", "pre"), 0)

    def take_tag(self, tag: re.Match[str]) -> None:
        """Follow a tag of `_TAG` in or out, and end the line where it stands for that."""
        name, attributes = tag["name"].lower(), tag["attributes"]
        if name in self._depths and not attributes.endswith("/"):
            if tag["closing"]:
                self._depths[name] = max(0, self._depths[name] - 1)
            elif not _ENCODED.search(attributes):
                self._depths[name] += 1
        if name not in _IN_LINE:
            self.pieces.append("\n\n" if name in _PARAGRAPHS else "\n")

    def take_text(self, text: str) -> None:
        """Keep what stands between two tags, if it is shown."""
        if self._is_shown():
            as_written = self._depths["pre"] or self._depths["nonxmlbody"]
            self.pieces.append(html.unescape(text if as_written else _BLANKS.sub(" ", text)))

    def _is_shown(self) -> bool:
        depths = self._depths
        if self._is_cda:
            inside = depths["section"] or depths["nonxmlbody"]
            return bool(inside and (depths["title"] or depths["text"]))
        return not any(depths[tag] for tag in _NOT_TEXT)
