"""The panel: what the user chooses goes into the parameter node, what the logic says comes back as text.

It computes nothing and never waits. Every slot runs in `_errorsTold`, because Qt swallows what a slot raises.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin

from cxr_grounding import CXRGroundingError
from CXRGroundingLib import install, report_texts, texts
from CXRGroundingLib.report_lines import isAnother
from CXRGroundingLib.widget_ask import PanelAsks
from CXRGroundingLib.widget_display import DisplayControls
from CXRGroundingLib.widget_doors import DoorButtons
from CXRGroundingLib.widget_findings import FindingsTable
from CXRGroundingLib.widget_foot import TableFoot
from CXRGroundingLib.widget_inputs import ModelChoice, PhraseField, askForFile
from CXRGroundingLib.widget_layout import LayoutControls
from CXRGroundingLib.widget_message import PanelMessage
from CXRGroundingLib.widget_models import ModelButtons
from CXRGroundingLib.widget_report import ReportReader
from CXRGroundingLib.widget_run import RunControls
from CXRGroundingLib.widget_study import StudySection


class GroundingWidget(PanelAsks, ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The module's panel; the doorway's class says which logic works for it."""

    logicClass: Any
    logic: Any = None
    _panel: Any = None
    _run: Any = None
    _refreshTimer: Any = None
    study: Any = None
    _parameterNode: Any = None
    _parameterNodeGuiTag: Any = None

    def __init__(self, parent: Any = None) -> None:
        VTKObservationMixin.__init__(self)  # first: without a parent, the other one already calls setup
        ScriptedLoadableModuleWidget.__init__(self, parent)

    def setup(self) -> None:
        """Build the panel; called when the module is opened for the first time."""
        ScriptedLoadableModuleWidget.setup(self)
        panel = self._panel = slicer.util.loadUI(self.resourcePath("UI/CXRGrounding.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = self.logicClass()
        self._setUpParts()
        self._connect()
        self.initializeParameterNode()
        self.logic.warmUp()

    def _setUpParts(self) -> None:
        """The parts of the panel that have a file of their own, and the timer that fills the table."""
        self._message = PanelMessage(self.ui.messageLabel)
        self._models = ModelChoice(self.ui.modelComboBox, self.logic)
        self._models.refresh("")
        self._modelButtons = ModelButtons(self.ui, self._models, self._install, self._updateState, self._errorsTold)
        self._phraseField = PhraseField(self.ui.phraseComboBox, self._onPhraseEdited, self._onPhraseEntered)
        self._report = ReportReader(self.ui.reportRestLabel)
        self._findings = FindingsTable(
            self.ui, self.logic, self._entries, self._onShown, self._onPlaceAsked, self._onSentence, self._errorsTold
        )
        self._run = RunControls(
            self.ui,
            self.logic,
            onFinished=self._onFinished,
            onFailed=self._onFailed,
            onStateChanged=self._updateState,
            guard=self._errorsTold,
        )
        self._display = DisplayControls(self.ui, self.logic)
        self._layout = LayoutControls(self.ui, self.logic, self._errorsTold)
        self._foot = TableFoot(self.ui, self.logic, self._errorsTold)
        self._doors = DoorButtons(self.ui, self.logic, self._errorsTold)
        self.study = StudySection(self.ui, self._panel, self.logic, self._choose, self._errorsTold, self._showMessage)
        # One refresh for a burst of events, and never inside the event of a cell that the refresh would delete.
        self._refreshTimer = qt.QTimer(self._panel)
        self._refreshTimer.setSingleShot(True)
        self._refreshTimer.setInterval(0)
        self._refreshTimer.connect("timeout()", self._refresh)

    def _connect(self) -> None:
        self.ui.loadButton.connect("clicked()", self._onLoad)
        self._connectButtons()
        self.ui.reportEdit.connect("textChanged()", self._onReportEdited)
        self.ui.modelComboBox.connect("currentIndexChanged(int)", self._onModelChosen)
        self.ui.colorMapComboBox.connect("currentIndexChanged(int)", self._onColorMapChosen)
        scene = slicer.mrmlScene
        self.addObserver(scene, slicer.vtkMRMLScene.StartCloseEvent, self._onSceneStartClose)
        self.addObserver(scene, slicer.vtkMRMLScene.StartImportEvent, self._onSceneStartImport)
        for event in (
            slicer.vtkMRMLScene.NodeAddedEvent,
            slicer.vtkMRMLScene.NodeRemovedEvent,
            slicer.vtkMRMLScene.EndCloseEvent,
            slicer.vtkMRMLScene.EndImportEvent,
            slicer.vtkMRMLScene.EndBatchProcessEvent,
        ):
            self.addObserver(scene, event, self._onNodesChanged)
        self._observeViews()

    def _observeViews(self) -> None:
        """Hear of the layers of each slice view: others change them too, such as the slice controller and Data."""
        for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
            if not self.hasObserver(composite, vtk.vtkCommand.ModifiedEvent, self._onLayersChanged):
                self.addObserver(composite, vtk.vtkCommand.ModifiedEvent, self._onLayersChanged)

    def cleanup(self) -> None:
        """End everything, also what a failed setup began; called when the application closes and before a reload."""
        with ExitStack() as ending:  # from the last to the first; each is done, whatever becomes of the others
            ending.callback(self._discardPanel)
            if self.logic is not None:
                ending.callback(self.logic.close)
            ending.callback(self.removeObservers)
            ending.callback(self.setParameterNode, None)
            if self.study is not None:
                ending.callback(self.study.close)
            if self._run is not None:
                ending.callback(self._modelButtons.close)
                ending.callback(self._doors.close)
                ending.callback(self._run.close)
            if self._refreshTimer is not None:
                ending.callback(self._refreshTimer.stop)

    def _discardPanel(self) -> None:
        """A reload only hides the old panel: with its connections it would live on, and this object with it."""
        for section in (self._panel, getattr(self, "reloadCollapsibleButton", None)):
            if section is not None:
                section.deleteLater()
        self._panel = self._run = self._refreshTimer = self.reloadCollapsibleButton = None

    def onReload(self) -> None:
        """Forget the parts of the module first, which Slicer would keep as they were."""
        for name in [name for name in sys.modules if name.partition(".")[0] == "CXRGroundingLib"]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def enter(self) -> None:
        """Called each time the user opens the module; models and findings may have changed meanwhile."""
        with self._errorsTold():
            self._models.refresh(self._models.name)
            self.initializeParameterNode()

    def exit(self) -> None:
        """Called each time the user leaves the module; a run goes on."""
        self.setParameterNode(None)

    def initializeParameterNode(self) -> None:
        """Take the scene's parameter node, and propose a radiograph when it names none."""
        self.setParameterNode(self.logic.getParameterNode())
        if self._parameterNode.radiograph is None:
            self._parameterNode.radiograph = self._proposal()

    def setParameterNode(self, parameterNode: Any) -> None:
        """Show and observe a parameter node; none for None."""
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            node = self._parameterNode.parameterNode
            self.removeObserver(node, vtk.vtkCommand.ModifiedEvent, self._onParametersChanged)
        self._parameterNode = parameterNode
        if parameterNode is not None:
            # Not by connectGui, which gives no tag back in Slicer: nothing could end what it connects.
            self._parameterNodeGuiTag = parameterNode.connectParametersToGui(self._parameterWidgets())
            # The node, not its wrapper: what was observed is kept by the mixin, and the wrapper observes on with it.
            self.addObserver(parameterNode.parameterNode, vtk.vtkCommand.ModifiedEvent, self._onParametersChanged)
            self._onParametersChanged()
            self._refresh()

    def _parameterWidgets(self) -> dict[str, Any]:
        """The widgets that show a parameter, by its name, which the .ui file gives them."""
        named = ((widget.property("SlicerParameterName"), widget) for widget in vars(self.ui).values())
        return {name: widget for name, widget in named if name}

    def _proposal(self) -> Any:
        """The first volume that can be grounded; never a subclass, which may be a result of this module."""
        for volumeNode in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"):
            if volumeNode.GetClassName() == "vtkMRMLScalarVolumeNode" and not self._problemOf(volumeNode):
                return volumeNode
        return None

    def _problemOf(self, volumeNode: Any) -> str:
        try:
            self.logic.checkRadiograph(volumeNode)
        except CXRGroundingError as error:
            return str(error)
        return ""

    # From the panel into the parameter node

    def _onPhraseEdited(self, text: str) -> None:
        if self._parameterNode is not None:
            self._parameterNode.phrase = text

    def _onReportEdited(self) -> None:
        if self._parameterNode is not None:
            report = self.ui.reportEdit.toPlainText()
            if self._parameterNode.sentences and isAnother(self._parameterNode.report, report):
                self._parameterNode.sentences = ""  # what was changed of one report is not another one's affair
            self._parameterNode.report = report

    def _onModelChosen(self, index: int) -> None:
        if self._parameterNode is not None:
            self._parameterNode.model = self._models.name

    def _onColorMapChosen(self, index: int) -> None:
        if self._parameterNode is not None:
            self._parameterNode.colorMap = self._display.colorMap

    # From the parameter node into the panel

    def _onParametersChanged(self, caller: Any = None, event: Any = None) -> None:
        with self._errorsTold():
            parameters = self._parameterNode
            self._phraseField.setText(parameters.phrase)
            # Not left to Slicer's connector, which writes the same text again and so moves the cursor at every key.
            if self.ui.reportEdit.toPlainText() != parameters.report:
                self.ui.reportEdit.setPlainText(texts.shown(parameters.report))
            if (parameters.model or self._models.first) != self._models.name:  # none is named after a scene was closed
                self._models.refresh(parameters.model)
            self._display.show(parameters)
            self._report.read(parameters.report, parameters.sentences)
            self._findings.setRadiograph(parameters.radiograph)
            self._updateState()
            self._refreshTimer.start()

    def _updateState(self) -> None:
        """The buttons, their tooltips, and what is said about the model."""
        parameters = self._parameterNode
        if parameters is None:
            return
        volumeNode = parameters.radiograph
        problem = None if volumeNode is None else self._problemOf(volumeNode)
        self._run.warmUpFor(None if problem or self._models.problem else volumeNode)
        sentences, areLeft = self._reportToGround()
        said = [sentence.text for sentence in sentences]
        self._run.showState(
            texts.whyNotGround(problem, self._models.problem, [self._phraseField.text], report=False),
            self._report.problem or texts.whyNotGround(problem, self._models.problem, said, report=True),
            report_texts.reportButtonText(len(said), areLeft),
        )
        self._modelButtons.showState()
        self._doors.showState(volumeNode)
        self._showModelLabel()
        self._updateMessage()

    def _showModelLabel(self) -> None:
        """Say it when the chosen model, or the one behind the shown finding, is a demonstration."""
        text = self._models.labelText(self._findings.shownResult)
        self.ui.modelLabel.setText(texts.shown(text))
        self.ui.modelLabel.setVisible(bool(text) and not self.study.isReading)
        self._foot.refresh(self._findings.shownResult)

    # What the user asks for

    def _onLoad(self) -> None:
        with self._errorsTold():
            path = askForFile(_("Load a radiograph"), _("DICOM files and images (*)"))
            if path:
                self.loadRadiograph(path)

    def loadRadiograph(self, path: str) -> None:
        """Load a file and choose it.

        Raises:
            CXRGroundingError: when it is no radiograph.
        """
        self._showMessage("")
        with slicer.util.WaitCursor():
            volumeNode = self.logic.loadRadiograph(path)
        self._choose(volumeNode)
        self._layout.showLoaded()

    def _choose(self, volumeNode: Any) -> None:
        if self._parameterNode is not None:
            self._parameterNode.radiograph = volumeNode

    def focusPhrase(self) -> None:
        """Put the keyboard into the phrase field; for a key of the application."""
        self._phraseField.focus()

    def showFinding(self, labelNode: Any) -> None:
        """Choose a finding in the list, which shows it."""
        with self._errorsTold():
            self._findings.choose(labelNode)

    def showFindingNumber(self, number: int) -> bool:
        """Choose a finding by the number before its row, from 1; False where there is none."""
        found = self._findings.findings
        if not 1 <= number <= len(found):
            return False
        self.showFinding(found[number - 1])
        return True

    def _install(self) -> None:
        install.ensureInstalled(self.resourcePath("requirements.txt"))

    def _onShown(self) -> None:
        if self._refreshTimer is None:
            return  # the panel has gone, and what was written in it
        self._showMessage("")
        self._refreshTimer.start()

    # What happens to the scene

    def _onSceneStartClose(self, caller: Any, event: Any) -> None:
        with self._errorsTold():
            self._stop(_("The scene was closed, so the grounding was stopped."))
            self._showMessage("")
            self.setParameterNode(None)

    def _onSceneStartImport(self, caller: Any, event: Any) -> None:
        # While nodes are missing, the selector would write "none" over the radiograph that the scene brings.
        self.setParameterNode(None)
        self._showMessage("")

    def _onNodesChanged(self, caller: Any, event: Any) -> None:
        with self._errorsTold():
            self._run.forget(lambda node: not slicer.mrmlScene.IsNodePresent(node))
            volumeNode = self._run.volumeNode
            if volumeNode is not None and not slicer.mrmlScene.IsNodePresent(volumeNode):
                self._stop(_("The radiograph was removed from the scene, so the grounding was stopped."))
            self._refreshTimer.start()

    def _onLayersChanged(self, caller: Any, event: Any) -> None:
        if slicer.mrmlScene.IsBatchProcessing():
            return  # its end is an event of its own
        with self._errorsTold():
            if not self._findings.isUpToDate:
                self.logic.updateLegends()
                self._refreshTimer.start()
            self._updateMessage()

    def _refresh(self) -> None:
        """Bring all up to date with the scene; an unfinished import waits for its end, which calls again."""
        if slicer.mrmlScene.IsBatchProcessing():
            return
        with self._errorsTold():
            self._observeViews()
            self.logic.hideOrphans()
            self.logic.updateOutlines()
            if self._parameterNode is not None:
                self._report.readOn()
                self._findings.refresh()
                self._updateState()
                if self._report.isReading or not self._findings.isComplete:
                    self._refreshTimer.start()
            elif self.parent.isEntered:
                self.initializeParameterNode()

    # What the user is told

    def _showMessage(self, text: str) -> None:
        self._message.tell(text, self._chosenID)
        self._updateMessage()

    def _updateMessage(self) -> None:
        """What was told last, as long as it is about the chosen radiograph; else what is to be said of the views."""
        standing = ""
        radiograph = None if self._parameterNode is None else self._parameterNode.radiograph
        if radiograph is not None and self._findings.findings and not self.logic.isSeen(radiograph):
            standing = _(
                "No slice view shows the radiograph. Choose it as the background of one to see the heatmap over it."
            )
        self._message.show(self._chosenID, standing)

    @property
    def _chosenID(self) -> str:
        """Of the chosen radiograph; "" for none."""
        radiograph = None if self._parameterNode is None else self._parameterNode.radiograph
        return "" if radiograph is None else str(radiograph.GetID())

    @contextmanager
    def _errorsTold(self) -> Iterator[None]:
        """Say an error in the panel: a sentence for one that has it, and where to look for a defect of this module."""
        try:
            yield
        except CXRGroundingError as error:
            self._showMessage(str(error))
        except Exception:
            logging.exception("CXR Grounding met an error that it did not expect")
            self._showMessage(_("This module made a mistake. View > Error Log says more; please report it."))
