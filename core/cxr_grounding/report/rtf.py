"""The text of RTF, as Word and many report systems put it on the clipboard (Rich Text Format specification 1.9)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

START = "{\\rtf"
"""What RTF begins with."""

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]+)(?P<number>-?\d{1,9})? ?|(?P<bytes>(?:\\'[0-9a-fA-F]{2})+)|\\(?P<sign>[^a-zA-Z])"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\"
)
_NOT_TEXT_WORDS = (
    "fonttbl colortbl stylesheet info pict object header headerf headerl headerr footer footerf footerl footerr "
    "footnote fldinst listtable listoverridetable generator themedata datastore xmlnstbl filetbl revtbl"
)
_NOT_TEXT = frozenset(_NOT_TEXT_WORDS.split())
"""Destinations whose text is not the document's own."""

_WORDS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "cell": "\n", "row": "\n", "tab": "\t"} | {
    "bullet": "\u2022",
    "emdash": "\u2014",
    "endash": "\u2013",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
}
_SIGNS = {"~": " ", "_": "-", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}


@dataclass
class _Group:
    """What holds until the next closing brace: whether text is left out, and how many letters stand in for a `\\u`."""

    skipped: bool = False
    stand_ins: int = 1


def rtf_text(rtf: str) -> str:
    """The text of an RTF document, a line a paragraph; what is damaged is passed over.

    Args:
        rtf: the document; its own bytes above 127 are written as escapes.
    """
    groups, pieces, code_page, to_skip = [_Group()], [], "cp1252", 0
    for token in _TOKEN.finditer(rtf):
        group, word, number = groups[-1], token["word"], int(token["number"] or 0)
        piece = ""
        if token["brace"] == "{":
            groups.append(_Group(group.skipped, group.stand_ins))
        elif token["brace"] == "}":
            if len(groups) > 1:  # one brace too many is passed over
                groups.pop()
        elif word in _NOT_TEXT or token["sign"] == "*":
            group.skipped = True
        elif word == "uc":
            group.stand_ins = number
        elif word == "ansicpg":
            code_page = _known(f"cp{number}")
        elif word == "u":
            piece, to_skip = chr(number % 2**16), group.stand_ins
        elif token["bytes"] or token["text"]:
            letters = token["text"] or bytes.fromhex(token["bytes"].replace("\\'", "")).decode(code_page, "replace")
            piece, to_skip = letters[to_skip:], max(0, to_skip - len(letters))
        else:
            piece = _WORDS.get(word or "", "") or _SIGNS.get(token["sign"] or "", "")
        if not group.skipped:
            pieces.append(piece)
    # Beyond the basic plane a letter is two `\u`, the halves of UTF-16.
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _known(code_page: str) -> str:
    try:
        return codecs.lookup(code_page).name
    except LookupError:
        return "cp1252"
