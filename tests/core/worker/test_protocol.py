"""Messages arrive as they were sent; anything else is garbage."""

from __future__ import annotations

import pytest

from cxr_grounding.worker import protocol
from cxr_grounding.worker.protocol import GarbageError, Message, decode, encode

MESSAGES: list[Message] = [
    protocol.Hello("proof", "nonce"),
    protocol.Welcome("proof"),
    protocol.Request(1, protocol.GROUND),
    protocol.Cancel(1),
    protocol.Advance(1, "inversion", 0, 300),
    protocol.Done(2),
    protocol.Failed(2, "ModelError", 'There is no model in "/Füße\udc80".\n'),
    protocol.Heartbeat(),
    protocol.Goodbye(),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_arrives_as_it_was_sent(message: Message) -> None:
    assert decode(encode(message)) == message


def test_every_kind_of_message_is_tried_here() -> None:
    assert {type(message) for message in MESSAGES} == set(Message.__args__)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"3",
        b"[]",
        b"{}",
        b'{"kind": 3}',
        b'{"kind": "shutdown"}',
        b'{"kind": "done"}',
        b'{"kind": "done", "number": true}',
        b'{"kind": "done", "number": 1.0}',
        b'{"kind": "done", "number": 1, "more": 2}',
        b"[" * 60_000,
    ],
    ids=lambda data: data[:40].decode("latin1"),
)
def test_anything_else_is_garbage(data: bytes) -> None:
    with pytest.raises(GarbageError):
        decode(data)
