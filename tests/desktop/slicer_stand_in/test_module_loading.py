"""Where the module lies, and whose threads are refused."""

from __future__ import annotations

import threading

from cxr_grounding_desktop.slicer_stand_in.module_loading import module_folder, threads_refused_to
from sources import ROOT


def test_the_module_of_a_checkout_lies_at_its_root() -> None:
    assert module_folder() == ROOT / "CXRGrounding"


def test_a_thread_of_others_may_start_while_the_modules_may_not() -> None:
    with threads_refused_to({"CXRGroundingLib"}):
        started = threading.Thread(target=lambda: None)
        started.start()
        started.join()
    assert threading.Thread.start.__qualname__ == "Thread.start"
