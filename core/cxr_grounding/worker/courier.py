"""Carries between a program and archives in a child process: for programs that must not wait for a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from cxr_grounding.engine import Task
from cxr_grounding.grounding import Grounding
from cxr_grounding.progress import Progress
from cxr_grounding.reported import ReportedFinding
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.delivery import Delivery, DicomObject
from cxr_grounding.sources.listing import ListedStudy, StudyContents
from cxr_grounding.sources.query import StudyQuery
from cxr_grounding.sources.servers import Server
from cxr_grounding.worker.conductor import Conductor, Patience
from cxr_grounding.worker.packing import pack
from cxr_grounding.worker.process import executable
from cxr_grounding.worker.protocol import BRING, CARRYING, EXPORT, FIND, LIST, SEND
from cxr_grounding.worker.task import Step, WorkerTask

T = TypeVar("T")


class Courier:
    """Finds and brings radiographs of an archive, makes DICOM objects of findings, and sends them.

        with Courier() as courier:
            studies = courier.wait(courier.find(find_server("hospital"), StudyQuery(patient="4711")))

    Requests return a task at once; something must call `poll` now and then, or `wait`. Each moves one object, so that
    after a cancelled one it is known what has come or gone. The child takes secrets where `Archive` takes them: they
    are never handed to it.

    Args:
        python: the child's interpreter, as for `Worker`.
        idle_seconds: without a request, after which the process ends.
    """

    def __init__(self, python: str | Path | None = None, idle_seconds: float = 300.0) -> None:
        self._conductor = Conductor(executable(python), Patience(idle_seconds), CARRYING)

    def find(self, server: Server, query: StudyQuery) -> WorkerTask[list[ListedStudy]]:
        """The studies that fit, one more than `MOST_STUDIES` where there are more than that."""
        return self._conductor.ask(Step(FIND, pack((server, query))))

    def list_study(self, server: Server, address: Address) -> WorkerTask[StudyContents]:
        """What there is of a study."""
        return self._conductor.ask(Step(LIST, pack((server, address))))

    def bring(self, server: Server, address: Address, folder: Path) -> WorkerTask[Path]:
        """Bring one object into a folder, whole or not at all; one that lies there already is not brought again.

        Returns:
            A task whose stage is "receiving", by bytes, of 0 where the archive does not say how many; its result is the
            file.
        """
        return self._conductor.ask(Step(BRING, pack((server, address, folder.absolute()))))

    def export(
        self, findings: Sequence[Grounding | ReportedFinding], image: Path, folder: Path, formats: str
    ) -> WorkerTask[list[DicomObject]]:
        """Make DICOM objects of findings; the arguments are those of `dicom_export.export_beside`.

        Returns:
            A task whose stage is "exporting".
        """
        reported = [ReportedFinding.of(one) for one in findings]
        return self._conductor.ask(Step(EXPORT, pack((reported, image.absolute(), folder.absolute(), formats))))

    def send(self, server: Server, file: Path) -> WorkerTask[Delivery]:
        """Send the DICOM object in a file, and look whether it is there; asks nobody, that is the caller's to do."""
        return self._conductor.ask(Step(SEND, pack((server, file.absolute()))))

    def poll(self) -> None:
        """Let it advance as far as it can without waiting."""
        self._conductor.poll()

    def cancel(self) -> None:
        """Stop what is under way and what waits; each ends with `Cancelled`."""
        self._conductor.cancel()

    def wait(self, task: Task[T], progress: Progress | None = None) -> T:
        """Poll until a task is done; as `Worker.wait`."""
        return self._conductor.wait(task, progress)

    def close(self) -> None:
        """End the process; what is not done ends with `Cancelled`."""
        self._conductor.close()

    def __enter__(self) -> Courier:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
