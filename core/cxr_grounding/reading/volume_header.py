"""Whether the header of an NRRD or MetaImage file is one of a single radiograph, before ITK believes it.

ITK's parsers copy values into buffers of fixed length, take the name of the data file for a pattern, and open whatever
it names: a pipe, a device, a file of somebody else. So only known fields, short lines, one plain data file beside the
header and sizes that a radiograph has reach them.
Source: the NRRD format definition (teem.sourceforge.net/nrrd/format.html), and MetaIO's documentation of its header.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from cxr_grounding.errors import RadiographError
from cxr_grounding.reading.guard import LARGEST_FILE_BYTES, check_decoded_size, untrusted

LARGEST_HEADER_BYTES = 2**16
"""In which a header must end."""

LONGEST_LINE = 1024
"""Letters of a line; the parsers' own buffers are longer."""

MOST_AXES = 5
"""One of them for the colours of a pixel."""

_DATA_NAME = re.compile(r"(?!LIST\b|-$)[^/\\:%\x00-\x1f]{1,255}")
"""A file's plain name: no folder, no drive, no pattern, no list of files, not the standard input."""

_NRRD_START = re.compile(r"NRRD000[1-6]")
_NRRD_SIZES = {
    **dict.fromkeys(("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"), 1),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), 2),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), 2),
    **dict.fromkeys(
        ("int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t", "float"), 4
    ),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "signed long long int"), 8),
    **dict.fromkeys(("int64", "int64_t", "ulonglong", "unsigned long long", "unsigned long long int"), 8),
    **dict.fromkeys(("uint64", "uint64_t", "double"), 8),
}
"""NRRD's names of the types of numbers: bytes of one."""

_NRRD_ALIASES = {"datafile": "data file", "lineskip": "line skip", "byteskip": "byte skip"}
_NRRD_SKIP = re.compile(r"-?\d{1,9}")
_NRRD_OTHER_NAMES = (
    "content|number|space|space dimension|space units|space origin|space directions|measurement frame|sample units|"
    "sampleunits|spacings|thicknesses|axis mins|axismins|axis maxs|axismaxs|centers|centerings|labels|units|kinds|"
    "endian|min|max|old min|oldmin|old max|oldmax|block size|blocksize"
)
_NRRD_OTHER = frozenset(_NRRD_OTHER_NAMES.split("|"))
"""Fields that are let through as they are."""

_META_SIZES = {"MET_CHAR": 1, "MET_UCHAR": 1, "MET_SHORT": 2, "MET_USHORT": 2, "MET_INT": 4, "MET_UINT": 4} | {
    "MET_LONG": 8,  # or four; the most counts
    "MET_ULONG": 8,
    "MET_LONG_LONG": 8,
    "MET_ULONG_LONG": 8,
    "MET_FLOAT": 4,
    "MET_DOUBLE": 8,
}
"""MetaImage's names of the types of numbers: bytes of one."""

_META_FIELD = re.compile(r"([A-Za-z0-9_|.]{1,64})\s*=\s*(.*)")
_META_VECTORS = frozenset(
    ("Offset", "Position", "Origin", "CenterOfRotation", "ElementSpacing", "ElementSize", "DimSize", "SequenceID")
)
_META_MATRICES = frozenset(("TransformMatrix", "Rotation", "Orientation"))
_META_OTHER_NAMES = (
    "ObjectType ObjectSubType Comment Name ID ParentID Color AnatomicalOrientation BinaryData BinaryDataByteOrderMSB "
    "ElementByteOrderMSB CompressedData CompressedDataSize CompressionLevel HeaderSize Modality ElementMin ElementMax "
    "ElementNumberOfChannels ElementType ElementDataFile NDims DistanceUnits AcquisitionDate"
)
_META_OTHER = frozenset(_META_OTHER_NAMES.split())
_META_KEPT = re.compile(r"ITK_\w{1,60}|[0-9a-f]{4}\|[0-9a-f]{4}")
"""What ITK writes beside MetaImage's own fields: its notes, and DICOM elements by their tags."""


def check_nrrd(path: Path) -> Path | None:
    """Refuse an NRRD file, or a detached header, that no program writes for a radiograph.

    Returns:
        The file that a detached header's pixels are in.

    Raises:
        RadiographError: when it is one.
    """
    with untrusted(path):
        fields: dict[str, str] = {}
        lines = _lines(path)
        if not _NRRD_START.fullmatch(next(lines, "")):
            raise ValueError("it has no NRRD header")
        for line in lines:
            if not line:
                break
            name, colon, value = line.partition(":")
            if line.startswith("#") or value.startswith("="):  # a comment, or a key with a value of the writer's own
                continue
            name = _NRRD_ALIASES.get(name.lower(), name.lower())
            if not colon:
                raise ValueError("a line of its header is no field")
            _put(fields, name, value.strip())
        axes = _whole(fields, "dimension", 1, MOST_AXES)
        for name in ("line skip", "byte skip"):
            if not _NRRD_SKIP.fullmatch(fields.pop(name, "0")):
                raise ValueError(f"its {name} is no number")
        if fields.get("encoding", "").lower() not in ("raw", "gzip", "gz"):
            encoding = fields.get("encoding", "")[:20]
            raise RadiographError(f"{path} has its pixels in the encoding {encoding!r}. Save it with raw or gzip ones.")
        size = _known(fields, "type", _NRRD_SIZES)
        _check_size(path, _numbers(fields, "sizes", axes), size)
        data = _data_file(path, fields["data file"]) if "data file" in fields else None
        _check_names(fields.keys(), {"dimension", "encoding", "type", "sizes", "data file"} | _NRRD_OTHER)
        return data


def check_meta(path: Path) -> Path | None:
    """Refuse a MetaImage file, or a detached header, that no program writes for a radiograph.

    Returns:
        The file that a detached header's pixels are in.

    Raises:
        RadiographError: when it is one.
    """
    with untrusted(path):
        fields: dict[str, str] = {}
        for line in _lines(path):
            field = _META_FIELD.fullmatch(line)
            if field is None:
                raise ValueError("a line of its header is no field")
            _put(fields, field[1], field[2].strip())
            if field[1] == "ElementDataFile":
                break
        axes = _whole(fields, "NDims", 1, MOST_AXES - 1)
        for name, count in [
            *((name, axes) for name in _META_VECTORS),
            *((name, axes * axes) for name in _META_MATRICES),
        ]:
            if name in fields and len([float(part) for part in fields[name].split()]) != count:
                raise ValueError(f"its {name} is not {count} numbers")
        if fields.get("BinaryData", "").lower() not in ("true", "1"):
            raise RadiographError(f"{path} has its pixels as text. Save it with binary pixels.")
        channels = _whole(fields, "ElementNumberOfChannels", 1, 4) if "ElementNumberOfChannels" in fields else 1
        _check_size(path, _numbers(fields, "DimSize", axes), channels * _known(fields, "ElementType", _META_SIZES))
        named = fields.get("ElementDataFile", "")
        data = None if named.upper() == "LOCAL" else _data_file(path, named)
        own = {name for name in fields if not _META_KEPT.fullmatch(name)}
        _check_names(own, _META_OTHER | _META_VECTORS | _META_MATRICES)
        return data


def _lines(path: Path) -> Iterator[str]:
    """The lines of a header, until it ends; nothing of the pixels behind it is looked at."""
    with path.open("rb") as file:
        left = LARGEST_HEADER_BYTES
        while raw := file.readline(LONGEST_LINE + 2):
            left -= len(raw)
            line = raw.removesuffix(b"\n").removesuffix(b"\r").decode()
            if len(line) > LONGEST_LINE or left < 0:
                raise ValueError("its header is far longer than those of radiographs")
            if not line.replace("\t", " ").isprintable():
                raise ValueError("its header holds control characters")
            yield line.rstrip()


def _put(fields: dict[str, str], name: str, value: str) -> None:
    if name in fields:  # parsers differ in which of the two holds
        raise ValueError(f"its header has {name[:40]} twice")
    fields[name] = value


def _whole(fields: Mapping[str, str], name: str, least: int, most: int) -> int:
    (value,) = _numbers(fields, name, 1)
    if not least <= value <= most:
        raise ValueError(f"its {name} is {value}")
    return value


def _numbers(fields: Mapping[str, str], name: str, count: int) -> list[int]:
    parts = fields.get(name, "").split()
    if len(parts) != count or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise ValueError(f"its {name} is not {count} whole number{'s' if count > 1 else ''}")
    return [int(part) for part in parts]


def _known(fields: Mapping[str, str], name: str, known: Mapping[str, int]) -> int:
    if fields.get(name) not in known:
        raise ValueError(f"its {name} is {fields.get(name, '')[:40]!r}")
    return known[fields[name]]


def _check_size(path: Path, sizes: Sequence[int], value_bytes: int) -> None:
    if min(sizes) < 1:
        raise ValueError("its header declares an image without pixels")
    check_decoded_size(path, math.prod(sizes) * value_bytes)


def _data_file(path: Path, name: str) -> Path:
    data = path.with_name(name) if _DATA_NAME.fullmatch(name) and name not in (".", "..") else None
    if data is None:
        raise RadiographError(f"{path} keeps its pixels elsewhere than in one file beside it. Save it as one file.")
    if data.is_symlink() or not data.is_file() or data.stat().st_size > LARGEST_FILE_BYTES:
        raise RadiographError(
            f"{path} says that its pixels are in {name}, which is no file of a radiograph beside it. Copy both files, "
            "or save the image as one."
        )
    return data


def _check_names(names: Set[str], known: Set[str]) -> None:
    strange = sorted(names - known)
    if strange:
        raise ValueError(f"its header has the unknown field {strange[0][:40]!r}")
