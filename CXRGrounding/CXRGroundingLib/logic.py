"""What the module does, without any window: load a radiograph, ground phrases on it, show what was found.

The scene is an argument, and grounding runs in a worker process, so all of it works in Slicer's Python console, in
a script without Slicer's window, and behind the widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer

import cxr_grounding
from cxr_grounding import Ask, CXRGroundingError, OrderError, RadiographError, Sentence, WorkerError
from CXRGroundingLib import scene_exchange, scene_loader, scene_reader, scene_view
from CXRGroundingLib.dicom_courier import DicomCourier
from CXRGroundingLib.grounding_run import Callbacks, Run, cleanPhrases
from CXRGroundingLib.model_shelf import ModelShelf
from CXRGroundingLib.scene_answers import Answers, Extras
from CXRGroundingLib.scene_findings import SceneFindings
from CXRGroundingLib.scene_identity import Identity, identityOf

if TYPE_CHECKING:
    from cxr_grounding import Orientation, PolledEngine, Progress, Radiograph, Spacing

IDLE_SECONDS = 600.0
"""After which the worker gives its memory back; the next request starts it again."""


class GroundingLogic(SceneFindings, ModelShelf, DicomCourier):
    """Grounds phrases on radiographs of a scene. Of findings `SceneFindings` knows, of models `ModelShelf`, of DICOM
    objects `DicomCourier`.

        logic = CXRGroundingLogic()
        volumeNode = logic.loadRadiograph("chest.dcm")
        labelNode = logic.ground(volumeNode, "small left pleural effusion")

    Not a Qt object; everything happens on the calling thread. Bad input raises a CXRGroundingError, whose message is
    a sentence for the user, and leaves the scene as it was.

    Args:
        scene: a vtkMRMLScene; None for the application's.
        applicationLogic: a vtkMRMLApplicationLogic, to fit views; None leaves them as they are.
        fileForInstance: gives the path of a SOPInstanceUID; None for the application's DICOM database.
        python: the interpreter that the worker, and the process that decodes images, run in; None for this one.
        engine: in place of a worker of its own, which starts when it is warmed up, or else with the first request, and
            ends after `IDLE_SECONDS`.
    """

    def __init__(
        self,
        scene: Any = None,
        applicationLogic: Any = None,
        *,
        fileForInstance: Callable[[str], str] | None = None,
        python: str | None = None,
        engine: PolledEngine | None = None,
    ) -> None:
        SceneFindings.__init__(self, scene)
        ModelShelf.__init__(self, python)
        DicomCourier.__init__(self, python)
        self._applicationLogic = applicationLogic
        self._givenFileForInstance = fileForInstance
        self._reader = cxr_grounding.shared_reader(python)
        self._engine = engine or cxr_grounding.Worker(python=python, idle_seconds=IDLE_SECONDS)
        self._run: Run | None = None
        self._isWaiting = False
        self._read: tuple[object, Radiograph] | None = None

    def warmUp(self) -> None:
        """Start the process that decodes images, so that the first one opens quickly."""
        with suppress(WorkerError):  # which the first image meets again
            self._reader.start()

    def warmUpEngine(self) -> bool:
        """Start the process that grounds, which loads torch, so that the first phrase need not wait for it.

        Returns:
            Whether nothing is left to do; else call it again in a moment.
        """
        try:
            return self._engine.start()
        except WorkerError:  # which the first phrase meets again
            return True

    def loadRadiograph(self, path: str | Path, *, show: bool = True) -> Any:
        """Load one radiograph into the scene and show it in the Red view.

        Args:
            path: of a DICOM file, or any other image that `cxr_grounding.read_image` reads.
            show: whether to show it; else the views show what they showed.

        Returns:
            vtkMRMLScalarVolumeNode, named after the file.

        Raises:
            RadiographError: when it cannot be read or is no radiograph; the scene is then as it was.
            WorkerError: when the process that reads it cannot be started; likewise.
        """
        volumeNode, radiograph = scene_loader.loadRadiograph(self.scene, Path(path), self._reader.read_image)
        self._read = self._stamp(volumeNode, self._fileOf(volumeNode)), radiograph
        if show:
            scene_view.showInRed(volumeNode, self._applicationLogic)
        return volumeNode

    def showRadiograph(self, volumeNode: Any) -> None:
        """Show a radiograph of the scene alone in the Red view, fitted."""
        scene_view.showInRed(volumeNode, self._applicationLogic)

    def checkRadiograph(self, volumeNode: Any) -> None:
        """Look at the node alone, without its pixels; cheap.

        Raises:
            RadiographError: when it is no radiograph.
        """
        scene_reader.checkVolume(volumeNode)

    def about(self, volumeNode: Any) -> tuple[Orientation, Spacing | None]:
        """What is known of the directions and lengths of a radiograph (`cxr_grounding.Orientation`, `.Spacing`); cheap.

        Raises:
            RadiographError: when the node is no radiograph.
        """
        scene_reader.checkVolume(volumeNode)
        return scene_reader.about(volumeNode)

    def identity(self, volumeNode: Any) -> Identity:
        """Whose image a radiograph is, as far as its file and the scene say; looks at the file's header alone.

        Raises:
            RadiographError: when the node is no radiograph.
        """
        scene_reader.checkVolume(volumeNode)
        return identityOf(volumeNode, self._fileOf(volumeNode))

    def ground(
        self,
        volumeNode: Any,
        phrases: str | Sentence | Sequence[str | Sentence],
        ask: Ask | None = None,
        *,
        progress: Progress | None = None,
        **how: Any,
    ) -> Any:
        """Find where phrases point on a radiograph, and put the answers into the scene; returns when it is done.

        Args:
            volumeNode: the radiograph: a single-slice scalar volume, or a vector volume that is grey.
            phrases: one, or several that are looked at together; each a text, or a sentence of a report as
                `cxr_grounding.read_report` reads it, whose section then counts for the verdict.
            ask: how it is computed; None for the bundled demonstration model and its exact recipe.
            progress: called with (stage, done, total); returning False stops the run.
            how: fields of `cxr_grounding.Ask` that differ (model="monai-cxr-ldm", device="cuda", preset="fast", ...),
                and of `Extras`: heatmapVolume=True, box=True.

        Returns:
            A vtkMRMLLabelMapVolumeNode for one phrase, a list of them for several. The first one is shown over the
            radiograph in the slice views that show it.

        Raises:
            CXRGroundingError: of the kind that `cxr_grounding` raises for a bad radiograph, phrase, model or device, a
                cancelled run (Cancelled), or a worker that died (WorkerError).
            TypeError: for a name that is neither.
        """
        run = self._begin(volumeNode, phrases, ask, how, Callbacks())
        self._isWaiting = True  # `progress` may let the window live, and with it another click
        try:
            run.wait(progress)
            while run.pending:
                self._writeNext(run)
        except CXRGroundingError:
            run.answers.takeBack()
            raise
        finally:
            self._isWaiting = False
        return run.answers.written[0] if isinstance(phrases, str | Sentence) else run.answers.written

    def groundAsync(
        self,
        volumeNode: Any,
        phrases: str | Sentence | Sequence[str | Sentence],
        ask: Ask | None = None,
        *,
        onProgress: Callable[[str, int, int], object] | None = None,
        onFinished: Callable[[list[Any]], object] | None = None,
        onFailed: Callable[[CXRGroundingError], object] | None = None,
        show: bool = True,
        **how: Any,
    ) -> None:
        """As `ground`, but returns at once; call `poll` from a timer until one of the callbacks was called.

        Each answer comes into the scene as soon as it is there, and stays, whatever becomes of those behind it.

        Args:
            onProgress: called with (stage, done, total) at each poll, once there is any.
            onFinished: called with the list of label map nodes, when all are there.
            onFailed: called with the error; a `Cancelled` after `cancel`.
            show: whether the first answer is shown when it comes; else the views show what they showed.

        Raises:
            CXRGroundingError: when the run cannot begin; nothing is called then.
        """
        self._run = self._begin(volumeNode, phrases, ask, how, Callbacks(onProgress, onFinished, onFailed), show)

    @property
    def isBusy(self) -> bool:
        """Whether a grounding is under way."""
        return self._run is not None or self._isWaiting

    def poll(self) -> None:
        """Go on with what `groundAsync` began: deliver its progress, its answer or its error. Never waits."""
        self._engine.poll()
        run = self._run
        if run is None:
            return
        tell = run.callbacks
        try:
            self._writeNext(run)  # one a poll, since each takes a moment
        except CXRGroundingError as error:
            run.giveUp()
            self._run = None  # before the callbacks: they may ask for the next phrase
            if tell.onFailed is not None:
                tell.onFailed(error)
            return
        if run.pending:
            if tell.onProgress is not None and not run.done and run.progress is not None:
                tell.onProgress(*run.progress)
            return
        self._run = None
        if tell.onFinished is not None:
            tell.onFinished(run.answers.written)

    @property
    def pendingPhrases(self) -> list[str]:
        """Those of the run under way that are not answered yet; the first is looked for now."""
        return [] if self._run is None else self._run.pending

    def cancel(self) -> None:
        """Ask the grounding under way to stop; it then fails with `Cancelled`."""
        (self._engine if self._run is None else self._run).cancel()

    def close(self) -> None:
        """End the worker; a grounding under way is given up and tells nobody, and its answers so far stay.

        A later request starts it again.
        """
        self.closeFetch()
        self.closeCourier()
        self._engine.close()
        self._run = None

    def loadFindings(self, path: str | Path, volumeNode: Any) -> list[Any]:
        """Read a DICOM Segmentation or report about a radiograph as findings; see `scene_exchange.loadFindings`."""
        return scene_exchange.loadFindings(path, volumeNode, self._radiograph(volumeNode), **self._look)

    def _begin(
        self,
        volumeNode: Any,
        phrases: str | Sentence | Sequence[str | Sentence],
        ask: Ask | None,
        how: dict[str, Any],
        callbacks: Callbacks,
        show: bool = True,
    ) -> Run:
        """Check everything that can be checked before anything starts, and hand the work to the engine."""
        if self.isBusy:
            raise OrderError("A grounding is under way. Wait until it is done, or cancel it first.")
        extras = Extras.takenFrom(how)
        asked, cleaned = Ask.of(ask, **how), cleanPhrases(phrases)
        radiograph = self._radiograph(volumeNode)
        answers = Answers(self.scene, volumeNode, extras)
        return Run(self._engine, radiograph, cleaned, asked, answers, callbacks, show)

    def _radiograph(self, volumeNode: Any) -> Radiograph:
        """The radiograph of a node, read again only when its pixels or its place changed."""
        scene_reader.checkVolume(volumeNode)
        if volumeNode.GetScene() is not self.scene:
            raise RadiographError("The radiograph is not in the scene. Load it again.")
        file = self._fileOf(volumeNode)
        stamp = self._stamp(volumeNode, file)
        if self._read is None or self._read[0] != stamp:
            self._read = stamp, scene_reader.readRadiograph(volumeNode, file, self._reader.read_image)
        return self._read[1]

    def _stamp(self, volumeNode: Any, file: Path | None) -> tuple[object, ...]:
        """What is another one when the node has to be read again."""
        place = scene_reader.sliceGrid(volumeNode).ijkToRAS.tobytes()
        return volumeNode.GetID(), volumeNode.GetImageData().GetMTime(), place, file

    def _fileOf(self, volumeNode: Any) -> Path | None:
        return scene_reader.fileOf(volumeNode, self._fileForInstance())

    def _fileForInstance(self) -> Callable[[str], str] | None:
        database = getattr(slicer, "dicomDatabase", None)
        return self._givenFileForInstance or getattr(database, "fileForInstance", None)

    def _writeNext(self, run: Run) -> None:
        """Put the next answer into the scene, if it is there; the first one is shown, if wanted.

        Raises:
            CXRGroundingError: when there will be none.
        """
        grounding = run.nextAnswer()
        if grounding is None:
            return
        run.answers.write(grounding, **self._look)
        if run.isShown and len(run.answers.written) == 1:
            self.showFinding(run.answers.written[0])
