"""What the headers of NRRD and MetaImage files may say before ITK reads them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.read_image import read_image

PIXELS = bytes(range(256)) * 16
"""64 x 64, one byte each."""

NRRD = {"type": "uint8", "dimension": "2", "sizes": "64 64", "encoding": "raw"}
META = {
    "ObjectType": "Image",
    "NDims": "2",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "ElementSpacing": "1 1",
    "DimSize": "64 64",
    "ElementType": "MET_UCHAR",
    "ElementDataFile": "LOCAL",
}


def nrrd(path: Path, magic: str = "NRRD0004", more: str = "", **fields: str) -> Path:
    header = "".join(f"{name.replace('_', ' ')}: {value}\n" for name, value in (NRRD | fields).items() if value)
    path.write_bytes(f"{magic}\n{header}{more}\n".encode() + PIXELS)
    return path


def meta(path: Path, **fields: str) -> Path:
    entries = {name: value for name, value in (META | fields).items() if value}
    entries["ElementDataFile"] = entries.pop("ElementDataFile", "")  # which must be the last
    path.write_bytes("".join(f"{name} = {value}\n" for name, value in entries.items()).encode() + PIXELS)
    return path


def test_what_stands_in_good_headers_is_let_through(tmp_path: Path) -> None:
    known = "# a comment\nnote:=anything: at all\nspace dimension: 2\nkinds: domain domain\n"
    for path in (nrrd(tmp_path / "chest.nrrd", more=known), meta(tmp_path / "chest.mha", ITK_InputFilterName="X")):
        np.testing.assert_array_equal(read_image(path).pixels.ravel(), np.frombuffer(PIXELS, np.uint8))


@pytest.mark.parametrize("ending", ["nrrd", "nhdr", "mha", "mhd"])
@pytest.mark.parametrize("compressed", [True, False])
def test_what_itk_writes_is_let_through(tmp_path: Path, ending: str, compressed: bool) -> None:
    image = SimpleITK.GetImageFromArray(np.arange(70 * 80, dtype=np.int16).reshape(1, 70, 80) - 9)
    image.SetMetaData("0008|0060", "CR")
    SimpleITK.WriteImage(image, str(tmp_path / f"chest.{ending}"), useCompression=compressed)
    np.testing.assert_array_equal(read_image(tmp_path / f"chest.{ending}").pixels.ravel(), np.arange(70 * 80) - 9)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"type": "A" * 900}, "its type is 'AAA"),
        ({"type": "A" * 4000}, "far longer"),
        ({"type": "block"}, "its type is 'block'"),
        ({"dimension": "17"}, "its dimension is 17"),
        ({"dimension": ""}, "its dimension is not 1 whole number"),
        ({"sizes": "64"}, "its sizes is not 2 whole numbers"),
        ({"sizes": "-64 64"}, "its sizes is not 2 whole numbers"),
        ({"sizes": "0 64"}, "without pixels"),
        ({"sizes": "30000 30000"}, "takes 858 MB of memory to decode"),
        ({"encoding": "ascii"}, "encoding 'ascii'. Save it with raw or gzip"),
        ({"encoding": "bzip2"}, "encoding 'bzip2'"),
        ({"byte_skip": "x"}, "its byte skip is no number"),
        ({"frobnicate": "1"}, "the unknown field 'frobnicate'"),
        ({"Type": "int16"}, "has type twice"),
        ({"content": "\x1b[31m"}, "control characters"),
    ],
)
def test_an_nrrd_header_that_no_program_writes_is_refused(tmp_path: Path, fields: dict[str, str], said: str) -> None:
    with pytest.raises(RadiographError, match=said):
        read_image(nrrd(tmp_path / "chest.nrrd", **fields))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"NDims": "65"}, "its NDims is 65"),
        ({"DimSize": "64 64 64"}, "its DimSize is not 2 numbers"),
        ({"DimSize": "30000 30000"}, "takes 858 MB of memory to decode"),
        ({"ElementType": "MET_STRING"}, "its ElementType is 'MET_STRING'"),
        ({"ElementNumberOfChannels": "99"}, "its ElementNumberOfChannels is 99"),
        ({"ElementSpacing": "1"}, "its ElementSpacing is not 2 numbers"),
        ({"TransformMatrix": "1 0 0 1 1"}, "its TransformMatrix is not 4 numbers"),
        ({"BinaryData": "False"}, "has its pixels as text"),
        ({"BinaryData": ""}, "has its pixels as text"),
        ({"Frobnicate": "1"}, "the unknown field 'Frobnicate'"),
        ({"Comment": "A" * 4000}, "far longer"),
    ],
)
def test_a_metaimage_header_that_no_program_writes_is_refused(
    tmp_path: Path, fields: dict[str, str], said: str
) -> None:
    with pytest.raises(RadiographError, match=said):
        read_image(meta(tmp_path / "chest.mha", **fields))


@pytest.mark.parametrize(
    "name",
    ["/dev/zero", "/etc/passwd", "../up.raw", "..", "x%n%n 1 9 1", "%d", "LIST", "LIST 2", "-", "C:x.raw", "s\\x"],
)
def test_pixels_elsewhere_than_in_one_file_beside_the_header_are_refused(tmp_path: Path, name: str) -> None:
    for path in (nrrd(tmp_path / "chest.nhdr", data_file=name), meta(tmp_path / "chest.mhd", ElementDataFile=name)):
        with pytest.raises(RadiographError, match="elsewhere than in one file beside it"):
            read_image(path)


@pytest.mark.parametrize("kind", ["fifo", "link", "folder", "nothing"])
def test_a_data_file_that_is_no_plain_file_is_refused_and_not_opened(tmp_path: Path, kind: str) -> None:
    if kind == "fifo":
        os.mkfifo(tmp_path / "pixels.raw")
    elif kind == "link":
        (tmp_path / "pixels.raw").symlink_to("/etc/passwd")
    elif kind == "folder":
        (tmp_path / "pixels.raw").mkdir()
    headers = (
        nrrd(tmp_path / "chest.nhdr", data_file="pixels.raw"),
        meta(tmp_path / "chest.mhd", ElementDataFile="pixels.raw"),
    )
    for path in headers:
        with pytest.raises(RadiographError, match="no file of a radiograph beside it"):
            read_image(path)
