"""A reading that is killed, again and again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

KILLS = 50


def test_no_answer_is_lost_when_readers_are_killed_fifty_times(study_folder: Path) -> None:
    script = Path(__file__).with_name("scripted_reading.py")
    ended = subprocess.run(
        [sys.executable, script, study_folder, str(KILLS), "7"], capture_output=True, text=True, timeout=200
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["kills"] == KILLS
    assert told["acknowledged"] >= KILLS
    assert told["readers"] > 1
    assert told["lost"] == []
