"""How bytes and texts are damaged."""

from __future__ import annotations

import re
from random import Random

LARGEST_BYTES = 2**22
"""Most bytes that a damaged file grows to; larger ones are another test than that of a parser."""

EXTREMES = (
    *(0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 65, 127, 128, 255, 256, 257, 4096, 8192, 2**15 - 1, 2**15),
    *(2**16 - 1, 2**16, 2**24, 2**26, 2**27, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1),
)
"""Whole numbers at which sizes, counts and offsets go wrong."""

NASTY = (
    b"", b" ", b"0", b"-1", b"1e999", b"nan", b"-inf", b"9" * 400, b"1 " * 300, b"65", b"2147483648",
    b"-9223372036854775809", b"%n%n%n%n", b"%s" * 60, b"%d.raw 1 9 1", b"LIST", b"LOCAL", b"-", b"A" * 300,
    b"A" * 5000, b"\\" * 2000, b'"', b"'", b"fifo", b"folder", b"link", b"/dev/zero", b"../../../etc/passwd",
    b"C:\\x", b"http://127.0.0.1:9/x", b"data.raw", b"\0", b"\x1b[31m", b"\x7f", b"\x85", b"\xff\xfe",
    b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xf0\x9f\xab\x81", b"=1+1", b"&#x110000;", b"&#0;",
    b"&lt;", b"<" * 3000, b"{" * 3000, b"[" * 3000, b"<![CDATA[", b"<!--", b"\\bin99999 ", b"\\'",
    b"\\u55357 ?", b"\\.br\\", b"1,234.5", b"1.234,5", b"null", b"true", b"[]", b"{}", b"1E400", b"\n", b"\r",
    b"\t",
)  # fmt: skip
"""What stands in a field where something harmless was meant."""

_WORD = re.compile(rb"[^\s:=,;|<>{}\[\]\"\\/&~^]+")


def change_bytes(content: bytes, chance: Random) -> bytes:
    """The content with one thing about its bytes changed."""
    return chance.choice(_BYTE_CHANGES)(content, chance)


def change_text(content: bytes, chance: Random) -> bytes:
    """The content, a text, with one thing about its words changed, or its bytes."""
    return chance.choice(_TEXT_CHANGES)(content, chance)


def change_parts(parts: list[bytes], others: list[bytes], chance: Random) -> list[bytes]:
    """The parts of a file with one of them left out, repeated, moved, or taken from another file."""
    place, part = chance.randrange(len(parts) + 1), chance.choice(parts or [b""])
    without = parts[:place] + parts[place + 1 :]
    changed = (
        without,
        [*parts[:place], part, *parts[place:]],
        [*without, *parts[place : place + 1]],
        [*parts[:place], chance.choice(others or [b""]), *parts[place + 1 :]],
    )
    return chance.choice(changed)


def splice(first: bytes, second: bytes, chance: Random) -> bytes:
    """The beginning of one file and the end of another."""
    return first[: chance.randrange(len(first) + 1)] + second[chance.randrange(len(second) + 1) :]


def _flip_bit(content: bytes, chance: Random) -> bytes:
    place = _place(content, chance)
    return (
        content[:place]
        + bytes(byte ^ 1 << chance.randrange(8) for byte in content[place : place + 1])
        + content[place + 1 :]
    )


def _set_byte(content: bytes, chance: Random) -> bytes:
    place = _place(content, chance)
    return content[:place] + bytes([chance.choice((0, 255, chance.randrange(256)))]) + content[place + 1 :]


def _set_number(content: bytes, chance: Random) -> bytes:
    """An extreme value, at a place where numbers lie."""
    size = chance.choice((1, 2, 2, 4, 4, 8))
    place = _place(content, chance) // size * size
    number = (chance.choice(EXTREMES) + chance.choice((0, 0, 0, 1, -1))) % 256**size
    return content[:place] + number.to_bytes(size, chance.choice(("little", "big"))) + content[place + size :]


def _cut(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _insert(content: bytes, chance: Random) -> bytes:
    place = _place(content, chance)
    return content[:place] + chance.randbytes(chance.choice((1, 2, 4, 16, 200))) + content[place:]


def _remove(content: bytes, chance: Random) -> bytes:
    place = _place(content, chance)
    return content[:place] + content[place + chance.choice((1, 2, 4, 16, 200)) :]


def _repeat(content: bytes, chance: Random) -> bytes:
    place, length = _place(content, chance), chance.choice((1, 2, 4, 16, 200))
    times = chance.choice((1, 1, 2, 20, 300))
    return content[: place + length] + content[place : place + length] * times + content[place + length :]


def _copy_elsewhere(content: bytes, chance: Random) -> bytes:
    here, there, length = _place(content, chance), _place(content, chance), chance.choice((1, 2, 4, 16, 200))
    return content[:here] + content[there : there + length] + content[here + length :]


def _place(content: bytes, chance: Random) -> int:
    """Most often near the beginning, where headers are."""
    return chance.randrange(min(len(content), chance.choice((64, 512, len(content)))) or 1)


def _replace_word(content: bytes, chance: Random) -> bytes:
    words = list(_WORD.finditer(content, 0, 20_000))
    if not words:
        return chance.choice(NASTY)
    word = chance.choice(words)
    return content[: word.start()] + chance.choice(NASTY) + content[word.end() :]


def _replace_number(content: bytes, chance: Random) -> bytes:
    numbers = list(re.finditer(rb"-?\d+", content[:20_000]))
    if not numbers:
        return _replace_word(content, chance)
    number = chance.choice(numbers)
    other = chance.choice((1, 1, -1)) * chance.choice(EXTREMES) + chance.choice((0, 0, 1, -1))
    return content[: number.start()] + b"%d" % other + content[number.end() :]


def _insert_nasty(content: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(NASTY) + content[place:]


def _swell(content: bytes, chance: Random) -> bytes:
    """A few letters, so often that whatever looks at each of them again and again takes long."""
    place, length = chance.randrange(len(content) + 1), chance.choice((1, 1, 2, 3, 8))
    times = chance.choice((100, 3000, 40_000)) // length
    return content[:place] + content[place : place + length] * times + content[place:]


_BYTE_CHANGES = (
    *(_flip_bit, _flip_bit, _set_byte, _set_byte, _set_number, _set_number, _set_number, _set_number),
    *(_cut, _insert, _remove, _repeat, _copy_elsewhere),
)
_TEXT_CHANGES = (
    *(_replace_word, _replace_word, _replace_word, _replace_number, _replace_number, _replace_number),
    *(_insert_nasty, _insert_nasty, _swell, _repeat, _remove, _flip_bit, _set_byte, _cut),
)
