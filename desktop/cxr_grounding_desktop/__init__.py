"""The module CXR Grounding in a window of its own, for computers without 3D Slicer. Research use only."""
