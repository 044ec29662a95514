"""What is said of the finding that is shown: what was asked, how far to believe it, and what must not be overlooked."""

from __future__ import annotations

from typing import Any

import slicer
from PyQt5.QtGui import QColor

from cxr_grounding_desktop.viewer.view.layers import label_layer, volume_of
from cxr_grounding_desktop.viewer.view.text import AMBER, INK

RESEARCH_USE_ONLY = "Research use only"

PREFIX = "CXRGrounding."
"""Of the attributes with which the module says on a label map what it shows."""

QUICK = "Quick answer: few steps, the full one may differ."


def finding_texts(slice_logic: Any) -> list[tuple[str, QColor]]:
    """What the overlay shows, with the texts' colors.

    Phrase, the model where others have answered about the same radiograph, verdict, where a phrase without a place is
    best explained and what was asked in its stead; in the color of warnings that it is a quick answer, and for a
    demonstration model what must be said.
    """
    label = volume_of(label_layer(slice_logic))
    if label is None:
        return []
    phrase, verdict, place, asked = (
        label.GetAttribute(PREFIX + name) or "" for name in ("Phrase", "Verdict", "Place", "Asked")
    )
    best = f'best explained at: {place} (asked: "{asked}")' if place else ""
    texts = [(phrase, INK), (_by(label), INK), (verdict, INK), (best, INK)]
    if label.GetAttribute(PREFIX + "Preset") == "fast":
        texts.append((QUICK, AMBER))
    if label.GetAttribute(PREFIX + "Demonstration") == "true":
        # The picture says it already.
        said = (label.GetAttribute(PREFIX + "Label") or "").replace(RESEARCH_USE_ONLY + ".", "")
        texts.append((said.strip(), AMBER))
    return [(text, color) for text, color in texts if text]


def _by(label: Any) -> str:
    """Which model has answered, where that is not clear by itself."""
    radiograph, model = label.GetNodeReference(PREFIX + "radiograph"), label.GetAttribute(PREFIX + "Model")
    labels = slicer.util.getNodesByClass("vtkMRMLLabelMapVolumeNode", scene=label.GetScene())
    models = {
        one.GetAttribute(PREFIX + "Model")
        for one in labels
        if one.GetNodeReference(PREFIX + "radiograph") is radiograph
    }
    return f"by {model}" if model and len(models) > 1 else ""
