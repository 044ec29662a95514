"""The JSON file of an answer, and the JSON Schema that it follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cxr_grounding.answers.result import Files, Result
from cxr_grounding.disk.json_file import read_object, write_json

SCHEMA_FILE = Path(__file__).with_name("grounding.schema.json")


def document_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what `Grounding.to_dict` and `Grounding.to_document` say."""
    return read_object(SCHEMA_FILE)


def write_document(result: Result) -> Files:
    """The document of an answer, as a file that `Grounding.load` opens; it names the files that came before it."""
    path = result.path(".json")
    mine = {"json": path.name}
    write_json(path, result.answer.to_document(source=result.source, files={**result.files, **mine}))
    return mine
