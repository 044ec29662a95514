"""A worker that talks nonsense is ended; a child that is told nonsense ends; a stranger is sent away."""

from __future__ import annotations

import sys
from collections.abc import Callable
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from cxr_grounding import WorkerError
from cxr_grounding.worker.link import Link
from cxr_grounding.worker.protocol import READING

from .conftest import MakeWorker, Worker, eventually, refused

IMPOSTOR = """
import json, os, sys
from pathlib import Path
from cxr_grounding.worker.channel import Channel, listen
from cxr_grounding.worker.handshake import admit
from cxr_grounding.worker.protocol import Failed, Welcome

folder = Path(sys.argv[-1])
settings = json.loads(sys.stdin.readline())
listener = listen(settings["address"])
(folder / "new").write_text("nonce")
(folder / "new").rename(folder / "ready")
connection = listener.accept()
channel = Channel(connection)
if {is_known}:
    admit(channel, bytes.fromhex(settings["key"]), "nonce")
    channel.receive(None)
{misdeed}
sys.stdin.read()
"""
"""It plays the worker's part as far as the misdeed; what it does until then is done with the worker's own means."""

MISDEEDS = {
    "no welcome": "channel.send(Welcome('of my own'))",
    "no JSON": "connection.send_bytes(b'nonsense')",
    "no message": "connection.send_bytes(b'[1]')",
    "entries of the wrong type": """connection.send_bytes(b'{"kind": "done", "number": "1"}')""",
    "a kind that only the parent says": """connection.send_bytes(b'{"kind": "cancel", "number": 1}')""",
    "an answer that nobody asked for": """connection.send_bytes(b'{"kind": "done", "number": 7}')""",
    "an unknown error": "channel.send(Failed(1, 'SystemExit', ''))",
    "an error that is none": "channel.send(Failed(1, 'annotations', ''))",
    "half a message": "os.write(connection.fileno(), bytes([0, 0, 0, 32]) + b'half')",
    "a message that is too long": "os.write(connection.fileno(), b'nonsense')",
    "no file": """connection.send_bytes(b'{"kind": "done", "number": 1}')""",
    "a broken file": """from cxr_grounding.worker.packing import pack
(folder / "result-1.npz").write_bytes(pack((1, 2))[:-40])
connection.send_bytes(b'{"kind": "done", "number": 1}')""",
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_worker_that_sends_garbage_is_ended(make_worker: MakeWorker, tmp_path: Path, misdeed: str) -> None:
    program = tmp_path / "impostor.py"
    program.write_text(IMPOSTOR.format(is_known=misdeed != "no welcome", misdeed=MISDEEDS[misdeed]))
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" "$@"\n')
    python.chmod(0o755)
    worker = make_worker(python=python)
    with pytest.raises(WorkerError, match="sent what cannot be understood") as caught:
        worker.wait(worker.load(tmp_path))
    assert "Traceback" not in str(caught.value)
    assert not worker.is_running


@pytest.fixture
def open_link() -> Link:
    link = Link([sys.executable], {"desk": READING, "idle_seconds": 60.0})

    def is_open() -> bool:
        assert list(link.receive()) == []
        return link.is_open

    eventually(is_open, "a connection")
    return link


@pytest.mark.parametrize(
    "tell",
    [
        lambda link: link.request(1, "sing", b""),
        lambda link: link.request(1, "load", b"no archive"),
        lambda link: link._channel._connection.send_bytes(b"nonsense"),
    ],
    ids=["unknown work", "a broken file", "no JSON"],
)
def test_a_child_that_is_told_garbage_notes_it_and_ends(open_link: Link, tell: Callable[[Link], None]) -> None:
    tell(open_link)
    eventually(lambda: not open_link.process.is_running, "the end of the child")
    assert "GarbageError" in open_link.process.log_tail()
    assert open_link.process.describe_end() == ("ended with exit code 70", "Ask again")
    open_link.cut()
    assert open_link.process.bury()


def test_strangers_are_sent_away_and_the_worker_goes_on(bare_worker: Worker, temporary: Path, tmp_path: Path) -> None:
    bare_worker.start()
    (ready,) = eventually(lambda: list(temporary.glob("*/ready")), "a listening child")
    address = str(ready.parent / "socket")
    talker, mute, hasty = (Client(address) for _ in range(3))
    talker.send_bytes(b'{"kind": "hello", "proof": "guessed", "nonce": ""}')
    hasty.close()
    with refused():
        bare_worker.wait(bare_worker.load(tmp_path))
    for stranger in (talker, mute):
        with pytest.raises(EOFError):
            stranger.recv_bytes()
        stranger.close()
