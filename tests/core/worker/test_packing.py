"""What travels arrives as it was; what is not on the list neither leaves nor arrives."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from cxr_grounding import Grounder, Identifiers, Orientation, Radiograph, Spacing, SpacingSource
from cxr_grounding.evidence import Evidence, Rival
from cxr_grounding.radiograph import DisplayCurve
from cxr_grounding.signals.assertion import read_report
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.delivery import Delivery, DicomObject, Outcome
from cxr_grounding.sources.listing import ListedObject, StudyContents
from cxr_grounding.sources.query import StudyQuery
from cxr_grounding.sources.servers import Login, Server
from cxr_grounding.verdict import Verdict, VerdictKind
from cxr_grounding.worker.packing import RECORDS, pack, unpack
from cxr_grounding.worker.protocol import GarbageError


@pytest.fixture
def sent(tmp_path: Path) -> Callable[[Any], Any]:
    """A value after its journey."""

    def send(value: Any) -> Any:
        (tmp_path / "value.npz").write_bytes(pack(value))
        return unpack(tmp_path / "value.npz")

    return send


def assert_equal(found: Any, expected: Any) -> None:
    """Equal through and through, types included."""
    assert type(found) is type(expected)
    if dataclasses.is_dataclass(expected):
        for field in dataclasses.fields(expected):
            assert_equal(getattr(found, field.name), getattr(expected, field.name))
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    elif isinstance(expected, tuple | list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_equal(one, other)
    else:
        assert found == expected


def test_a_verdict_arrives_as_it_was_with_what_it_was_made_of(sent: Callable[[Any], Any]) -> None:
    for kind in VerdictKind:
        assert_equal(sent(Verdict(kind, ("Because.", "And so."), 0.25)), Verdict(kind, ("Because.", "And so."), 0.25))
    evidence = Evidence(0.4, -0.1, Rival("right effusion", 0.5, -0.1), (Rival("edema", 0.0, 0.3),), (459,), ())
    assert_equal(sent(evidence), evidence)


def test_an_archive_and_what_is_asked_of_it_arrive_as_they_were_said(sent: Callable[[Any], Any]) -> None:
    server = Server("hospital", "https://pacs.example.org/rs", Login.BASIC, "reader", authority=Path("/etc/ca.pem"))
    query, address = StudyQuery("MÜLLER^*", "2026-11-01..", "A7"), Address("1.2", "1.3", "1.4")
    listed = ListedObject(address, "1.2.3", "DX", "PA", "Chest")
    for value in (
        server,
        query,
        StudyContents((listed,), ("SEG",)),
        [DicomObject(Path("/tmp/a.dcm"), "SR", "Report", address), Delivery(Outcome.REFUSED, "it has no room left")],
    ):
        assert sent(value) == value


def test_sentences_of_a_report_arrive_as_they_were_read(sent: Callable[[Any], Any]) -> None:
    sentences = read_report("INDICATION: pneumonia.\nFINDINGS: Left lower opacity, no right effusion. Normal heart.")
    assert_equal(sent(sentences), sentences)


def test_a_radiograph_arrives_as_it_was(sent: Callable[[Any], Any], radiograph: Radiograph) -> None:
    full = Radiograph(
        radiograph.pixels,
        spacing=Spacing(0.1, 0.3, SpacingSource.IMAGER_PIXEL_SPACING),
        orientation=Orientation("F", "R", known=True),
        affine=np.arange(16.0).reshape(4, 4) / 7,
        view="PA",
        body_part="CHEST",
        identifiers=Identifiers(PatientID="Ä\udc80\0"),
        source=Path("/films/one.dcm"),
        warnings=("This is doubtful.", "So is that."),
        display=DisplayCurve(np.array([0.0, 1.5]), np.array([0.0, 1.0])),
    )
    assert_equal(sent(full), full)
    assert_equal(sent(radiograph), radiograph)


def test_a_grounding_arrives_as_it_was(sent: Callable[[Any], Any], grounder: Grounder, radiograph: Radiograph) -> None:
    grounder.set_radiograph(radiograph)
    found = grounder.ground(["small left effusion", "lung"], token_maps=True, keep_arrays=True)
    assert_equal(sent(found), found)
    assert np.isnan(found[0].heatmap).any()


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1.5, 1e-300, float("inf"), "", "Ü", [], (1, [2, (3,)]), {"a": (1,)}, Path("a/b")],
    ids=repr,
)
def test_plain_values_arrive_as_they_were(sent: Callable[[Any], Any], value: object) -> None:
    assert_equal(sent(value), value)


def test_mappings_and_numpy_numbers_arrive_as_plain_ones(sent: Callable[[Any], Any]) -> None:
    assert_equal(sent(MappingProxyType({"a": np.float32(0.5)})), {"a": 0.5})
    assert_equal(sent(np.int64(3)), 3)


@pytest.mark.parametrize(
    "value",
    [object(), {1: 2}, {"set"}, b"bytes", np.array([None]), np.array(["text"]), PurePosixPath("a"), GarbageError],
)
def test_what_is_not_on_the_list_does_not_leave(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be sent to the worker"):
        pack([value])


def written(path: Path, document: bytes, **arrays: np.ndarray) -> Path:
    np.savez(path, document=np.frombuffer(document, np.uint8), **arrays)
    return path


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"{}",
        b'{"array": "missing"}',
        b'{"record": "Path", "fields": {}}',
        b'{"record": "Box", "fields": {"x": 1}}',
        b'{"record": "Spacing", "fields": {"row_mm": 0, "column_mm": 1, "source": null}}',
        b'{"enum": "SpacingSource", "value": "none"}',
        b'{"tuple": 3}',
        b'{"call": "exit"}',
        b"[" * 100_000,
    ],
    ids=lambda document: document[:40].decode(),
)
def test_what_pack_did_not_write_does_not_arrive(tmp_path: Path, document: bytes) -> None:
    with pytest.raises(GarbageError, match=r"value\.npz cannot be read"):
        unpack(written(tmp_path / "value.npz", document))


def test_a_pickle_does_not_arrive(tmp_path: Path) -> None:
    path = tmp_path / "value.npz"
    np.savez(path, document=np.array([object]), allow_pickle=True)
    with pytest.raises(GarbageError, match="allow_pickle=False"):
        unpack(path)
    path.write_bytes(pickle.dumps(3))
    with pytest.raises(GarbageError):
        unpack(path)


def test_a_file_that_is_missing_or_damaged_anywhere_is_garbage_or_whole(tmp_path: Path) -> None:
    path, value = tmp_path / "value.npz", (np.arange(50), "text", 1.5)
    with pytest.raises(GarbageError):
        unpack(path)
    good = pack(value)
    for place in range(0, len(good), 3):
        for damaged in (good[:place], good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :]):
            path.write_bytes(damaged)
            try:
                found = unpack(path)
            except GarbageError:
                continue
            assert_equal(found, value)  # where the damaged byte says nothing


def test_every_class_on_the_list_is_rebuilt_through_its_constructor() -> None:
    for kind in RECORDS.values():
        assert dataclasses.is_dataclass(kind) or issubclass(kind, tuple)
        assert "__reduce__" not in vars(kind)
