"""How long the desktop window keeps its event loop waiting while it grounds: the longest gaps, for docs/desktop.md.

    python -m benchmarks.interface

The bundled model on a phantom and on a real computed radiograph of 1955 rows, one phrase and then a report of four
sentences on each, in the whole window without a screen. Only prints. What a turn of the event loop does is counted in
every run of the tests (`tests/interface_work.py`); times are looked at here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pydicom.data import get_testdata_file
from PyQt5.QtCore import QEventLoop, QObject, Qt, QTimer

from benchmarks.tables import as_markdown
from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.pythonqt import unwrap
from cxr_grounding_desktop.viewer.program import make_application, make_window

PHANTOM = Path(__file__).parents[1] / "CXRGrounding" / "Resources" / "SampleData" / "phantom-2000012.dcm"
PHRASE = "Large left pleural effusion"
REPORT = "Left effusion. The heart is large. Pneumothorax. Edema."
TICK_MILLISECONDS = 10


def time_let_run() -> float:
    """Seconds, without those in which this thread was ready and another process had the processor (Linux tells them).

    On a busy machine others hold the processor, and a gap would say nothing about the program. Time in which the thread
    works, waits for a lock, a file or another process is the program's, and counts.
    """
    try:
        waited = int(Path(f"/proc/self/task/{os.getpid()}/schedstat").read_text().split()[1]) * 1e-9
    except (OSError, IndexError):
        waited = 0.0
    return time.monotonic() - waited


class InterfaceWatch(QObject):
    """Measures the time between ticks of a timer from its start to `stop`.

    Args:
        clock: gives the time in s.

    Attributes:
        gaps_ms: from tick to tick, the last one up to `stop`.
    """

    def __init__(self, clock: Callable[[], float] = time_let_run) -> None:
        super().__init__()
        self.gaps_ms: list[float] = []
        self._clock, self._last = clock, clock()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        now = self._clock()
        self.gaps_ms.append(1000 * (now - self._last))
        self._last = now


def measure(host: Host, button: str) -> list[float]:
    """The gaps in ms from a click on one of the panel's Ground buttons until the answers are there."""
    loop, ended, watch = QEventLoop(), QTimer(), InterfaceWatch()
    unwrap(getattr(host.widget.ui, button)).click()
    ended.timeout.connect(lambda: None if host.widget.logic.isBusy else loop.quit())
    ended.start(TICK_MILLISECONDS)
    loop.exec_()
    watch.stop()
    return watch.gaps_ms


def main() -> int:
    """Ground, and print the longest gaps."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = make_application(sys.argv[:1])
    host, rows = Host(testing=True), []
    try:
        window = make_window(host)
        window.resize(1600, 1000)
        window.show()
        for path in (PHANTOM, Path(str(get_testdata_file("RG1_UNCR.dcm", download=False)))):
            window.open_paths([str(path)])
            host.widget.ui.phraseComboBox.setEditText(PHRASE)
            host.widget.ui.reportEdit.setPlainText(REPORT)
            for asked, button in (("a phrase", "groundButton"), ("a report", "groundReportButton")):
                gaps = sorted(measure(host, button))
                rows.append([path.name, asked, f"{gaps[len(gaps) // 2]:.0f}", f"{gaps[-1]:.0f}"])
    finally:
        host.close()
    application.processEvents()
    headings = ["radiograph", "asked for", "median gap, ms", "longest gap, ms"]
    print(as_markdown([headings, ["---"] * len(headings), *rows]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
