"""Many objects out of an archive into a folder, or into an archive: what is there already is not moved again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from cxr_grounding.disk.dicom_elements import text
from cxr_grounding.disk.sentences import reason, shortened
from cxr_grounding.errors import ArchiveError, OutputError, RadiographError
from cxr_grounding.progress import Progress, report
from cxr_grounding.reading.dicom.read_header import is_dicom
from cxr_grounding.reading.guard import untrusted_file
from cxr_grounding.sources.address import Address, is_uid
from cxr_grounding.sources.delivery import Delivery, DicomObject, Outcome
from cxr_grounding.sources.dicomweb import Archive, address_of, open_whole
from cxr_grounding.sources.patience import DELAYS_SECONDS, patiently, pause

FETCHING, SENDING = "fetching", "sending"
"""Names of the two in progress reports; one unit is one object."""

_LONGEST_DESCRIPTION = 64
"""Letters (PS3.5 6.2, of LO)."""


@dataclass(frozen=True)
class Fetched:
    """What is in a folder now.

    Args:
        files: of all objects that were asked for, in their order.
        new: how many of them were fetched now.
    """

    files: tuple[Path, ...]
    new: int


@dataclass(frozen=True)
class Parcel:
    """An object to be sent.

    Args:
        dataset: of it, with its meta header.
        name: what the user knows it by: its file, or what it is.
    """

    dataset: Dataset
    name: str

    @property
    def address(self) -> Address:
        """Where it belongs."""
        return address_of(self.dataset)

    @property
    def kind(self) -> str:
        """What kind of object it is, in a few letters."""
        return text(self.dataset, "Modality") or "?"


@dataclass(frozen=True)
class Sent:
    """What became of one.

    Args:
        parcel: that was sent.
        outcome: in short.
        why: it was refused, as the archive says; "" otherwise.
    """

    parcel: Parcel
    outcome: Outcome
    why: str = ""

    @property
    def is_there(self) -> bool:
        """Whether the archive has it now."""
        return self.outcome.is_there

    @property
    def delivery(self) -> Delivery:
        """The same without the object."""
        return Delivery(self.outcome, self.why)


def described(file: Path) -> DicomObject:
    """What the object in a file is, to be shown before it is sent.

    Raises:
        RadiographError, ArchiveError: as `read_parcel`.
    """
    parcel = read_parcel(file)
    description = shortened(text(parcel.dataset, "SeriesDescription"), _LONGEST_DESCRIPTION)
    return DicomObject(file, parcel.kind, description, parcel.address)


def file_of(address: Address, folder: Path) -> Path:
    """Where an object of an archive lies in a folder: by series, and without a word about the patient."""
    return folder / address.series / f"{address.instance}.dcm"


def fetch_all(
    archive: Archive, addresses: Sequence[Address], folder: Path, progress: Progress | None = None
) -> Fetched:
    """Bring objects into a folder, each whole or not at all.

    Those that lie there are left as they are, so that the same call goes on where one was stopped.

    Args:
        archive: to ask.
        addresses: of the objects.
        folder: to fill; it is made where it is missing.
        progress: told after every object.

    Raises:
        ArchiveError: when one cannot be had.
        OutputError: when a file cannot be written, or another one stands in its place.
    """
    files, new = [], 0
    for number, address in enumerate(addresses):
        report(progress, FETCHING, number, len(addresses))
        file, is_new = fetch_one(archive, address, folder)
        new += is_new
        files.append(file)
    report(progress, FETCHING, len(addresses), len(addresses))
    return Fetched(tuple(files), new)


def fetch_one(archive: Archive, address: Address, folder: Path, progress: Progress | None = None) -> tuple[Path, bool]:
    """Bring one object into a folder, as `fetch_all` does; its file, and whether it is new.

    Args:
        archive, address, folder: see there.
        progress: told of the bytes, as `Archive.fetch` tells it.
    """
    file = file_of(address, folder)
    if _is_there(file, address):
        return file, False
    _make(file.parent)
    archive.fetch(address, file, progress)
    return file, True


def send_all(
    archive: Archive,
    parcels: Sequence[Parcel],
    progress: Progress | None = None,
    wait: Callable[[float], None] = pause,
) -> list[Sent]:
    """Send objects, one at a time; one that is refused keeps none of the others back.

    What the archive lists already is not sent again, so that the same call goes on where one was stopped; what it says
    it has stored is asked for.

    Args:
        archive: to send to.
        parcels: the objects.
        progress: told after every one.
        wait: for some seconds.

    Returns:
        What became of each, in their order.

    Raises:
        ArchiveError: when the archive is gone, or takes nothing from this user.
    """
    outcomes = []
    for number, parcel in enumerate(parcels):
        report(progress, SENDING, number, len(parcels))
        outcomes.append(_send(archive, parcel, wait))
    report(progress, SENDING, len(parcels), len(parcels))
    return outcomes


def parcels_of(paths: Iterable[Path]) -> list[Parcel]:
    """The DICOM objects in files, and in folders at any depth, where what is not DICOM is left out.

    Raises:
        ArchiveError: when there is none, or one has no UIDs, or several have the same.
        RadiographError: when one is damaged, or a file that was named is no DICOM.
    """
    parcels: dict[str, Parcel] = {}
    for path in paths:
        for file in _dicom_files(path) if path.is_dir() else [path]:
            parcel = read_parcel(file)
            other = parcels.setdefault(parcel.address.instance, parcel)
            if other is not parcel and other.dataset != parcel.dataset:
                raise ArchiveError(
                    f"{file} and {other.name} are different objects of one SOPInstanceUID. Give the one that is right."
                )
    if not parcels:
        raise ArchiveError("There is no DICOM file to send. Name files, or a folder that holds some.")
    return list(parcels.values())


def read_parcel(file: Path) -> Parcel:
    """The DICOM object in a file.

    Raises:
        RadiographError: when there is none, or it is damaged.
        ArchiveError: when it lacks what an archive files it by.
    """
    with untrusted_file(file):
        if not is_dicom(file):
            raise RadiographError(f"{file} is not a DICOM file. An archive takes nothing else.")
        return parcel_of(open_whole(file), str(file))


def parcel_of(dataset: Dataset, name: str) -> Parcel:
    """A data set, ready to be sent.

    Args:
        dataset: with the transfer syntax in its meta header; the rest of that is filled in.
        name: what the user knows it by.

    Raises:
        ArchiveError: when it lacks what an archive files it by.
    """
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
        if not is_uid(text(dataset, keyword)):
            raise ArchiveError(f"{shortened(name)} has no {keyword} that is one, so no archive can file it.")
    if not isinstance(getattr(dataset, "file_meta", None), FileMetaDataset) or not dataset.file_meta.get(
        "TransferSyntaxUID"
    ):
        raise ArchiveError(f"{shortened(name)} does not say how it is written (TransferSyntaxUID). Export it again.")
    dataset.file_meta.MediaStorageSOPClassUID = UID(text(dataset, "SOPClassUID"))
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(text(dataset, "SOPInstanceUID"))
    dataset.preamble = getattr(dataset, "preamble", None) or b"\0" * 128
    return Parcel(dataset, name)


def _send(archive: Archive, parcel: Parcel, wait: Callable[[float], None]) -> Sent:
    """Send one; after a broken connection it is looked whether it came."""
    is_there = Outcome.THERE

    def once() -> Sent:
        nonlocal is_there
        if archive.holds(parcel.address):
            return Sent(parcel, is_there)
        is_there = Outcome.STORED  # if it is, the next time
        refusal = archive.store(parcel.dataset)
        if refusal:
            return Sent(parcel, Outcome.REFUSED, refusal)
        for delay in (0.0, *DELAYS_SECONDS):  # some list it a little later
            wait(delay)
            if archive.holds(parcel.address):
                return Sent(parcel, Outcome.STORED)
        return Sent(parcel, Outcome.UNCONFIRMED)

    return patiently(once, wait)


def _dicom_files(folder: Path) -> list[Path]:
    """The DICOM files of a folder, at any depth.

    Raises:
        OutputError: when one cannot be read.
    """
    try:
        return sorted(file for file in folder.rglob("*") if file.is_file() and is_dicom(file))
    except OSError as error:
        raise OutputError(f"{folder} cannot be read ({reason(error)}). Check its permissions.") from error


def _is_there(file: Path, address: Address) -> bool:
    """Whether an object lies in its file already.

    Raises:
        OutputError: when something else does.
    """
    if not file.exists():
        return False
    try:
        with untrusted_file(file):
            is_same = is_dicom(file) and address_of(open_whole(file)) == address
    except RadiographError:
        is_same = False
    if not is_same:
        raise OutputError(f"{file} is there already, and is not that object. Move it away, or choose another folder.")
    return True


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({reason(error)}). Choose another folder.") from error
