"""Two views that look at the same place: what one is zoomed and moved to, the other follows."""

from __future__ import annotations

from cxr_grounding_desktop.viewer.view.observing import Observing
from cxr_grounding_desktop.viewer.view.slice_view import SliceView


class LinkedViews:
    """Links two views, in parts of what each shows whole, so that images of other sizes can be compared.

    Args:
        first, second: the views.
    """

    def __init__(self, first: SliceView, second: SliceView) -> None:
        self._views = first, second
        self._is_following = False
        self._observing = Observing(self._first_moved), Observing(self._second_moved)

    def begin(self) -> None:
        """Follow from now on; the second goes where the first one is."""
        for observing, view in zip(self._observing, self._views, strict=True):
            observing.watch("node", view.slice_logic.GetSliceNode(), ("ModifiedEvent",))
        self._first_moved()

    def end(self) -> None:
        """Follow no more."""
        for observing in self._observing:
            observing.release()

    def _first_moved(self) -> None:
        self._follow(*self._views)

    def _second_moved(self) -> None:
        self._follow(*reversed(self._views))

    def _follow(self, moved: SliceView, other: SliceView) -> None:
        if self._is_following or moved.camera.is_away or other.camera.is_away:
            return
        self._is_following = True
        try:
            sight = moved.camera.relative_sight()
            if sight is not None:
                other.camera.look_relative(sight)
        finally:
            self._is_following = False
