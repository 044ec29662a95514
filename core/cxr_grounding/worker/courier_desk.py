"""The desk of the courier: archives are asked here, and DICOM objects are made and sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_grounding.errors import CXRGroundingError, OutputError
from cxr_grounding.progress import Progress
from cxr_grounding.worker.desk import cannot_load
from cxr_grounding.worker.protocol import BRING, EXPORT, FIND, LIST, SEND, GarbageError

if TYPE_CHECKING:
    from cxr_grounding.sources.delivery import Delivery, DicomObject
    from cxr_grounding.sources.dicomweb import Archive
    from cxr_grounding.sources.listing import StudyContents
    from cxr_grounding.sources.servers import Server


class CourierDesk:
    """Asks one archive after the other; the connection to the last one stays open."""

    def __init__(self) -> None:
        self._archive: Archive | None = None

    def open(self) -> None:
        """Nothing is loaded before it is needed: who exports needs no network."""

    def do(self, work: str, wanted: Any, progress: Progress) -> Any:
        """Studies, a study's contents, a file, objects, or what became of one."""
        if work == EXPORT:
            findings, image, folder, formats = wanted
            return _export(findings, image, folder, formats, progress)
        if work not in (FIND, LIST, BRING, SEND):
            raise GarbageError(f"{work} of a child that carries")
        server, *rest = wanted
        try:
            return self._ask(work, self._archive_of(server), rest, progress)
        except CXRGroundingError:
            self._archive = None  # the next one is known by a login of its own: it may have been mended
            raise

    def out_of_memory(self, work: str) -> CXRGroundingError:
        """For an object that is too large."""
        return OutputError("The memory of this machine does not suffice for it. Close other programs.")

    def _archive_of(self, server: Server) -> Archive:
        try:
            from cxr_grounding.sources.dicomweb import Archive

            if self._archive is None or self._archive.server != server:
                self._archive = Archive(server)
        except (ImportError, OSError) as error:
            raise cannot_load(error, "asking an archive", "dicomweb-client") from error
        return self._archive

    def _ask(self, work: str, archive: Archive, wanted: list[Any], progress: Progress) -> Any:
        from cxr_grounding.sources.query import find_studies
        from cxr_grounding.sources.transfers import fetch_one

        if work == FIND:
            (query,) = wanted
            return find_studies(archive, query)
        if work == LIST:
            (address,) = wanted
            return _contents(archive, address)
        if work == BRING:
            address, folder = wanted
            return fetch_one(archive, address, folder, progress)[0]
        (file,) = wanted
        return _send(archive, file)


def _contents(archive: Archive, address: Any) -> StudyContents:
    from cxr_grounding.sources.choice import radiographs_of
    from cxr_grounding.sources.listing import StudyContents

    listed = archive.list_objects(address)
    radiographs = radiographs_of(listed)
    return StudyContents(tuple(radiographs), tuple(one.modality for one in listed if one not in radiographs))


def _send(archive: Archive, file: Path) -> Delivery:
    from cxr_grounding.sources.transfers import read_parcel, send_all

    (sent,) = send_all(archive, [read_parcel(file)])
    return sent.delivery


def _export(findings: list[Any], image: Path, folder: Path, formats: str, progress: Progress) -> list[DicomObject]:
    from cxr_grounding.dicom_export import export_beside
    from cxr_grounding.sources.transfers import described

    return [described(file) for file in export_beside(findings, image, folder, formats, progress)]
