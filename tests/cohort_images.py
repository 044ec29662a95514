"""The images of the small cohort that tests/core/cohort grounds."""

from __future__ import annotations

IMAGES = 24
GONE, DAMAGED = 5, 10
"""Of the images, one that is not there, and one that is none."""
