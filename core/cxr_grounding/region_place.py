"""Where on a radiograph a region lies, in the words of a report: the patient's side, and the zone by thirds."""

from __future__ import annotations

from cxr_grounding.radiograph import Box, Orientation
from cxr_grounding.signals.known_findings import Zone
from cxr_grounding.signals.places import Laterality

LEAST_SHARE = 0.25
"""Of a region's width that must lie beyond the midline for it to lie on both sides."""

_ZONES = (Zone.UPPER, Zone.MIDDLE, Zone.LOWER)


def place_region(box: Box, seen: Box, orientation: Orientation) -> tuple[Laterality | None, Zone | None]:
    """The side and the zone of a region of the image.

    The image is taken to show a chest in the middle of what the model saw: its midline is the patient's, and zones are
    thirds of its height, since nothing here knows where the lungs are.

    Args:
        box: of the region, in pixels of the radiograph as stored.
        seen: what the model saw, likewise.
        orientation: of the radiograph; without a known one the standard frontal view is assumed, as the model does.

    Returns:
        None for the side of an image whose rows run along neither side of the patient, and for the zone of one without
        head and feet.
    """
    across, down = _extent(box.x, box.width, seen.x, seen.width), _extent(box.y, box.height, seen.y, seen.height)
    by_letter = dict(zip(orientation.across, (across, (1 - across[1], 1 - across[0])), strict=True))
    by_letter |= dict(zip(orientation.down, (down, (1 - down[1], 1 - down[0])), strict=True))
    return _side(by_letter.get("R")), _zone(by_letter.get("H"))


def _extent(start: float, length: float, first: float, whole: float) -> tuple[float, float]:
    """A stretch as shares of a whole, from the edge at which that begins."""
    return (start - first) / whole, (start + length - first) / whole


def _side(from_right: tuple[float, float] | None) -> Laterality | None:
    """By the stretch from the patient's right edge."""
    if from_right is None:
        return None
    start, stop = from_right
    on_right = (min(stop, 0.5) - start) / max(stop - start, 1e-9)
    if on_right < LEAST_SHARE:
        return Laterality.LEFT
    return Laterality.RIGHT if on_right > 1 - LEAST_SHARE else Laterality.BILATERAL


def _zone(from_head: tuple[float, float] | None) -> Zone | None:
    """By the middle of the stretch from the head's edge."""
    if from_head is None:
        return None
    middle = sum(from_head) / 2
    return _ZONES[min(max(int(3 * middle), 0), 2)]
