"""The doorway: the classes that Slicer asks for by name. What they do is in CXRGroundingLib."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleLogic

HERE = Path(__file__).resolve().parent

if importlib.util.find_spec("cxr_grounding") is None:
    # An installed extension has the package beside this file; a checkout has it in core/.
    sys.path.append(str(HERE.parent / "core"))

# After that, since they import it.
from CXRGroundingLib import self_test  # noqa: E402
from CXRGroundingLib.logic import GroundingLogic  # noqa: E402
from CXRGroundingLib.parameters import CXRGroundingParameterNode, unsetUnreadable  # noqa: E402
from CXRGroundingLib.widget import GroundingWidget  # noqa: E402


class CXRGrounding(ScriptedLoadableModule):
    """What Slicer's module list shows."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("CXR Grounding")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Analysis")]
        parent.dependencies = []
        parent.contributors = ["The CXRGrounding founders"]
        parent.helpText = _(
            "Shows where on a chest radiograph a phrase points, as a heatmap over the image. Load a radiograph, write "
            "a phrase such as <i>small left pleural effusion</i>, and press Ground. Research use only. More in the "
            '<a href="https://github.com/cxrgrounding/SlicerCXRGrounding">documentation</a>.'
        )
        parent.acknowledgementText = _(
            "The method is that of Vilouras et al., Zero-Shot Medical Phrase Grounding with Off-the-shelf Diffusion "
            "Models (arXiv 2404.12920)."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData() -> None:
    """Offer the phantoms that come with the module in Slicer's Sample Data."""
    from CXRGroundingLib import sample_data

    sample_data.registerSampleData(str(HERE / "Resources"))


class CXRGroundingLogic(GroundingLogic, ScriptedLoadableModuleLogic):
    """What the module does, also for scripts: see GroundingLogic."""

    def __init__(self, scene: Any = None, **options: Any) -> None:
        ScriptedLoadableModuleLogic.__init__(self)
        # Slicer's own Python for the worker: the application itself is no interpreter, and may not name one in
        # sys.executable. None, where there is no Slicer, is the interpreter that runs this.
        options.setdefault("python", shutil.which("PythonSlicer"))
        GroundingLogic.__init__(self, scene, slicer.app.applicationLogic(), **options)

    def getParameterNode(self) -> CXRGroundingParameterNode:
        """The user's choices, in the application's scene."""
        node = super().getParameterNode()
        unsetUnreadable(node)
        return CXRGroundingParameterNode(node)  # type: ignore[call-arg]  # Slicer's decorator makes it take one


class CXRGroundingWidget(GroundingWidget):
    """The panel."""

    logicClass = CXRGroundingLogic


class CXRGroundingTest(self_test.GroundingTest):
    """What runs inside Slicer."""
