"""Hearing of changes without keeping alive who hears."""

from __future__ import annotations

import gc
import weakref

import vtk

from cxr_grounding_desktop.viewer.view.observing import Observing


class Listener:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.heard = 0
        self.observing = Observing(self.hear)

    def hear(self) -> None:
        self.heard += 1


def test_what_is_watched_is_heard_until_it_is_released() -> None:
    listener, subject = Listener(), vtk.vtkObject()
    listener.observing.watch("it", subject, ("ModifiedEvent",))
    subject.Modified()
    assert listener.heard == 1
    listener.observing.release()
    subject.Modified()
    assert listener.heard == 1
    assert not subject.HasObserver("ModifiedEvent")


def test_another_object_in_a_role_takes_the_place_of_the_one_before() -> None:
    listener, first, second = Listener(), vtk.vtkObject(), vtk.vtkObject()
    for subject in (first, second, second):
        listener.observing.watch("it", subject, ("ModifiedEvent", "UserEvent"))
    first.Modified()
    assert listener.heard == 0
    second.Modified()
    second.InvokeEvent("UserEvent")
    assert listener.heard == 2


def test_who_listens_is_not_kept_alive(little_to_collect: None) -> None:
    listener, subject = Listener(), vtk.vtkObject()
    listener.observing.watch("it", subject, ("ModifiedEvent",))
    gone = weakref.ref(listener)
    del listener
    gc.collect()
    assert gone() is None
    subject.Modified()
