"""The document of an answer: what comes back equals what was written, and whatever else is refused in a sentence."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import math
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_grounding import grounding_document
from cxr_grounding.disk.json_array import array_entry
from cxr_grounding.disk.json_file import write_json
from cxr_grounding.errors import OutputError
from cxr_grounding.grounder import Grounder
from cxr_grounding.grounding import Grounding
from cxr_grounding.radiograph import Identifiers, Orientation, Radiograph, Spacing, SpacingSource

PHRASE = "small left pleural effusion"
SPACING = Spacing(0.1, 0.3, SpacingSource.IMAGER_PIXEL_SPACING)
IDENTIFIERS = Identifiers("Doe^Jane", "1.2", "1.2.3", "1.2.3.4", "1.2.840.10008.5.1.4.1.1.1.1", "DX")


@pytest.fixture
def ground(tiny_model: Any, radiograph: Radiograph) -> Callable[..., Grounding]:
    """A real answer of the tiny model, on a radiograph of which some fields are changed."""
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(steps=10))

    def run(phrase: str = PHRASE, *, token_maps: bool = False, keep_arrays: bool = False, **changes: Any) -> Grounding:
        grounder.set_radiograph(dataclasses.replace(radiograph, **changes))
        return grounder.ground(phrase, token_maps=token_maps, keep_arrays=keep_arrays)

    return run


@pytest.fixture(scope="module")
def written(tiny_model: Any) -> dict[str, Any]:
    """A document with everything in it, as `json` reads it; tests change a copy."""
    grounder = Grounder(tiny_model, recipe=tiny_model.recipe.replace(evidence=True))
    grounder.set_radiograph(Radiograph(np.arange(80 * 100).reshape(80, 100), spacing=SPACING, identifiers=IDENTIFIERS))
    answer = grounder.ground("left lung", token_maps=True, keep_arrays=True)
    return json.loads(json.dumps(answer.to_document(source="chest.dcm", files={"json": "01.json"}), allow_nan=False))


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy in which the entry at a path of names, with dots between them, is another."""
    result = copy.deepcopy(document)
    *above, last = path.split(".")
    inner: Any = result
    for name in above:
        inner = inner[int(name) if isinstance(inner, list) else name]
    inner[last] = value
    return result


@pytest.mark.parametrize("kept", [{}, {"token_maps": True}, {"keep_arrays": True}])
@pytest.mark.parametrize("spacing", [None, SPACING])
@pytest.mark.parametrize("orientation", [Orientation(), Orientation("F", "R", known=True), Orientation("R", "H", True)])
def test_a_saved_answer_comes_back_equal(ground, tmp_path: Path, kept, spacing, orientation) -> None:
    answer = ground(spacing=spacing, orientation=orientation, identifiers=IDENTIFIERS, **kept)
    write_json(tmp_path / "a.json", answer.to_document(source="chest.dcm", files={}))
    back = Grounding.load(tmp_path / "a.json")
    assert back == answer
    assert hash(back) == hash(answer)
    assert back.to_dict() == answer.to_dict()
    np.testing.assert_array_equal(back.heatmap, answer.heatmap)
    assert back.heatmap_frame.dtype == np.float32
    assert len(answer.regions) > 0, "an answer that points somewhere"
    if kept.get("token_maps"):
        np.testing.assert_array_equal(back.token_map(3), answer.token_map(3))


def test_evidence_and_the_map_before_its_threshold_come_back_and_are_missing_in_a_document_of_before(written) -> None:
    answer = Grounding.from_document(written)
    assert answer.evidence is not None
    assert answer.evidence.mirrored is not None
    assert answer.evidence.mirrored.phrase == "right lung"
    assert answer.soft_frame is not None
    hot = answer.heatmap_frame > 0
    np.testing.assert_allclose(answer.soft_frame[hot], answer.heatmap_frame[hot], rtol=1e-3)
    assert 0 < answer.soft_frame[~hot].max() <= answer.soft_frame[hot].min()
    assert Grounding.from_document(json.loads(json.dumps(answer.to_document()))) == answer
    before = copy.deepcopy(written)
    del before["evidence"], before["kept"]["soft_frame"]
    assert Grounding.from_document(before) == dataclasses.replace(answer, evidence=None, soft_frame=None)


def test_an_answer_that_points_nowhere_comes_back_equal(ground) -> None:
    answer = dataclasses.replace(ground(), heatmap_frame=np.zeros((64, 64), np.float32), regions=(), peak=None)
    assert Grounding.from_document(answer.to_document()) == answer


def test_a_cut_phrase_with_unknown_words_comes_back_equal(ground) -> None:
    answer = ground("effusion " * 80)
    answer = dataclasses.replace(answer, phrase=dataclasses.replace(answer.phrase, unknown=("心",)))
    assert Grounding.from_document(json.loads(json.dumps(answer.to_document()))) == answer


def test_the_document_does_not_name_the_patient(ground) -> None:
    answer = dataclasses.replace(ground(), identifiers=IDENTIFIERS)
    document = answer.to_document()
    assert "Doe" not in json.dumps(document)
    assert Grounding.from_document(document).identifiers == dataclasses.replace(IDENTIFIERS, PatientID="")


def test_the_map_is_the_last_entry_and_not_in_the_summary(ground) -> None:
    answer = ground()
    document = answer.to_document(source="chest.dcm", files={})
    assert list(document) == [*answer.to_dict(), "source", "files", "kept"]
    assert list(document["kept"])[-1] == "heatmap_frame"
    assert "kept" not in answer.to_dict()


def test_every_document_names_its_schema_and_version_first(ground) -> None:
    for document in (ground().to_dict(), ground().to_document()):
        assert list(document.items())[:2] == [("schema", "cxr-grounding/grounding"), ("schema_version", 1)]


def test_a_mostly_empty_map_of_512_pixels_takes_little_room(ground) -> None:
    heatmap = np.zeros((512, 512), np.float32)
    heatmap[100:200, 100:200] = np.random.default_rng(0).random((100, 100))
    frame = dataclasses.replace(ground().frame, size=512)
    document = dataclasses.replace(ground(), heatmap_frame=heatmap, frame=frame).to_document()
    assert len(document["kept"]["heatmap_frame"]["data"]) < 0.06 * base64_length(heatmap.nbytes)


def base64_length(size: int) -> float:
    return size * 4 / 3


def test_a_folder_with_one_result_is_that_result(ground, tmp_path: Path) -> None:
    answer = ground()
    write_json(tmp_path / "01-a.json", answer.to_document())
    (tmp_path / "01-a.png").write_bytes(b"a picture")
    (tmp_path / ".01-half.json").write_text("{")
    assert Grounding.load(tmp_path) == answer
    assert Grounding.load_all(tmp_path) == [answer]
    (tmp_path / "01-a.json").rename(tmp_path / ".hidden")
    assert Grounding.load(tmp_path / ".hidden") == answer, "a file that is named is opened, whatever its name"


def test_a_folder_with_several_is_refused_with_their_names(ground, tmp_path: Path) -> None:
    answers = [ground(), ground("left lung")]
    for number, answer in enumerate(answers, 1):
        write_json(tmp_path / f"0{number}.json", answer.to_document())
    with pytest.raises(OutputError, match=r"holds 2 results: 01\.json, 02\.json\. Name one of them"):
        Grounding.load(tmp_path)
    assert Grounding.load_all(tmp_path) == answers
    for number in range(3, 9):
        write_json(tmp_path / f"0{number}.json", answers[0].to_document())
    with pytest.raises(OutputError, match=r"8 results: 01\.json, .*05\.json and 3 more"):
        Grounding.load(tmp_path)


def test_other_json_beside_results_is_passed_over(ground, tmp_path: Path) -> None:
    answer = ground()
    write_json(tmp_path / "00-truth.json", {"findings": []})
    write_json(tmp_path / "00-list.json", [1, 2])
    write_json(tmp_path / "01-a.json", answer.to_document())
    assert Grounding.load(tmp_path) == answer
    assert Grounding.load_all(tmp_path) == [answer]


def test_a_folder_whose_only_json_is_no_result_says_so(tmp_path: Path) -> None:
    write_json(tmp_path / "truth.json", {"findings": []})
    with pytest.raises(OutputError, match=r"truth\.json is no result that can be opened \(it names no schema"):
        Grounding.load_all(tmp_path)


def test_a_file_in_a_folder_that_cannot_be_read_is_not_passed_over(ground, tmp_path: Path) -> None:
    write_json(tmp_path / "01-a.json", ground().to_document())
    (tmp_path / "02-b.json").write_text("{")
    with pytest.raises(OutputError, match=r"02-b\.json cannot be read"):
        Grounding.load_all(tmp_path)


def test_a_newer_version_is_refused_and_an_older_one_is_read(written, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match=r"newer program than this.* version 2, .* reads up to 1\. Update CXRGround"):
        Grounding.from_document(changed(written, "schema_version", 2))
    monkeypatch.setattr(grounding_document, "SCHEMA_VERSION", 2)
    assert Grounding.from_document(written).phrase.text == "left lung"


def test_entries_that_are_not_known_do_not_hinder(written) -> None:
    more = changed(changed(written, "added_later", {"any": [1, None]}), "kept.added_later", 1)
    assert Grounding.from_document(more) == Grounding.from_document(written)


BOMB = base64.b64encode(zlib.compress(bytes(2**27), 9)).decode()
"""130 kB that inflate to 128 MiB."""


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema", "other/thing", "its schema is 'other/thing'"),
        ("schema", ["x"], "schema is not a text"),
        ("schema_version", 0, "schema_version is no whole number"),
        ("schema_version", True, "schema_version is no whole number"),
        ("schema_version", "1", "schema_version is no whole number"),
        ("phrase", None, "phrase is not a text"),
        ("phrase", "lung \ud800", "phrase holds half a character"),
        ("tokens", "left lung", "tokens is not a list of texts"),
        ("tokens", ["left"], "not as many"),
        ("image", [], "image is not an object"),
        ("image.rows", 0, "image.rows is no whole number from 1"),
        ("image.rows", 2**40, "larger than a document may hold"),
        ("image.columns", 80.5, "image.columns is no whole number"),
        ("image.sop_instance_uid", 12, "image.sop_instance_uid is not a text"),
        ("spacing_mm.row", 0, "row spacing is 0 mm"),
        ("spacing_mm.row", 1e308, "row spacing is 1e+308 mm"),
        ("spacing_mm.row", math.nan, "not finite"),
        ("spacing_mm.source", "guessed", "source of its spacing is not known"),
        ("peak_pixels", {"x": 1}, "peak_pixels.y is missing"),
        ("peak_pixels.x", "1", "peak_pixels.x is no number"),
        ("peak_pixels.x", -1e308, "outside of any radiograph"),
        ("boxes_pixels", [1], "boxes_pixels is not a list of objects"),
        ("boxes_pixels", [{"x": 1, "y": 1, "width": 1, "height": True}], "height is no number"),
        ("boxes_pixels", [{"x": 1, "y": 1, "width": 1, "height": 1, "strength": math.inf}], "not finite"),
        ("model.demonstration", 1, "model.demonstration is not true or false"),
        ("recipe.steps", 10**16, "too large"),
        ("recipe.steps", 0, "window that holds a step"),
        ("recipe.colour", 1, "unknown name 'colour'"),
        ("recipe.smoothing_sigma", -math.inf, "not finite"),
        ("recipe", None, "recipe is not an object"),
        ("seconds.attention", "soon", "seconds.attention is no number"),
        ("warnings", {"a": 1}, "warnings is not a list of texts"),
        ("device", 1e999, "not finite"),
        ("kept", 1, "kept is not an object"),
        ("kept.token_ids", [0, 1.5, 2, 1], "kept.token_ids is not a list of whole numbers"),
        ("kept.orientation.row", "X", "is not one of two different directions"),
        ("kept.orientation.known", None, "kept.orientation.known is not true or false"),
        ("kept.frame.size", 2**14, "larger than a document may hold"),
        ("kept.frame.size", 63, "shape 64 x 64, but expected is 63 x 63"),
        ("kept.token_maps", [], "kept.token_maps is not an object"),
        ("kept.token_maps.shape", [1, 64, 64], "shape 1 x 64 x 64, but expected is"),
        ("kept.arrays", {}, "kept.arrays.frame_image is missing"),
        ("evidence.explained", "much", "evidence.explained is no number"),
        ("evidence.mirrored.margin", None, "evidence.mirrored.margin is no number"),
        ("evidence.rivals", {}, "evidence.rivals is not a list"),
        ("kept.soft_frame.data", "AAAA", "damaged"),
        ("kept.heatmap_frame", None, "kept.heatmap_frame is not an object"),
        ("kept.heatmap_frame.dtype", "object", "not float32"),
        ("kept.heatmap_frame.encoding", "pickle", "not float32 in zlib"),
        ("kept.heatmap_frame.data", "", "another size"),
        ("kept.heatmap_frame.data", "é" * 8, "damaged"),
        ("kept.heatmap_frame.data", "AAAA", "damaged"),
        ("kept.heatmap_frame.data", BOMB, "another size"),
        ("kept.heatmap_frame", array_entry(np.full((64, 64), np.nan, np.float32)), "not finite"),
        ("kept.heatmap_frame", array_entry(np.full((64, 64), 1.5, np.float32)), "outside of 0 to 1"),
        ("kept.token_maps", array_entry(np.full((7, 64, 64), -1, np.float32)), "but expected is"),
    ],
)
def test_a_document_that_was_tampered_with_is_refused_in_a_sentence(written, path: str, value: Any, said: str) -> None:
    with pytest.raises(OutputError, match="is no result that can be opened") as refused:
        Grounding.from_document(changed(written, path, value), "01.json")
    assert said in str(refused.value)
    assert str(refused.value).startswith("01.json ")
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    "name", ["phrase", "image", "boxes_pixels", "spacing_mm", "recipe", "model", "kept", "seconds"]
)
def test_a_missing_entry_is_named(written, name: str) -> None:
    rest = {key: value for key, value in written.items() if key != name}
    with pytest.raises(OutputError, match=f"{name} is missing"):
        Grounding.from_document(rest)


def test_a_result_from_before_there_was_a_schema_is_refused_with_the_reason(written) -> None:
    earlier = {key: value for key, value in written.items() if key not in ("schema", "schema_version", "kept")}
    with pytest.raises(OutputError, match=r"before there was one hold no heatmap.*ground the phrase again"):
        Grounding.from_document(earlier)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_document_it_is_opened_or_refused(written, data) -> None:
    """Entries at any depth are replaced by any other JSON; nothing but the sentence comes of it."""
    document = copy.deepcopy(written)
    for _ in range(data.draw(st.integers(1, 3))):
        inner: Any = document
        while True:
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            key = data.draw(st.sampled_from(keys))
            if not (isinstance(inner[key], dict | list) and inner[key]) or data.draw(st.booleans()):
                break
            inner = inner[key]
        inner[key] = data.draw(JSON)
    try:
        back = Grounding.from_document(document)
    except OutputError:
        return
    assert back.heatmap.shape == back.frame.shape
    assert Grounding.from_document(back.to_document()) == back


@given(document=JSON)
def test_any_other_json_is_refused(document: Any) -> None:
    with pytest.raises(OutputError, match="no result"):
        Grounding.from_document(document)


@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_refused(written, tmp_path: Path, part: float) -> None:
    text = json.dumps(written)
    (tmp_path / "a.json").write_text(text[: int(part * len(text))])
    with pytest.raises(OutputError, match=r"a\.json cannot be read"):
        Grounding.load(tmp_path / "a.json")


def test_files_that_are_no_documents_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="neither a result's JSON file nor a folder that holds one"):
        Grounding.load(tmp_path / "nowhere.json")
    with pytest.raises(OutputError, match="neither a result's JSON file"):
        Grounding.load(tmp_path)
    with pytest.raises(OutputError, match="neither a result's JSON file"):
        Grounding.load("null\0character")
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(OutputError, match="neither a result's JSON file"):
        Grounding.load(tmp_path / "pipe.json")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for name in ("deep", "bytes"):
        with pytest.raises(OutputError, match=f"{name}.json cannot be read"):
            Grounding.load(tmp_path / f"{name}.json")
    monkeypatch.setattr(grounding_document, "LARGEST_FILE_BYTES", 10)
    with pytest.raises(OutputError, match="far larger than a result"):
        Grounding.load(tmp_path / "deep.json")


def test_maps_too_large_to_be_opened_again_are_not_written(ground) -> None:
    answer = ground(token_maps=True)
    large = dataclasses.replace(answer, frame=dataclasses.replace(answer.frame, size=3000))
    with pytest.raises(OutputError, match=r"cannot be written .*Ground again without token maps"):
        large.to_document()
