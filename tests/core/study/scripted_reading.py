"""Readers who are killed at random moments: prints what became of their answers, as JSON.

Run as `python scripted_reading.py STUDY KILLS SEED`. Each reader is a child that says after each case that it was
saved; then, at some moment, it is killed as a power cut does it, and another child goes on under the same name.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from cxr_grounding.study.answers_file import read_answers
from cxr_grounding.study.reading_session import ReadingSession
from cxr_grounding.study.study_folder import Study

MOST_SECONDS = 0.03
"""After the first case, in which a child is killed."""


def read_until_killed(folder: Path, reader: str, told: int) -> None:
    """The child: rate case after case."""
    with ReadingSession(folder, reader) as session:
        while session.case is not None:
            session.begin()
            place = session.place
            session.save({"rating": 1 + place % 5, "present": "yes", "comment": f"case {place}"})
            os.write(told, f"{place}\n".encode())
            time.sleep(random.random() * 0.002)
    os.write(told, b"end\n")


def killed_once(folder: Path, reader: str, moment: float) -> list[str]:
    """Start a child, kill it, and give what it had said."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        try:
            read_until_killed(folder, reader, told)
        finally:
            os._exit(0)
    os.close(told)
    said = os.read(heard, 4096)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(heard, 4096):
        said += more
    os.close(heard)
    return said.decode().split()


def main() -> None:
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    random.seed(seed)
    number, acknowledged, lost, torn = 1, 0, [], 0
    saved: set[str] = set()
    for _ in range(kills):
        reader = f"R{number}"
        said = killed_once(folder, reader, random.random() * MOST_SECONDS)
        acknowledged += sum(one != "end" for one in said)
        saved |= {one for one in said if one != "end"}
        path = Study.open(folder).answers_path(reader)
        torn += not path.read_bytes().endswith(b"\n")
        on_disk = read_answers(path).latest
        lost += [f"{reader}: {place}" for place in saved if int(place) not in on_disk]
        lost += [f"{reader}: {place}" for place, one in on_disk.items() if one.answers["comment"] != f"case {place}"]
        if "end" in said or read_answers(path).is_complete:
            number, saved = number + 1, set()
    print(json.dumps({"kills": kills, "readers": number, "acknowledged": acknowledged, "lost": lost, "torn": torn}))


if __name__ == "__main__":
    main()
