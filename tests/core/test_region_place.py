"""A region's side and zone, by thirds of what the model saw."""

from __future__ import annotations

import pytest

from cxr_grounding import Box, Laterality, Orientation, Zone, place_region

SEEN = Box(100, 0, 600, 600)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(150, 30, 100, 100), (Laterality.RIGHT, Zone.UPPER)),
        (Box(500, 430, 150, 140), (Laterality.LEFT, Zone.LOWER)),
        (Box(300, 250, 200, 100), (Laterality.BILATERAL, Zone.MIDDLE)),
        (Box(380, 250, 200, 100), (Laterality.LEFT, Zone.MIDDLE)),
        (Box(699, 599, 1, 1), (Laterality.LEFT, Zone.LOWER)),
    ],
)
def test_the_patients_left_is_at_the_images_right(box: Box, expected: tuple[Laterality, Zone]) -> None:
    assert place_region(box, SEEN, Orientation()) == expected


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (Orientation("R", "F", known=True), (Laterality.LEFT, Zone.UPPER)),
        (Orientation("L", "H", known=True), (Laterality.RIGHT, Zone.LOWER)),
        (Orientation("F", "L", known=True), (Laterality.RIGHT, Zone.UPPER)),
        (Orientation("A", "F", known=True), (None, Zone.UPPER)),
        (Orientation("L", "P", known=True), (Laterality.RIGHT, None)),
    ],
)
def test_a_stored_image_that_lies_otherwise_is_turned_in_mind(
    orientation: Orientation, expected: tuple[Laterality | None, Zone | None]
) -> None:
    assert place_region(Box(150, 30, 100, 100), SEEN, orientation) == expected
