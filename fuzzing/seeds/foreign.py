"""Files of other kinds, which people choose by mistake."""

from __future__ import annotations

import io
import zipfile

from PIL import Image

from fuzzing.layouts import JPEG_2000, LINES, PLAIN, boxed
from fuzzing.seeds.pictures import saved
from fuzzing.seeds.seed import Seed, picture


def foreign_seeds() -> list[Seed]:
    """None of them is read."""
    grey = Image.fromarray(picture(8, "u1"))
    pictures = [Seed(f"a.{kind}", saved(grey, kind)) for kind in ("BMP", "GIF", "WEBP", "PPM", "ICO", "SGI", "TGA")]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(zipfile.ZipInfo("a.dcm"), picture().tobytes())
    return [
        *pictures,
        Seed("a.jp2", saved(grey, "JPEG2000", no_jp2=False), (boxed(JPEG_2000), PLAIN)),
        Seed("a.zip", archive.getvalue()),
        Seed("a.pdf", b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n", (LINES, PLAIN)),
        Seed("a.txt", b"NDims of a text\nNDims = 2\n" + b"word " * 40, (LINES, PLAIN)),
        Seed("a.hdr", b"\0\0\1\\" + bytes(344)),
    ]
