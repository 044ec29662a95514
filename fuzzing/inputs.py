"""Which damaged file has which number: the same for ever, so that each can be made again alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from fuzzing import readers
from fuzzing.mutations import LARGEST_BYTES, change_bytes, change_parts, splice
from fuzzing.readers import Reader
from fuzzing.seeds import dicom, foreign, large, objects, pictures, texts, volumes
from fuzzing.seeds.seed import Seed

_COUNTS = (1, 1, 1, 1, 2, 2, 4, 8)
"""How much is damaged at once."""


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Args:
        name: of it.
        make_seeds: whole files.
        reader: what reads them.
    """

    name: str
    make_seeds: Callable[[], list[Seed]]
    reader: Reader

    @property
    def seeds(self) -> tuple[Seed, ...]:
        """Whole files, made once."""
        return _made(self.make_seeds)


@dataclass(frozen=True)
class Input:
    """A damaged file.

    Args:
        format: of the file that was damaged.
        name: of the file.
        content: of the file.
        beside: content of the files beside it, by name.
    """

    format: Format
    name: str
    content: bytes
    beside: Mapping[str, bytes]


FORMATS = (
    Format("DICOM, native", dicom.native_seeds, readers.read_radiograph),
    Format("DICOM, implicit or big endian", dicom.other_coding_seeds, readers.read_radiograph),
    Format("DICOM, deflated", dicom.deflated_seeds, readers.read_radiograph),
    Format("DICOM, RLE", dicom.rle_seeds, readers.read_radiograph),
    Format("DICOM, JPEG", dicom.jpeg_seeds, readers.read_radiograph),
    Format("DICOM, JPEG lossless", dicom.lossless_jpeg_seeds, readers.read_radiograph),
    Format("DICOM, JPEG-LS", dicom.jpeg_ls_seeds, readers.read_radiograph),
    Format("DICOM, JPEG 2000", dicom.jpeg_2000_seeds, readers.read_radiograph),
    Format("DICOM, JP2", dicom.jp2_seeds, readers.read_radiograph),
    Format("DICOM, HTJ2K", dicom.htj2k_seeds, readers.read_radiograph),
    Format("DICOM, fragments", dicom.fragment_seeds, readers.read_radiograph),
    Format("NIfTI", volumes.nifti_seeds, readers.read_radiograph),
    Format("NIfTI, gzip", volumes.zipped_nifti_seeds, readers.read_radiograph),
    Format("NRRD", volumes.nrrd_seeds, readers.read_radiograph),
    Format("NRRD, detached", volumes.detached_nrrd_seeds, readers.read_radiograph),
    Format("MetaImage", volumes.meta_seeds, readers.read_radiograph),
    Format("MetaImage, detached", volumes.detached_meta_seeds, readers.read_radiograph),
    Format("PNG", pictures.png_seeds, readers.read_radiograph),
    Format("PNG, 16 bits", pictures.deep_png_seeds, readers.read_radiograph),
    Format("JPEG", pictures.jpeg_seeds, readers.read_radiograph),
    Format("TIFF", pictures.tiff_seeds, readers.read_radiograph),
    Format("TIFF, beyond 8 bits", pictures.deep_tiff_seeds, readers.read_radiograph),
    Format(".npy", pictures.npy_seeds, readers.read_radiograph),
    Format("JP2 and other kinds", foreign.foreign_seeds, readers.read_radiograph),
    Format("report", texts.report_seeds, readers.read_report),
    Format("report, RTF to HL7", texts.marked_up_report_seeds, readers.read_report),
    Format("MS-CXR", texts.ms_cxr_seeds, readers.read_ms_cxr_table),
    Format("VinDr-CXR", texts.vindr_seeds, readers.read_vindr_table),
    Format("phrases and boxes", texts.phrase_csv_seeds, readers.read_phrase_table),
    Format("saved answer", texts.document_seeds, readers.read_answer),
    Format("recipe", texts.recipe_seeds, readers.read_recipe),
    Format("DICOM object, segmentation", objects.segmentation_seeds, readers.read_object),
    Format("DICOM object, report", objects.report_seeds, readers.read_object),
)
LARGE = Format("large pictures", large.large_seeds, readers.read_radiograph)
"""In place of what else had its turn, once in `LARGE_EVERY` files: each takes as long as hundreds of small ones."""

LARGE_EVERY = 4000


def format_of(index: int) -> Format:
    """The kind of file of that number; they take turns."""
    return LARGE if index % LARGE_EVERY == LARGE_EVERY - 1 else FORMATS[index % len(FORMATS)]


def make_input(seed: int, index: int) -> Input:
    """The damaged file of that number.

    Args:
        seed: of the run.
        index: from 0.
    """
    chance = Random(f"{seed}/{index}")
    kind = format_of(index)
    whole = chance.choice(kind.seeds)
    content, beside = _damaged(whole, kind, chance), dict(whole.beside)
    if beside and chance.random() < 0.2:
        name = chance.choice(sorted(beside))
        beside[name] = change_bytes(beside[name], chance)
    return Input(kind, whole.name, content[:LARGEST_BYTES], beside)


def _damaged(whole: Seed, kind: Format, chance: Random) -> bytes:
    if chance.random() < 0.04:
        other = chance.choice(kind.seeds if chance.random() < 0.5 else chance.choice(FORMATS).seeds)
        return splice(whole.content, other.content, chance)
    layout = chance.choice(whole.layouts)
    parts = layout.split(whole.content)
    for _ in range(chance.choice(_COUNTS)):
        if len(parts) > 1 and chance.random() < 0.15:
            parts = change_parts(parts, layout.split(whole.content), chance)
        elif parts:
            place = chance.randrange(len(parts))
            parts[place] = layout.change(parts[place], chance)
    content = layout.join(parts)
    return change_bytes(content, chance) if chance.random() < 0.1 else content


@cache
def _made(make_seeds: Callable[[], list[Seed]]) -> tuple[Seed, ...]:
    return tuple(make_seeds())
