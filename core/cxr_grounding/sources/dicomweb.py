"""A hospital's archive over DICOMweb: what is in it, one object out of it, one object into it (DICOM PS3.18).

Where it is and how the user is known to it is in `servers` and `credentials`, what it may answer in `gate`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

from cxr_grounding.disk.dicom_elements import number, text
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import ArchiveError, RadiographError
from cxr_grounding.progress import Progress
from cxr_grounding.reading.dicom.open_dicom import open_dicom
from cxr_grounding.reading.dicom.read_header import is_dicom
from cxr_grounding.reading.guard import LARGEST_FILE_BYTES, untrusted_file
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.archive_errors import UNREADABLE, AnsweredError, errors_as_sentences
from cxr_grounding.sources.listing import (
    MOST_STUDIES,
    OBJECT_FIELDS,
    STUDY_FIELDS,
    ListedObject,
    ListedStudy,
    object_of,
    study_of,
)
from cxr_grounding.sources.patience import patiently
from cxr_grounding.sources.servers import Server

T = TypeVar("T")

MOST_OBJECTS = 20_000
"""Objects of one study that are listed; the largest have some thousands."""

UNDEFINED_LENGTH = 0xFFFFFFFF

_PAGE = 500

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._~*?-]+")
"""What is encoded in a query."""

FAILURES = {
    0x0110: "processing failed",
    0x0111: "it has another object of that UID",
    0x0117: "the object's UID is not valid",
    0x0122: "it keeps no objects of that kind (SOP class)",
    0x0124: "you may not store there",
    0x0131: "it does not know you",
    0xA700: "it has no room left",
    0xA900: "the object does not fit its kind (SOP class)",
    0xC000: "it cannot read the object",
    0xC122: "it does not take the way in which the object is stored (transfer syntax)",
    0xC409: "another object of that UID was in the way",
}
"""FailureReason (0008,1197): DICOM PS3.18 table I.2-2, PS3.4 B.2.3, PS3.7 annex C."""


class Archive:
    """One archive.

    Args:
        server: which.

    Raises:
        ArchiveError: when a secret that it needs is missing.
    """

    def __init__(self, server: Server) -> None:
        from dicomweb_client.web import DICOMwebClient

        from cxr_grounding.sources.gate import CONNECT_SECONDS, SILENCE_SECONDS, Meter, open_session

        self.server, self._meter = server, Meter()
        # Its addresses hold patients' IDs, its warnings whatever the server says.
        logging.getLogger("dicomweb_client").setLevel(logging.CRITICAL)
        self._client = DICOMwebClient(
            server.url,
            session=open_session(server, self._meter),
            # Not in pieces, which small archives do not know, and of which a second try would send none.
            chunk_size=2 * LARGEST_FILE_BYTES,
            permissive_uid=True,
            timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
        )
        self._client.set_http_retry_params(retry=False)  # `patience` knows what may be asked again

    def find(self, filters: Mapping[str, str]) -> list[ListedStudy]:
        """The studies that fit, one more than `MOST_STUDIES` where there are more than that.

        Args:
            filters: values by DICOM keyword, as PS3.4 C.2.2.2 has them: `*` for any letters, a hyphen between dates.

        Raises:
            ArchiveError: when the archive cannot be asked.
        """
        found = self._studies(filters)
        plain = {keyword: _NOT_PLAIN.sub("*", value) for keyword, value in filters.items()}
        if found or plain == filters:
            return found
        # Orthanc's plug-in 1.7 takes letters that are encoded in a query for what they are encoded as.
        return [study for study in self._studies(plain) if study.fits(filters)]

    def list_objects(self, address: Address) -> list[ListedObject]:
        """What there is of a study, a series, or one object; nothing where the archive has none of it.

        Raises:
            ArchiveError: when the archive cannot be asked, or there are more than `MOST_OBJECTS`.
        """
        found: dict[Address, ListedObject] = {}
        offset = 0
        while True:  # page by page, until one brings nothing new: how long a page is, the archive decides
            page = self._page(address, offset)
            listed = [one for one in map(object_of, page) if one is not None and one.address not in found]
            found |= {one.address: one for one in listed}
            if len(found) > MOST_OBJECTS:
                raise ArchiveError(f"{address} has more than {MOST_OBJECTS} objects. Name a series of it.")
            if not listed or address.instance:
                return list(found.values())
            offset += len(page)

    def holds(self, address: Address) -> bool:
        """Whether an object is there.

        Raises:
            ArchiveError: when the archive cannot be asked.
        """
        return any(listed.address == address for listed in self.list_objects(address))

    def fetch(self, address: Address, path: Path, progress: Progress | None = None) -> None:
        """Bring one object here, as the bytes that the archive gives.

        Args:
            address: of it, to the instance.
            path: of the new file, which is whole or not there.
            progress: told of the bytes that have come, in the stage "receiving".

        Raises:
            Cancelled: when `progress` said so.
            ArchiveError: when it cannot be had, or what came is not that object.
            OutputError: when it cannot be written.
        """
        # DICOM PS3.18 10.4
        url = f"{self.server.url}/studies/{address.study}/series/{address.series}/instances/{address.instance}"
        self._meter.progress = progress
        try:
            content = self._ask(f"fetch {address}", lambda: _only_part(self._client.iter_bulkdata(url)))
        finally:
            self._meter.progress = None
        with written_whole(path, ".dcm") as temporary:
            temporary.write_bytes(content)
            self._check(address, temporary)

    def store(self, dataset: Dataset) -> str:
        """Send one object.

        Args:
            dataset: of it, with its meta header.

        Returns:
            Why the archive did not take it, in a few words; "" where it says that it did, which is to be looked after:
            some say so of what they threw away.

        Raises:
            ArchiveError: when it cannot be asked, or takes nothing from this user.
        """
        try:
            with errors_as_sentences(self.server, "store"):
                answer: Any = self._client.store_instances([dataset], study_instance_uid=dataset.StudyInstanceUID)
        except AnsweredError as error:
            if error.status in (401, 403):
                raise
            return _refusal(_read(error.body)) or f"answer {error.status}"
        return _refusal(answer)

    def _studies(self, filters: Mapping[str, str]) -> list[ListedStudy]:
        answered = self._ask(
            "look for studies",
            lambda: _as_list(
                self._client.search_for_studies(
                    limit=MOST_STUDIES + 1, fields=STUDY_FIELDS, search_filters=dict(filters)
                )
            ),
        )
        return [study for entry in answered[: MOST_STUDIES + 1] if (study := study_of(entry)) is not None]

    def _page(self, address: Address, offset: int) -> list[Any]:
        filters = {"SOPInstanceUID": address.instance} if address.instance else None
        try:
            return self._ask(
                f"list {address}",
                lambda: _as_list(
                    self._client.search_for_instances(
                        address.study,
                        address.series or None,
                        limit=_PAGE,
                        offset=offset or None,
                        fields=OBJECT_FIELDS,
                        search_filters=filters,
                    )
                ),
            )
        except AnsweredError as error:
            if error.status in (404, 410):
                return []
            raise

    def _ask(self, what: str, ask: Callable[[], T]) -> T:
        """Ask what changes nothing there, again if need be."""

        def once() -> T:
            with errors_as_sentences(self.server, what):
                return ask()

        return patiently(once)

    def _check(self, address: Address, file: Path) -> None:
        """Refuse what is not the object that was asked for."""
        try:
            with untrusted_file(file):
                came = address_of(open_whole(file)) if is_dicom(file) else None
        except RadiographError as error:
            raise ArchiveError(
                f"What {self.server.name} gave for {address} is damaged and was not kept. Call again; if it stays so, "
                "tell those who keep it."
            ) from error
        if came != address:
            raise ArchiveError(
                f"What {self.server.name} gave for {address} is no DICOM object, or another one, and was not kept. "
                "Tell those who keep it."
            )


def address_of(dataset: Dataset) -> Address:
    """Where an object belongs; parts are "" where it does not say."""
    return Address(*(text(dataset, f"{level}InstanceUID") for level in ("Study", "Series", "SOP")))


def open_whole(file: Path) -> Dataset:
    """Open a DICOM file that has all of its bytes; inside `guard.untrusted_file`, as `open_dicom`.

    Raises:
        EOFError: when its last element ends too early, as pydicom lets pass.
    """
    dataset = open_dicom(file)
    ends: list[object] = [dataset.get_item(tag) for tag in sorted(dataset.keys())[-1:]]
    for last in ends:
        if isinstance(last, RawDataElement) and last.length not in (UNDEFINED_LENGTH, len(last.value or b"")):
            raise EOFError("it ends in the middle of an element")
    return dataset


def _as_list(answer: Any) -> list[Any]:
    """What a list was asked for.

    Raises:
        ValueError: when it is none.
    """
    if not isinstance(answer, list):
        raise ValueError("the answer is no list")
    return answer


def _only_part(parts: Iterator[bytes]) -> bytes:
    """The one object of an answer.

    Raises:
        ValueError: when there is none, or a second one.
    """
    had = list(islice(parts, 2))
    if len(had) != 1:
        raise ValueError("the answer holds no object, or several")
    return bytes(had[0])


def _read(body: bytes) -> Dataset:
    """What came with a refusal, as far as it is DICOM."""
    try:
        document = json.loads(body)
        return Dataset.from_json(document[0] if isinstance(document, list) else document)
    except UNREADABLE:
        return Dataset()


def _refusal(answer: Dataset) -> str:
    """Why the one object that was sent was not taken, out of FailedSOPSequence (0008,1198)."""
    try:
        failed = list(answer.get("FailedSOPSequence") or ())
    except UNREADABLE:
        return ""
    if not failed:
        return ""
    code = int(number(failed[0], "FailureReason") or 0)
    return f"{FAILURES.get(code, 'for a reason of its own')} ({code:04X}H)"
