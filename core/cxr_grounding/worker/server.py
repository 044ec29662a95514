"""The child: `python -m cxr_grounding.worker.server FOLDER` with its settings as one line on standard input.

It listens first and then loads what its desk needs, so that the parent knows soon that it is there. The main thread
works, at the desk; one thread reads what the parent says, so that "stop" gets in meanwhile; one waits for the end of
standard input, which comes when the parent dies, by whatever death; one sends (`outbox`).
"""

from __future__ import annotations

import faulthandler
import json
import os
import queue
import secrets
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any, NoReturn

from cxr_grounding import errors
from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import Cancelled, CXRGroundingError, WorkerError
from cxr_grounding.worker.channel import Channel, ChannelLostError, listen
from cxr_grounding.worker.courier_desk import CourierDesk
from cxr_grounding.worker.desk import Desk
from cxr_grounding.worker.fetching_desk import FetchingDesk
from cxr_grounding.worker.grounding_desk import GroundingDesk
from cxr_grounding.worker.handshake import admit
from cxr_grounding.worker.outbox import Outbox
from cxr_grounding.worker.process import READY, remove_own
from cxr_grounding.worker.protocol import (
    CARRYING,
    DOING,
    FETCHING,
    GROUNDING,
    LONGEST_TEXT,
    READING,
    Advance,
    Cancel,
    Done,
    Failed,
    GarbageError,
    Goodbye,
    Request,
    request_name,
    result_name,
)
from cxr_grounding.worker.reading_desk import ReadingDesk

DESKS: dict[str, Callable[[], Desk]] = {
    GROUNDING: GroundingDesk,
    READING: ReadingDesk,
    FETCHING: FetchingDesk,
    CARRYING: CourierDesk,
}
"""What a child can be started for."""

FLUSH_SECONDS = 5.0
"""To wait for a parent that does not listen, before ending."""

DEFECT = 70
"""Exit code of a child that found something wrong in itself or its parent (EX_SOFTWARE of sysexits.h)."""


class Server:
    """What one child does, from its settings to its end.

    Args:
        folder: private to parent and child.
        channel: to the parent, which has proved to be it.
        desk: does what is requested.
        idle_seconds: without a request, after which the child ends.
    """

    def __init__(self, folder: Path, channel: Channel, desk: Desk, idle_seconds: float) -> None:
        self._folder = folder
        self._desk = desk
        self._channel = channel
        self._idle_seconds = min(idle_seconds, threading.TIMEOUT_MAX)
        self._outbox = Outbox(channel)
        self._requests: queue.Queue[Request] = queue.Queue()
        self._cancelled = 0

    def serve(self) -> NoReturn:
        """Answer requests until nobody wants anything."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        self._outbox.is_busy = True
        with suppress(WorkerError):  # which the first request meets again
            self._desk.open()
        while True:
            self._outbox.is_busy = False
            try:
                request = self._requests.get(timeout=self._idle_seconds)
            except queue.Empty:
                self._outbox.put(Goodbye())
                self._outbox.flush(FLUSH_SECONDS)
                leave(self._folder)
            self._outbox.is_busy = True
            self._answer(request)

    def _answer(self, request: Request) -> None:
        """Do what is asked, and say what came of it."""
        try:
            self._work(request)
        except CXRGroundingError as error:
            self._outbox.put(Failed(request.number, public_class(error), str(error)[:LONGEST_TEXT]))
            return
        self._outbox.put(Done(request.number))

    def _work(self, request: Request) -> None:
        self._desk.open()  # before what needs numpy and the like, so that a package that is missing is one sentence
        from cxr_grounding.worker.packing import pack_into

        try:
            result = self._result(request)
        except MemoryError as error:
            raise self._desk.out_of_memory(request.work) from error
        try:
            pack_into(self._folder / result_name(request.number), result)
        except OSError as error:
            raise WorkerError(
                f"The worker cannot write to {self._folder} ({reason(error)}). Check the space on its disk."
            ) from error

    def _result(self, request: Request) -> Any:
        from cxr_grounding.worker.packing import unpack

        def progress(stage: str, done: int, total: int) -> bool:
            self._outbox.put(Advance(request.number, stage, done, total))
            return request.number > self._cancelled

        path = self._folder / request_name(request.number)
        try:
            wanted = unpack(path)
        finally:
            path.unlink(missing_ok=True)
        if request.number <= self._cancelled:
            raise Cancelled(f"Stopped on request before {DOING[request.work]} began.")
        return self._desk.do(request.work, wanted, progress)

    def _read(self) -> None:
        """Take in what the parent says, until it is gone."""
        try:
            while True:
                message = self._channel.receive(None)
                if isinstance(message, Request) and message.work in DOING:
                    self._requests.put(message)
                elif isinstance(message, Cancel):
                    self._cancelled = max(self._cancelled, message.number)
                else:
                    raise GarbageError(f"{message} from the parent")
        except ChannelLostError:
            leave(self._folder)


def public_class(error: CXRGroundingError) -> str:
    """The name of the class in `errors` that an error is of: a kind of it may be known to this end alone."""
    return next(one.__name__ for one in type(error).__mro__ if vars(errors).get(one.__name__) is one)


def leave(folder: Path) -> NoReturn:
    """End as meant, from any thread, leaving nothing behind."""
    remove_own(folder)
    os._exit(0)


def give_up(error: BaseException) -> NoReturn:
    """End because of a defect, in this process or its parent; the log gets it for the parent to show."""
    traceback.print_exception(error)
    sys.stderr.flush()
    os._exit(DEFECT)


def watch_parent(folder: Path) -> None:
    """Wait for the end of standard input, which is the parent's end, and end too."""
    while os.read(0, 4096):
        pass  # the parent says nothing more here
    leave(folder)


def settings_line() -> dict[str, Any] | None:
    """The first line of standard input; None when the parent ended before it was written.

    It is read byte by byte, so that nothing is read ahead of the watching thread.
    """
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return None
        line += byte
    settings: dict[str, Any] = json.loads(line)
    return settings


def let_in(listener: Listener, key: bytes, nonce: str) -> Channel:
    """The channel to the parent; whoever connects without the key is sent away."""
    while True:
        channel = Channel(listener.accept())
        try:
            admit(channel, key, nonce)
        except (ChannelLostError, GarbageError) as error:
            print(f"A stranger was sent away: {error}.", file=sys.stderr)
            channel.close()
            continue
        return channel


def main() -> NoReturn:
    """Start, listen, serve."""
    sys.excepthook = lambda kind, error, trace: give_up(error)
    threading.excepthook = lambda args: give_up(args.exc_value or args.exc_type())
    faulthandler.enable()
    folder, nonce = Path(sys.argv[1]), secrets.token_hex(16)
    settings = settings_line()
    if settings is None:
        leave(folder)
    threading.Thread(target=watch_parent, args=(folder,), name="watch", daemon=True).start()
    with listen(settings["address"]) as listener:
        with written_whole(folder / READY, ".tmp") as temporary:
            temporary.write_text(nonce, encoding="ascii")
        channel = let_in(listener, bytes.fromhex(settings["key"]), nonce)
    Server(folder, channel, DESKS[settings["desk"]](), settings["idle_seconds"]).serve()


if __name__ == "__main__":
    main()
