"""The JSON file of an answer follows the published schema, which says everything that is in it."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import jsonschema
import pytest

from cxr_grounding.answers.document import document_schema, write_document
from cxr_grounding.answers.result import Result
from cxr_grounding.grounder import Grounder
from cxr_grounding.grounding import SCHEMA, SCHEMA_VERSION


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = document_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def document(result: Result) -> dict[str, Any]:
    write_document(result)
    return json.loads(result.path(".json").read_text(encoding="utf-8"))


def test_the_schema_is_of_the_documents_name_and_version() -> None:
    properties = document_schema()["properties"]
    assert (properties["schema"]["const"], properties["schema_version"]["const"]) == (SCHEMA, SCHEMA_VERSION)
    assert document_schema()["$id"] == f"urn:{SCHEMA.replace('/', ':')}:{SCHEMA_VERSION}"


def test_files_and_summaries_follow_the_schema(validator, result: Result, grounder: Grounder) -> None:
    validator.validate(document(result))
    validator.validate(result.answer.to_dict())
    unknown = dataclasses.replace(result.radiograph, spacing=None)
    grounder.set_radiograph(unknown)
    full = grounder.ground("left lung", token_maps=True, keep_arrays=True)
    validator.validate(document(dataclasses.replace(result, answer=full)))
    nowhere = dataclasses.replace(full, regions=(), peak=None)
    validator.validate(document(dataclasses.replace(result, answer=nowhere)))


def test_the_schema_says_every_entry_that_is_written(result: Result) -> None:
    schema, one = document_schema(), document(result)
    assert list(schema["properties"]) == list(one)
    assert schema["required"] == list(result.answer.to_dict())
    for name in ("image", "model", "spacing_mm"):
        assert list(schema["properties"][name]["properties"]) == list(one[name])
    kept = schema["properties"]["kept"]
    assert list(kept["properties"]) == kept["required"] == list(one["kept"])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("tokens",), [1]),
        (("image", "patient_id"), "Doe"),
        (("spacing_mm", "row"), 0),
        (("boxes_pixels", 0, "strength"), 2),
        (("boxes_pixels", 0, "width"), "wide"),
        (("kept", "heatmap_frame", "dtype"), "float64"),
        (("kept", "orientation", "row"), "X"),
    ],
)
def test_what_does_not_follow_the_schema_is_seen(validator, result: Result, path: tuple, value: object) -> None:
    other: Any = copy.deepcopy(document(result))
    inner = other
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(other)
