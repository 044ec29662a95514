"""The slice view: a radiograph with what was found on it, as Slicer's slice logic composites them, in a Qt widget."""

from __future__ import annotations

from cxr_grounding_desktop.viewer.view.slice_view import SliceView

__all__ = ["SliceView"]
