"""Findings that leave as DICOM objects, into a folder or an archive, and come back; without any window."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cxr_grounding
from cxr_grounding import OrderError, OutputError
from CXRGroundingLib import scene_exchange

if TYPE_CHECKING:
    from cxr_grounding import Server

USUAL_KINDS = "seg,sr"


class DicomCourier:
    """The part of the logic that is about DICOM objects.

    Args:
        python: the interpreter of the process that makes and sends them; None for this one.
    """

    def __init__(self, python: str | None = None) -> None:
        self._courier = cxr_grounding.Courier(python)
        self._carrying: Any = None

    def exportDicom(self, labelNodes: Sequence[Any], folder: str | Path, **how: Any) -> list[Path]:
        """Write findings of one radiograph as DICOM objects; returns when they are there.

        Args:
            labelNodes: of the findings, at least one.
            folder: for the files.
            how: formats="seg,sr,sc" and what else `cxr_grounding.export_dicom` takes.

        Raises:
            OutputError: when they are of several radiographs, of one that is no DICOM file or left the scene, or cannot
                be written.
        """
        found, file = scene_exchange.reported(labelNodes, self._fileOf)
        return cxr_grounding.export_dicom(found, file, folder, **how)

    def sendDicom(self, labelNodes: Sequence[Any], archive: str | None = None, formats: str = USUAL_KINDS) -> list[str]:
        """Send findings of one radiograph to an archive as DICOM objects, without asking; returns when it is done.

        Args:
            labelNodes: of the findings, at least one.
            archive: by its name, where several are set up (docs/archive.md).
            formats: of "seg", "sr" and "sc".

        Returns:
            What became of each object, as "SEG: stored".

        Raises:
            ArchiveError: when the archive is not set up, is gone, or takes nothing from this user.
            OutputError: as `exportDicom`.
        """
        server = cxr_grounding.find_server(archive)
        with tempfile.TemporaryDirectory(prefix="cxr-grounding-", ignore_cleanup_errors=True) as folder:
            made = self._courier.wait(self.startExport(labelNodes, folder, formats))
            done = [(one, self._courier.wait(self.startSend(server, one.file))) for one in made]
        return [f"{one.kind}: {delivery.problem or delivery.outcome.value}" for one, delivery in done]

    def archives(self) -> list[Server]:
        """The archives that are set up (`cxr_grounding.read_servers`).

        Raises:
            ArchiveError: when what is written down of them cannot be used.
        """
        return cxr_grounding.read_servers()

    def checkCanExport(self, volumeNode: Any) -> None:
        """Look whether findings on a radiograph can become DICOM objects.

        Raises:
            OutputError: when it is no DICOM file, or no object can refer to it; the sentence is for the user.
        """
        cxr_grounding.check_dicom_source(scene_exchange.fileOfRadiograph(volumeNode, self._fileOf))

    def startExport(self, labelNodes: Sequence[Any], folder: str | Path, formats: str) -> Any:
        """Begin to make DICOM objects of findings; returns a task at once, see `pollCourier`.

        Args:
            labelNodes: of the findings of one radiograph, at least one.
            folder: for the files; what lies there stays.
            formats: of "seg", "sr" and "sc", with commas.

        Returns:
            A task whose result is a list of `cxr_grounding.DicomObject`.

        Raises:
            OrderError: while something is under way.
            OutputError: as `exportDicom`, for what can be told before.
        """
        self._checkCourierIdle()
        found, file = scene_exchange.reported(labelNodes, self._fileOf)
        self._carrying = self._courier.export(found, file, Path(folder), formats)
        return self._carrying

    def startSend(self, server: Server, file: Path) -> Any:
        """Begin to send a DICOM object; returns a task at once, see `pollCourier`.

        Returns:
            A task whose result is a `cxr_grounding.Delivery`.

        Raises:
            OrderError: while something is under way.
        """
        self._checkCourierIdle()
        self._carrying = self._courier.send(server, file)
        return self._carrying

    def pollCourier(self) -> None:
        """Let what was begun advance; never waits. To be called from a timer until the task is done."""
        self._courier.poll()

    def cancelCourier(self) -> None:
        """Stop what is under way; its task ends with `Cancelled`."""
        self._courier.cancel()

    def closeCourier(self) -> None:
        """End the process that makes and sends objects."""
        self._courier.close()

    def _fileOf(self, volumeNode: Any) -> Path | None:
        raise NotImplementedError  # the logic knows where a radiograph was loaded from

    def _checkCourierIdle(self) -> None:
        if self._carrying is not None and not self._carrying.done:
            raise OrderError("DICOM objects are being made or sent. Wait until that is done, or cancel it first.")


def kindsOf(*, segmentation: bool, report: bool, pictures: bool) -> str:
    """The kinds of objects that are ticked, as `startExport` takes them.

    Raises:
        OutputError: when there is none.
    """
    ticked = {"seg": segmentation, "sr": report, "sc": pictures}
    if not any(ticked.values()):
        raise OutputError("No kind of object is ticked. Tick at least one.")
    return ",".join(kind for kind, isTicked in ticked.items() if isTicked)
