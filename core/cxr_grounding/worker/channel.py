"""The wire: whole messages over a local socket (a named pipe on Windows), never waiting longer than it is told."""

from __future__ import annotations

import os
import secrets
import socket
import struct
import sys
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from cxr_grounding.worker.protocol import LARGEST_MESSAGE, GarbageError, Message, decode, encode

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection

    Wire = Connection | PipeConnection
else:
    Wire = Connection

LONGEST_ADDRESS = 100
"""Bytes of a socket's path that every system takes (macOS 103, Linux 107)."""

LONGEST_WAIT = 1
"""Seconds to wait for the rest of a message that has begun; both ends send theirs in one piece."""


class ChannelLostError(Exception):
    """The other end has closed its side, most often by ending. It never reaches the user as such."""


class Channel:
    """One connection, whole messages both ways."""

    def __init__(self, connection: Wire) -> None:
        self._connection = connection
        self._limit(socket.SO_RCVTIMEO)

    def _limit(self, option: int) -> None:
        """Bound a wait; the limit belongs to the socket, so it holds for the connection's own descriptor too."""
        if sys.platform == "win32":  # a pipe of Windows keeps messages whole by itself
            return
        with socket.socket(fileno=os.dup(self._connection.fileno())) as same:
            same.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", LONGEST_WAIT, 0))

    def never_wait_to_send(self) -> None:
        """For the end that must not be held up: give up on another end that has long stopped reading."""
        self._limit(socket.SO_SNDTIMEO)

    def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            ChannelLostError: when the other end is gone, or so far behind that its buffer is full.
        """
        try:
            self._connection.send_bytes(encode(message))
        except OSError as error:
            raise ChannelLostError(str(error)) from error

    def receive(self, seconds: float | None = 0.0) -> Message | None:
        """The next message; None when there is none after `seconds` (None: wait for ever).

        Raises:
            ChannelLostError: when the other end is gone.
            GarbageError: when what came is no message, or only the beginning of one.
        """
        try:
            if not self._connection.poll(seconds):
                return None
            return decode(self._connection.recv_bytes(LARGEST_MESSAGE))
        except BlockingIOError as error:
            raise GarbageError("the beginning of a message without its end") from error
        except (OSError, EOFError) as error:
            if not self._connection.readable:  # what it says, or does, after the start of one that is too long
                raise GarbageError("a message that is too long") from error
            raise ChannelLostError(str(error)) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


def address_in(folder: Path) -> str:
    """Where a child with this private folder listens."""
    if sys.platform == "win32":
        return rf"\\.\pipe\cxr-grounding-{secrets.token_hex(16)}"
    return str(folder / "socket")


def listen(address: str) -> Listener:
    """Begin to listen; several may wait to be let in."""
    return Listener(address, backlog=16)


def connect(address: str) -> Channel:
    """Connect to a child that listens; it need not be at `accept`.

    Raises:
        ChannelLostError: when nobody listens any more.
    """
    try:
        channel = Channel(Client(address))
    except OSError as error:
        raise ChannelLostError(str(error)) from error
    channel.never_wait_to_send()
    return channel
