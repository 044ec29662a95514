"""Each end shows the other that it knows the key, without sending it; the parent's side never waits."""

from __future__ import annotations

import hmac
import secrets

from cxr_grounding.worker.channel import Channel
from cxr_grounding.worker.protocol import GarbageError, Hello, Welcome

STRANGER_SECONDS = 2.0
"""How long the child waits for someone's `Hello`; the parent sends it at the moment it connects."""


class Greeting:
    """The parent's side.

    Args:
        key: known to parent and child alone.
        nonce: from the child's `ready` file.
    """

    def __init__(self, key: bytes, nonce: str) -> None:
        own = secrets.token_hex(16)
        self.hello = Hello(_proof(key, "parent", nonce), own)
        self._expected = _proof(key, "child", own)

    def check(self, welcome: object) -> None:
        """Hold the first message of the other end to what only the child can say.

        Raises:
            GarbageError: when it is something else.
        """
        if not isinstance(welcome, Welcome) or not _same(welcome.proof, self._expected):
            raise GarbageError("its welcome lacks the key")


def admit(channel: Channel, key: bytes, nonce: str) -> None:
    """The child's side, for one who has connected.

    Raises:
        GarbageError: when it does not know the key, or says nothing.
        ChannelLostError: when it is gone.
    """
    hello = channel.receive(STRANGER_SECONDS)
    if not isinstance(hello, Hello) or not _same(hello.proof, _proof(key, "parent", nonce)):
        raise GarbageError("no greeting with the key")
    channel.send(Welcome(_proof(key, "child", hello.nonce)))


def _proof(key: bytes, who: str, nonce: str) -> str:
    """What only someone who knows `key` can say; `who` keeps it from being echoed."""
    return hmac.new(key, f"{who}:{nonce}".encode("utf-8", "replace"), "sha256").hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
