# ruff: noqa: PT009, PT027 - Slicer runs this with unittest
"""What runs inside Slicer: from a shipped phantom to a saved scene. Every test begins with an empty scene."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

from cxr_grounding import CXRGroundingError, split_report
from CXRGroundingLib import install
from CXRGroundingLib.color_maps import LEVELS, NOT_SEEN

RESOURCES = Path(__file__).resolve().parent.parent / "Resources"
PHANTOM = RESOURCES / "SampleData" / "phantom-2000012.dcm"


class GroundingTest(ScriptedLoadableModuleTest):
    """Named by the doorway, so that Slicer finds it once."""

    def setUp(self) -> None:
        """Begin with an empty scene."""
        from CXRGrounding import CXRGroundingLogic  # not above: the doorway imports this file

        slicer.mrmlScene.Clear()
        self.logic = CXRGroundingLogic()

    def tearDown(self) -> None:
        """End the worker."""
        self.logic.close()

    def runTest(self) -> None:
        """Run all, as Slicer's "Reload and Test" wants it."""
        for name in (name for name in dir(self) if name.startswith("test_")):
            self.setUp()
            try:
                self.delayDisplay(name)
                getattr(self, name)()
            finally:
                self.tearDown()

    def test_aPhantomIsLoadedAsOneSlice(self) -> None:
        volumeNode = self.logic.loadRadiograph(PHANTOM)
        self.logic.checkRadiograph(volumeNode)
        voxels = slicer.util.arrayFromVolume(volumeNode)
        self.assertEqual(voxels.shape[0], 1)
        self.assertGreater(np.ptp(voxels), 0)

    def test_aPhraseIsGroundedSavedAndLoadedAgain(self) -> None:
        volumeNode = self.logic.loadRadiograph(PHANTOM)
        phrase = split_report(PHANTOM.with_suffix(".txt").read_text(encoding="utf-8"))[0]
        missing = install.unmet(RESOURCES / "requirements.txt")
        if missing:
            # Slicer's own test machines have no torch. Then this is what must happen, and the other half is told.
            logging.warning(f"Grounding itself is not tested here, since these are not installed: {missing}")
            with self.assertRaises(CXRGroundingError):
                self.logic.ground(volumeNode, phrase)
            self.assertEqual(self.logic.findings(volumeNode), [])
        else:
            labelNode = self.logic.ground(volumeNode, phrase, preset="fast")
            self._checkFinding(labelNode, volumeNode, phrase)
            self._checkSavedAndLoaded(labelNode)

    def test_thePanelSaysWhatIsMissing(self) -> None:
        panel = slicer.modules.cxrgrounding.widgetRepresentation().self()
        panel.enter()
        self.assertFalse(panel.ui.groundButton.enabled)
        self.assertIn("radiograph", panel.ui.groundButton.toolTip)
        panel.loadRadiograph(str(PHANTOM))
        self.assertIn("phrase", panel.ui.groundButton.toolTip)
        panel.ui.phraseComboBox.setEditText("left pleural effusion")
        self.assertTrue(panel.ui.groundButton.enabled)

    def _checkFinding(self, labelNode: Any, volumeNode: Any, phrase: str) -> None:
        self.assertTrue(labelNode.IsA("vtkMRMLLabelMapVolumeNode"))
        np.testing.assert_array_equal(_ijkToRAS(labelNode), _ijkToRAS(volumeNode))
        levels = slicer.util.arrayFromVolume(labelNode)
        self.assertEqual(levels.shape, slicer.util.arrayFromVolume(volumeNode).shape)
        self.assertIn(LEVELS, levels)  # the highest heat is of the highest level
        self.assertLessEqual(levels.max(), NOT_SEEN)
        result = self.logic.result(labelNode)
        self.assertEqual(result["phrase"], phrase)
        self.assertTrue(result["model"]["demonstration"])

    def _checkSavedAndLoaded(self, labelNode: Any) -> None:
        levels, result = slicer.util.arrayFromVolume(labelNode).copy(), self.logic.result(labelNode)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "scene.mrb")
            self.assertTrue(slicer.util.saveScene(path, {}))
            slicer.mrmlScene.Clear()
            slicer.util.loadScene(path)
        (again,) = self.logic.findings()
        np.testing.assert_array_equal(slicer.util.arrayFromVolume(again), levels)
        self.assertEqual(self.logic.result(again), result)
        self.assertIsNotNone(self.logic.radiographOf(again))


def _ijkToRAS(volumeNode: Any) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    volumeNode.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)
