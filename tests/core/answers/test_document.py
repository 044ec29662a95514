"""The JSON file of an answer follows the published schema, which says everything that is in it."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import jsonschema
import numpy as np
import pytest

from cxr_grounding.answers.document import SCHEMA_FILE, document_schema, write_document
from cxr_grounding.answers.result import Result
from cxr_grounding.evidence import Evidence, Rival
from cxr_grounding.grounder import Grounder
from cxr_grounding.grounding import SCHEMA, SCHEMA_VERSION, Grounding
from cxr_grounding.verdict import Verdict, VerdictKind


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
    later = {
        "verdict",
        "evidence",
        "place",
        "agreement",
        "noised",
    }  # which answers lack that were written before there were any
    assert schema["required"] == [name for name in result.answer.to_dict() if name not in later]
    for name in ("image", "model", "spacing_mm"):
        assert list(schema["properties"][name]["properties"]) == list(one[name])
    kept = schema["properties"]["kept"]
    assert list(kept["properties"]) == list(one["kept"])
    assert kept["required"] == [name for name in one["kept"] if name not in ("soft_frame", "noised")]


def test_the_schema_names_nothing_twice() -> None:
    def entries(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs), [name for name, _ in pairs]
        return dict(pairs)

    json.loads(SCHEMA_FILE.read_text(), object_pairs_hook=entries)


VERDICT = Verdict(VerdictKind.OTHER_SIDE, ('"right effusion" explains more: 0.30 against 0.10.',), 0.2)
EVIDENCE = Evidence(0.1, -0.2, Rival("right effusion", 0.3, -0.2), (Rival("edema", 0.05, 0.1),), (459,), (399, 599))


@pytest.fixture
def judged(result: Result) -> Result:
    """With all that evidence can bring to an answer."""
    answer = result.answer
    judged = dataclasses.replace(
        answer, verdict=VERDICT, evidence=EVIDENCE, agreement=0.6, soft_frame=answer.heatmap_frame
    )
    return dataclasses.replace(result, answer=judged)


def test_what_is_known_of_the_answer_s_worth_follows_the_schema_and_is_named_by_it(validator, judged: Result) -> None:
    one = document(judged)
    validator.validate(one)
    assert one["verdict"] == {"kind": "other side than named", "reasons": list(VERDICT.reasons), "share": 0.2}
    properties = document_schema()["properties"]
    for name in ("verdict", "evidence"):
        assert list(properties[name]["properties"]) == properties[name]["required"] == list(one[name])
    assert properties["verdict"]["properties"]["kind"]["enum"] == [kind.value for kind in VerdictKind]
    assert Grounding.load(judged.path(".json")) == judged.answer


def test_a_document_from_before_there_were_verdicts_follows_the_schema_and_is_opened(validator, judged: Result) -> None:
    one = document(judged)
    for name in ("verdict", "evidence", "agreement"):
        del one[name]
    del one["kept"]["soft_frame"]
    validator.validate(one)
    back = Grounding.from_document(one)
    assert (back.verdict, back.evidence, back.agreement, back.soft_frame) == (None, None, None, None)
    np.testing.assert_array_equal(back.heatmap_frame, judged.answer.heatmap_frame)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict", "kind"), "probably"),
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
