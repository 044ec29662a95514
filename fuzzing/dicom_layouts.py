"""What DICOM files are made of: elements, and in compressed pixel data a stream (PS3.5 7, A.4)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from pydicom.datadict import tag_for_keyword
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from fuzzing.layouts import Layout
from fuzzing.mutations import EXTREMES, NASTY, change_bytes

META_HEADER = 132
"""Where it begins."""

_DELIMITERS = (b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0")
"""Tags of an item, of its end, and of a sequence's end: each with a length and without a kind (PS3.5 7.5)."""

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0\0\0\0\0"
_UNDEFINED = 2**32 - 1
_VRS = b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
_KEYWORDS = (
    "Rows Columns BitsAllocated BitsStored HighBit SamplesPerPixel PixelRepresentation PlanarConfiguration "
    "PhotometricInterpretation NumberOfFrames PixelData FloatPixelData PixelPaddingValue PixelPaddingRangeLimit "
    "RescaleSlope RescaleIntercept ModalityLUTSequence VOILUTSequence LUTDescriptor LUTData WindowCenter "
    "WindowWidth PixelSpacing PatientOrientation SpecificCharacterSet ExtendedOffsetTable ExtendedOffsetTableLengths "
    "TransferSyntaxUID RedPaletteColorLookupTableData RedPaletteColorLookupTableDescriptor "
    "SegmentSequence SegmentNumber SegmentationType MaximumFractionalValue ReferencedSegmentNumber "
    "PerFrameFunctionalGroupsSequence ContentSequence ValueType GraphicType GraphicData ConceptNameCodeSequence"
)
_TAGS = [tag_for_keyword(keyword) or 0 for keyword in _KEYWORDS.split()]


@dataclass(frozen=True)
class Coding:
    """How the elements of a data set are written.

    Args:
        order: "<" or ">", of the bytes of a number.
        implicit: whether elements do not say what kind of value they hold.
    """

    order: str = "<"
    implicit: bool = False

    def head(self, content: bytes, position: int) -> tuple[bytes, int, int]:
        """VR, length of the value, and where it begins."""
        vr = b"" if self.implicit else content[position + 4 : position + 6]
        if self.implicit or vr.decode("latin-1") in EXPLICIT_VR_LENGTH_32:
            start = position + (8 if self.implicit else 12)
            return vr, struct.unpack_from(f"{self.order}L", content, start - 4)[0], start
        return vr, struct.unpack_from(f"{self.order}H", content, position + 6)[0], position + 8

    def element(self, tag: bytes, vr: bytes, length: int, value: bytes) -> bytes:
        """An element that says it is so long."""
        if self.implicit:
            return tag + struct.pack(f"{self.order}L", length % 2**32) + value
        if vr.decode("latin-1") in EXPLICIT_VR_LENGTH_32:
            return tag + vr + b"\0\0" + struct.pack(f"{self.order}L", length % 2**32) + value
        return tag + vr + struct.pack(f"{self.order}H", length % 2**16) + value

    def split(self, content: bytes) -> list[bytes]:
        """Each element; one of undefined length takes the rest."""
        parts, position = [], 0
        while position < len(content):
            _, length, start = self.head(content, position)
            end = len(content) if length == _UNDEFINED else start + length
            parts.append(content[position:end])
            position = end
        return parts

    def change(self, part: bytes, chance: Random) -> bytes:
        """An element with another tag, kind, length or value, or one deep inside of sequences."""
        if len(part) < 12 or part[:4] in (b"\0\0\0\0", b"DICM"):
            return change_bytes(part, chance)
        vr, length, start = self.head(part, 0)
        tag, value = part[:4], part[start:]
        kind = chance.randrange(10)
        if kind == 0:
            tag = struct.pack(f"{self.order}2H", *divmod(chance.choice(_TAGS), 2**16))
        elif kind == 1:
            vr = chance.choice((*_VRS, b"\0\0", b"  ", b"??"))
        elif kind == 2:
            length = chance.choice((chance.choice(EXTREMES), length + chance.choice((-2, -1, 1, 2, 8)), _UNDEFINED))
        elif kind <= 4:
            value = b"\\".join([chance.choice(NASTY)] * chance.choice((1, 1, 1, 2, 6)))
            length = len(value)
        elif kind == 5 and chance.random() < 0.3:
            return self._nested(part, chance)
        else:
            changed = change_bytes(value, chance)
            length, value = (length if chance.random() < 0.2 else length + len(changed) - len(value)), changed
        return self.element(tag, vr, length, value)

    def _nested(self, part: bytes, chance: Random) -> bytes:
        for _ in range(chance.choice((1, 5, 400))):
            item = struct.pack(f"{self.order}2HL", 0xFFFE, 0xE000, len(part)) + part
            tag = struct.pack(f"{self.order}2H", *divmod(chance.choice(_TAGS), 2**16))
            part = self.element(tag, b"SQ", len(item), item)
        return part


_META = Coding()


def elements(coding: Coding, data_set: int, *, deflated: bool = False) -> Layout:
    """Of a DICOM file whose data set begins there: preamble, meta header and data set, element by element.

    Args:
        coding: of the data set.
        data_set: where it begins; 0 for a file without meta header.
        deflated: whether it is.
    """
    begin = min(META_HEADER, data_set)

    def split(content: bytes) -> list[bytes]:
        rest = content[data_set:]
        inflated = zlib.decompress(rest, -zlib.MAX_WBITS) if deflated else rest
        meta = _META.split(content[begin:data_set])
        return [content[:begin], *meta, *coding.split(inflated)]

    def join(parts: list[bytes]) -> bytes:
        if not deflated:
            return b"".join(parts)
        is_meta = [number < 1 or part[:2] == b"\x02\x00" for number, part in enumerate(parts)]
        packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
        rest = b"".join(part for part, meta in zip(parts, is_meta, strict=True) if not meta)
        head = b"".join(part for part, meta in zip(parts, is_meta, strict=True) if meta)
        return head + packer.compress(rest) + packer.flush()

    def change(part: bytes, chance: Random) -> bytes:
        return (_META if part[:2] == b"\x02\x00" else coding).change(part, chance)

    return Layout(split, join, change)


def deep_elements(data_set: int) -> Layout:
    """Of an explicit file whose sequences and items have no lengths: each element, however deep, and what ends each.

    Args:
        data_set: where it begins.
    """
    coding = Coding()

    def split(content: bytes) -> list[bytes]:
        parts, position = [content[:META_HEADER], *_META.split(content[META_HEADER:data_set])], data_set
        while position < len(content):
            if content[position : position + 4] in _DELIMITERS:
                end = position + 8
            else:
                _, length, start = coding.head(content, position)
                end = start if length == _UNDEFINED else start + length
            parts.append(content[position:end])
            position = end
        return parts

    def change(part: bytes, chance: Random) -> bytes:
        return change_bytes(part, chance) if part[:4] in _DELIMITERS else coding.change(part, chance)

    return Layout(split, b"".join, change)


def encapsulated(inner: Layout) -> Layout:
    """Of a DICOM file whose last item is a compressed image: the stream's parts, with the item's length made right."""

    def split(content: bytes) -> list[bytes]:
        at = content.rindex(_ITEM, 0, len(content) - len(_END))
        return [content[:at], *inner.split(content[at + 8 : -len(_END)])]

    def join(parts: list[bytes]) -> bytes:
        stream = inner.join(parts[1:])
        stream += b"\0" * (len(stream) % 2)
        return b"".join(parts[:1]) + _ITEM + struct.pack("<L", len(stream)) + stream + _END

    return Layout(split, join, inner.change)


def fragmented(cut: Callable[[bytes], list[bytes]]) -> Layout:
    """Of a compressed image in several items: what is before them, and each item."""
    return Layout(cut, b"".join, change_bytes)
