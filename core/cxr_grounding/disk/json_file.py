"""JSON files: read with one set of failures, written whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.whole import written_whole


class JsonError(ValueError):
    """A file cannot be read as JSON; the message says why in a few words. Readers make a sentence of it."""


def read_json(path: Path) -> Any:
    """The document in a file.

    Raises:
        FileNotFoundError: when there is no such file.
        JsonError: when it cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except (
        OSError,
        ValueError,
        RecursionError,
    ) as error:  # ValueError: no UTF-8, or no JSON
        raise JsonError(reason(error)) from error


def read_object(path: Path) -> dict[str, Any]:
    """The document in a file that holds a JSON object.

    Raises:
        FileNotFoundError: when there is no such file.
        JsonError: when it cannot be read, is not JSON, or no object.
    """
    document = read_json(path)
    if not isinstance(document, dict):
        raise JsonError("it holds no JSON object")
    return document


def json_text(document: Any) -> str:
    """A document as it is written everywhere: indented, every letter as it is, no NaN, a line end last.

    Raises:
        ValueError: when it holds NaN or infinity, which JSON does not know.
    """
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, document: Any) -> None:
    """Write a document, whole or not at all.

    Raises:
        OutputError: when it cannot be written; an earlier file is then untouched.
    """
    text = json_text(document)
    with written_whole(path, ".json") as temporary:
        # Half a character, which JSON can hold and UTF-8 cannot, becomes a question mark.
        temporary.write_text(text, encoding="utf-8", errors="replace")
