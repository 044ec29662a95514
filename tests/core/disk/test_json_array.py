"""Arrays inside of JSON documents: exact, small where most values are equal, and never larger than expected."""

from __future__ import annotations

import base64
import json
import tracemalloc
import zlib

import numpy as np
import pytest

from cxr_grounding.disk.json_array import array_entry, read_array
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError

VALUES = np.random.default_rng(1).normal(size=(3, 4, 5)).astype(np.float32)


def back(entry: object, shape: tuple[int, ...]) -> np.ndarray:
    return read_array(JsonFields(json.loads(json.dumps(entry))), shape)


@pytest.mark.parametrize("array", [VALUES, VALUES.T, VALUES[:, ::2], VALUES[:0], np.float32([[-0.0, 1e-45, 3e38]])])
def test_an_array_comes_back_to_the_last_bit(array: np.ndarray) -> None:
    result = back(array_entry(array), array.shape)
    assert result.dtype == np.float32
    assert result.tobytes() == array.tobytes()
    assert result.flags.writeable


def test_the_entry_says_how_its_data_are_read() -> None:
    entry = array_entry(np.float32([[1, 2]]))
    assert {name: value for name, value in entry.items() if name != "data"} == {
        "shape": [1, 2],
        "dtype": "float32",
        "encoding": "zlib+base64",
    }
    assert zlib.decompress(base64.b64decode(entry["data"])) == b"\x00\x00\x80?\x00\x00\x00@"


def test_a_map_of_zeros_takes_a_few_bytes() -> None:
    assert len(array_entry(np.zeros((128, 128), np.float32))["data"]) < 150


def data(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": [4, 1]}, "shape 4 x 1, but expected is 2 x 2"),
        ({"shape": [2, -2]}, "shape 2 x -2"),
        ({"shape": [1] * 100}, "shape 1 x 1 x 1 x 1, but"),
        ({"dtype": "float64"}, "not float32"),
        ({"encoding": "gzip"}, "not float32 in zlib"),
        ({"data": data(bytes(12))}, "another size"),
        ({"data": data(bytes(20))}, "another size"),
        ({"data": base64.b64encode(zlib.compress(bytes(16)) + b"more").decode()}, "another size"),
        ({"data": base64.b64encode(zlib.compress(bytes(16))[:-3]).decode()}, "another size"),
        ({"data": data(bytes(16))[:-1]}, "damaged"),
        ({"data": "?" * 20}, "damaged"),
        ({"data": data(np.float32([1, np.inf, 0, 0]).tobytes())}, "not finite"),
        ({"data": 7}, "data is not a text"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused(changes: dict, said: str) -> None:
    with pytest.raises(JsonError, match=said):
        back(array_entry(np.ones((2, 2), np.float32)) | changes, (2, 2))


def test_data_that_would_inflate_to_much_more_take_no_memory() -> None:
    entry = JsonFields(array_entry(np.ones((64, 64), np.float32)) | {"data": data(bytes(2**27))})
    tracemalloc.start()
    try:
        with pytest.raises(JsonError, match="another size"):
            read_array(entry, (64, 64))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
