"""Text files from anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_grounding.disk.foreign_text import TextTooLargeError, decode_foreign, read_foreign_text

TEXT = "Impression: \u201csail sign\u201d, na\u00efve.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_a_text_is_read_in_every_encoding_that_editors_write(encoding: str) -> None:
    assert decode_foreign(TEXT.encode(encoding)) == TEXT


def test_bytes_that_no_encoding_knows_are_read_all_the_same() -> None:
    assert decode_foreign(b"a\x81b") == "a\x81b"
    assert decode_foreign(b"\xff\xfea\x00b") == "\u00ff\u00fea\x00b"
    assert decode_foreign(b"") == ""


def test_a_file_beyond_the_bound_is_refused_and_one_within_is_read(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode())
    size = path.stat().st_size
    assert read_foreign_text(path, size) == TEXT
    with pytest.raises(TextTooLargeError, match="more than"):
        read_foreign_text(path, size - 1)
