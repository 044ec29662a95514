"""What the child has to say, said by a thread of its own: computing never waits for a parent that does not listen."""

from __future__ import annotations

import threading
from collections import deque

from cxr_grounding.worker.channel import Channel, ChannelLostError
from cxr_grounding.worker.protocol import Advance, Heartbeat, Message

BEAT_SECONDS = 1.0
"""Between signs of life while at work."""


class Outbox:
    """Messages to the parent, in order; of progress only the latest waits.

    Attributes:
        is_busy: whether a sign of life is sent every `BEAT_SECONDS`.
    """

    def __init__(self, channel: Channel) -> None:
        self.is_busy = False
        self._channel = channel
        self._waiting: deque[Message] = deque()
        self._changed = threading.Condition()
        self._sent = True
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, message: Message) -> None:
        """Send a message as soon as the parent takes it; returns at once."""
        with self._changed:
            if isinstance(message, Advance) and self._waiting and isinstance(self._waiting[-1], Advance):
                self._waiting.pop()
            self._waiting.append(message)
            self._sent = False
            self._changed.notify_all()

    def flush(self, seconds: float) -> None:
        """Wait until all is sent, at most this long."""
        with self._changed:
            self._changed.wait_for(lambda: self._sent, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._sent = not self._waiting
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting, BEAT_SECONDS)
                message = self._waiting.popleft() if self._waiting else Heartbeat() if self.is_busy else None
            if message is not None and not self._delivered(message):
                return

    def _delivered(self, message: Message) -> bool:
        """Whether it got through; a parent that is behind is waited for, one that is gone ends the thread."""
        try:
            self._channel.send(message)
        except ChannelLostError:
            return False  # the thread that reads finds the same, and ends the process
        return True
