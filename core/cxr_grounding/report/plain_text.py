"""A report as it was copied, out of whatever program, as plain text with its lines."""

from __future__ import annotations

import html
import re
import unicodedata

from cxr_grounding.report.markup import MARKUP, markup_text
from cxr_grounding.report.rtf import START, rtf_text

_OBSERVATION = re.compile(r"^OBX\|(?:[^|]*\|){4}", re.MULTILINE)
"""The fields of an HL7 v2 OBX segment before its value (chapter 7.4.2)."""

_SEGMENT = re.compile(r"^[A-Z][A-Z0-9]{2}\|")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)

_HL7_BREAK = re.compile(r"\\(?:\.(?:br|sp|in|ti|fi|nf|ce|sk)[+-]?\d*|X0D(?:0A)?|X0A)\\", re.IGNORECASE)
"""HL7's escapes that begin a line (chapter 2.7)."""

_HL7_LETTERS = {"\\F\\": "|", "\\S\\": "^", "\\T\\": "&", "\\R\\": "~", "\\H\\": "", "\\N\\": "", "\\E\\": "\\"}
_HL7_LETTER = re.compile(r"\\[FSTRHNE]\\")

_REPETITION = re.compile(r"(?<=[.,:;!?~])~|(?<=\w)~(?=\s|$)|~(?=[A-Z~]|\d{1,2}[.)]\s)|^~(?=[a-z])", re.MULTILINE)
"""HL7's sign between the lines of a value; "~2 cm" is none."""

_WRITTEN_BREAK = re.compile(r"(?<!\\)(?:\\+r\\+n|\\+n|\\+r(?![a-z]))")
"""A line end as programming languages write it; "left\\right" is none. Looked for once in a run of backslashes: at each
of them, a long run would take the square of its length."""

_WRITTEN_TAB = re.compile(r"(?<!\\)\\+t(?![a-z])")
_ONE_WORD = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff\ufe0e\ufe0f]")
"""Letters without width: soft hyphens, marks of direction and of byte order."""


def plain_text(text: str) -> str:
    """The lines that a reader of the report sees.

    RTF, HTML, CDA and HL7 v2 are told by what they hold. Escapes become what they stand for, and what no screen shows
    becomes a blank.

    Args:
        text: of any length and content.
    """
    if text.lstrip().startswith(START):
        text = rtf_text(text)
    elif MARKUP.search(text):
        text = markup_text(text)
    elif _OBSERVATION.search("\n".join(text.splitlines())):
        text = _observed(text)
    elif _ENTITY.search(text):
        text = html.unescape(text)
    if "\\" in text:
        text = _WRITTEN_TAB.sub("\t", _WRITTEN_BREAK.sub("\n", _HL7_BREAK.sub("\n", text)))
        text = _HL7_LETTER.sub(lambda escape: _HL7_LETTERS[escape[0]], text)
    if "~" in text:
        text = _REPETITION.sub("\n", text)
    lines = _ONE_WORD.sub("", text).splitlines()
    return "\n".join("".join(letter if _is_seen(letter) else " " for letter in line) for line in lines)


def _observed(message: str) -> str:
    """The values of the observations of an HL7 v2 message, one a line."""
    values = []
    for line in message.splitlines():
        start = _OBSERVATION.match(line)
        if start is not None:
            values.append(line[start.end() :].split("|")[0])
        elif not _SEGMENT.match(line):
            values.append(line)
    return "\n".join(values)


def _is_seen(letter: str) -> bool:
    """Whether a letter is one, or white space, or of a font's own (Word's bullets); not a control or half of one."""
    return letter == "\t" or letter.isprintable() or unicodedata.category(letter) in ("Zs", "Co")
