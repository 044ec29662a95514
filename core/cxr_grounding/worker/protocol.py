"""What the two ends say to each other: small messages, as JSON; arrays go through files (`packing`).

The parent says `Hello`, the child `Welcome`: each shows that it knows the key that the parent made up. After that the
parent says `Request` and `Cancel`, the child `Advance`, `Heartbeat`, and for each request one of `Done` and `Failed`;
when nobody has wanted anything for long, `Goodbye`.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

LOAD, SET_RADIOGRAPH, GROUND, READ = "load", "set_radiograph", "ground", "read"
OFFER, FETCH = "offer", "fetch"
FIND, LIST, BRING, EXPORT, SEND = "find", "list", "bring", "export", "send"
"""The kinds of work that can be requested."""

GROUNDING, READING, FETCHING, CARRYING = "grounding", "reading", "fetching", "carrying"
"""What a child is started for: the desk that it works at."""

LASTING = (LOAD, SET_RADIOGRAPH)
"""Those whose outcome stays in the child, for what is requested next."""

DOING = {
    LOAD: "opening the model",
    SET_RADIOGRAPH: "preparing the radiograph",
    GROUND: "grounding",
    READ: "reading the image",
    OFFER: "asking where the model is",
    FETCH: "fetching the model",
    FIND: "looking for studies",
    LIST: "listing a study",
    BRING: "bringing a radiograph",
    EXPORT: "making DICOM objects",
    SEND: "sending an object",
}
"""What each is called in sentences."""

STARTING, LOADING = "starting", "loading"
"""Stages of progress beside those of the `Grounder`, each 0 of 1 while it lasts."""

LONGEST_TEXT = 4000
"""Most characters of an error that are sent: a message must fit a socket's buffer, of 8 KiB on macOS."""

LARGEST_MESSAGE = 2**16
"""Most bytes of a message that are read."""


class GarbageError(Exception):
    """The other end sent what no working other end sends. It never reaches the user as such."""


@dataclass(frozen=True)
class Hello:
    """The parent's first word: its proof, for the nonce in the child's `ready` file, and a nonce of its own."""

    proof: str
    nonce: str


@dataclass(frozen=True)
class Welcome:
    """The child's proof."""

    proof: str


@dataclass(frozen=True)
class Request:
    """Do `work`; what it needs lies packed in the file `request_name(number)`."""

    number: int
    work: str


@dataclass(frozen=True)
class Cancel:
    """Stop the request of this number."""

    number: int


@dataclass(frozen=True)
class Advance:
    """How far a request is."""

    number: int
    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Done:
    """A request is done; what came of it lies packed in the file `result_name(number)`."""

    number: int


@dataclass(frozen=True)
class Failed:
    """A request ended with an error of this package, of this class and with this text."""

    number: int
    error: str
    text: str


@dataclass(frozen=True)
class Heartbeat:
    """Still at work."""


@dataclass(frozen=True)
class Goodbye:
    """Nobody asked for anything for long; the child ends."""


Message = Hello | Welcome | Request | Cancel | Advance | Done | Failed | Heartbeat | Goodbye
_KINDS = {kind.__name__.lower(): kind for kind in Message.__args__}
_TYPES = {"int": int, "str": str}


def encode(message: Message) -> bytes:
    """A message as JSON."""
    values = {"kind": type(message).__name__.lower()} | dataclasses.asdict(message)
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "backslashreplace")


def decode(data: bytes) -> Message:
    """A message from JSON.

    Raises:
        GarbageError: when it is none.
    """
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise GarbageError(f"no JSON: {data[:80]!r}") from error
    kind = _KINDS.get(str(values.pop("kind", None))) if isinstance(values, dict) else None
    if kind is None:
        raise GarbageError(f"no message: {data[:80]!r}")
    wanted = {field.name: _TYPES[str(field.type)] for field in dataclasses.fields(kind)}
    if set(values) != set(wanted) or any(type(values[name]) is not wanted[name] for name in wanted):
        raise GarbageError(f"not the entries of {kind.__name__}: {data[:80]!r}")
    return kind(**values)


def request_name(number: int) -> str:
    """The file in the private folder that holds what a request needs."""
    return f"request-{number}.npz"


def result_name(number: int) -> str:
    """The file in the private folder that holds what came of a request."""
    return f"result-{number}.npz"
