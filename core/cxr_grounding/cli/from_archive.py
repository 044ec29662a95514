"""`cxr-ground ground dicomweb:... --send`: a radiograph out of an archive, and answers back to its study."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cxr_grounding.answers.bundle import DICOM_FORMATS
from cxr_grounding.answers.result import Files
from cxr_grounding.cli.console import err, progress_bar
from cxr_grounding.cli.ground_options import Return
from cxr_grounding.cli.pacs_send import send_asked
from cxr_grounding.sources.address import is_address, read_address
from cxr_grounding.sources.choice import choose_radiograph
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.servers import find_server
from cxr_grounding.sources.transfers import Sent, fetch_all, parcels_of


@dataclass(frozen=True)
class Found:
    """A radiograph while it is grounded.

    Args:
        file: where it lies.
        source: what the user calls it.
        archive: that it came from; None for a file of the user's own.
    """

    file: Path
    source: str
    archive: Archive | None = None


@contextmanager
def local_file(image: Path, returned: Return) -> Iterator[Found]:
    """The file of a radiograph; one out of an archive is gone when the block ends.

    Raises:
        ArchiveError: when it cannot be had, or several may be meant.
    """
    named = image.as_posix()
    if not is_address(named):
        yield Found(image, str(image))
        return
    address = read_address(named)
    archive = Archive(find_server(returned.server))
    chosen = choose_radiograph(address, archive.list_objects(address))
    if chosen.address != address:
        err.print(f"{chosen.modality} {chosen.view}: {chosen.address}", markup=False)
    with tempfile.TemporaryDirectory(prefix="cxr-ground-") as folder:
        with progress_bar() as progress:
            [file] = fetch_all(archive, [chosen.address], Path(folder), progress).files
        yield Found(file, str(chosen.address), archive)


def send_back(archive: Archive | None, folder: Path, files: Sequence[Files], returned: Return) -> list[Sent]:
    """Send the DICOM objects of answers to the study of their radiograph, where that is asked for.

    Args:
        archive: that it came from.
        folder: with the files.
        files: of each answer, by what they hold.
        returned: what is asked for.

    Raises:
        Cancelled: when the answer was no.
        ArchiveError: as `send_all`.
    """
    if archive is None or not returned.send or not files:
        return []
    names = dict.fromkeys(str(one[kind]) for kind in DICOM_FORMATS for one in files if kind in one)
    return send_asked(archive, parcels_of(folder / name for name in names), returned.yes)
