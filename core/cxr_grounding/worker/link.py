"""One child as its client sees it: started, not yet connected, greeted, listening; nothing here waits."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from cxr_grounding.worker.channel import Channel, ChannelLostError, connect
from cxr_grounding.worker.handshake import Greeting
from cxr_grounding.worker.packing import unpack, write_packed
from cxr_grounding.worker.process import ChildProcess
from cxr_grounding.worker.protocol import Cancel, GarbageError, Message, Request, request_name, result_name


class Link:
    """Start a child, and talk to it.

    Args:
        command: the interpreter, or a launcher that starts it.
        settings: for the child; a key is added.

    Attributes:
        process: the child.
        is_open: whether requests can be sent.
        is_lost: whether the child has closed the connection.

    Raises:
        WorkerError: when the process cannot be started.
    """

    def __init__(self, command: Sequence[str], settings: dict[str, Any]) -> None:
        self._key = secrets.token_bytes(32)
        self.process = ChildProcess(command, settings | {"key": self._key.hex()})
        self.is_open = False
        self.is_lost = False
        self._channel: Channel | None = None
        self._greeting: Greeting | None = None

    def receive(self) -> Iterator[Message]:
        """What the child has said since the last time; before that, the connection is made when it can be.

        Raises:
            GarbageError: when the child says what it should not.
        """
        try:
            if self._channel is None or self._greeting is None:
                self._connect()
                return
            while (message := self._channel.receive()) is not None:
                if self.is_open:
                    yield message
                else:
                    self._greeting.check(message)
                    self.is_open = True
        except ChannelLostError:
            self.is_lost = True

    def _connect(self) -> None:
        nonce = self.process.ready_text()
        if nonce is None:
            return
        self._greeting = Greeting(self._key, nonce)
        self._channel = connect(self.process.address)
        self._channel.send(self._greeting.hello)

    def request(self, number: int, work: str, packed: bytes) -> None:
        """Ask for something.

        Args:
            number: of the request, counted up.
            work: one of `protocol.DOING`.
            packed: what it needs, from `pack`.

        Raises:
            OSError: when the file for it cannot be written.
        """
        write_packed(self.process.folder / request_name(number), packed)
        self._send(Request(number, work))

    def cancel(self, number: int) -> None:
        """Ask to stop a request."""
        self._send(Cancel(number))

    def result(self, number: int) -> Any:
        """What came of a request that is done; its file is gone after.

        Raises:
            GarbageError: when it cannot be read.
        """
        path = self.process.folder / result_name(number)
        try:
            return unpack(path)
        except MemoryError as error:
            raise GarbageError(f"{path.name} does not fit in memory") from error
        finally:
            path.unlink(missing_ok=True)

    def _send(self, message: Message) -> None:
        try:
            if self._channel is not None:
                self._channel.send(message)
        except ChannelLostError:
            self.is_lost = True

    def cut(self) -> None:
        """Close the connection and end the child, now."""
        if self._channel is not None:
            self._channel.close()
        self.is_lost = True
        self.process.kill()

    def let_go(self) -> None:
        """For a fork of the program: close what it has of the connection; the child stays the program's."""
        if self._channel is not None:
            self._channel.close()
