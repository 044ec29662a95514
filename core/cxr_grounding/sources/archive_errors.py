"""What the network and the DICOMweb client raise, as sentences with a next step, without secrets and queries."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cxr_grounding.disk.sentences import reason, shortened
from cxr_grounding.errors import ArchiveError, CXRGroundingError
from cxr_grounding.sources.credentials import PASSWORD, TOKEN
from cxr_grounding.sources.servers import Login, Server, servers_file

if TYPE_CHECKING:
    import requests

PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""Answers of a server that may give another one in a moment (RFC 9110, RFC 6585, RFC 8470)."""

UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError)
"""What the client and pydicom raise over an answer that is not what it should be; requests' JSON errors among them."""


class PassingError(ArchiveError):
    """The archive did not answer, or said that it is busy: the same may be asked again in a moment.

    Args:
        message: the sentence.
        seconds: that the archive asks to be left alone for; None where it does not say.
    """

    def __init__(self, message: str, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class AnsweredError(ArchiveError):
    """The archive answered that it does not do it.

    Args:
        message: the sentence.
        status: the HTTP status.
        body: of the answer.
    """

    def __init__(self, message: str, status: int, body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


@contextmanager
def errors_as_sentences(server: Server, what: str) -> Iterator[None]:
    """Turn what is raised inside into sentences.

    Args:
        server: that is asked.
        what: is asked of it, to follow "does not let you" or "answered to".

    Raises:
        PassingError: when the same may be asked again in a moment.
        AnsweredError: when it refused.
        ArchiveError: for anything else that is wrong with it.
    """
    import requests

    try:
        yield
    except CXRGroundingError:
        raise
    except requests.HTTPError as error:
        if error.response is None:  # as no one raises it
            raise
        raise _answered(server, what, error.response) from error
    except requests.exceptions.InvalidSchema as error:
        raise ArchiveError(
            f"{server.name} sends on to another address than {server.origin}, which was not followed. If that one is "
            f"right, write it down in {servers_file()}."
        ) from error
    except requests.exceptions.SSLError as error:
        raise ArchiveError(_unsafe(server, error)) from error
    except requests.exceptions.ConnectTimeout as error:
        raise PassingError(_unreachable(server, "no answer in time")) from error
    except requests.exceptions.Timeout as error:
        raise PassingError(f"{server.name} did not answer in time to {what}. Call again.") from error
    except (
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
    ) as error:
        raise PassingError(_unreachable(server, _network_reason(error))) from error
    except (requests.RequestException, *UNREADABLE) as error:
        raise ArchiveError(
            f"{server.name} answered to {what} with something that is not DICOMweb ({_kind(error)}). Check url in "
            f"{servers_file()}: it is that to which /studies is added."
        ) from error


def _answered(server: Server, what: str, response: requests.Response) -> ArchiveError:
    """The sentence for a status of its own."""
    status = response.status_code
    if status in PASSING:
        waiting = response.headers.get("Retry-After", "")
        seconds = float(waiting) if waiting.isascii() and waiting.isdigit() else None
        return PassingError(f"{server.name} is busy, or what it stands on is (answer {status}). Call again.", seconds)
    if status == 401:
        sentence = f"{server.name} does not know this login (answer 401). {_login_advice(server)}"
    elif status == 403:
        sentence = f"{server.name} does not let you {what} (answer 403). Ask those who keep it for the right to."
    elif status in (404, 410):
        sentence = (
            f"{server.name} has nothing there to {what} (answer {status}). Check the UIDs, and url in {servers_file()}."
        )
    elif status in (413, 507):
        sentence = f"{server.name} has no room to {what} (answer {status}). Ask those who keep it."
    else:
        sentence = f"{server.name} did not {what} (answer {status}). Its own log says why."
    # Of what was sent the body says more, and is read already; of what was asked for it may be anything.
    return AnsweredError(sentence, status, response.content if response.request.method == "POST" else b"")


def _login_advice(server: Server) -> str:
    if server.login is Login.NONE:
        return f"It asks for one: set login in {servers_file()} to basic or token."
    what = PASSWORD if server.login is Login.BASIC else TOKEN
    return f"Check {server.variable(what)}, or the {what} in the keyring" + (
        f", and the user {server.user}." if server.user else "."
    )


def _unreachable(server: Server, why: str) -> str:
    return (
        f"{server.name} ({server.origin}) cannot be reached, or the connection broke ({why}). Check the network and "
        f"url in {servers_file()}, and call again: what is whole stays."
    )


def _network_reason(error: BaseException) -> str:
    """What the system says of a connection; the libraries' own words hold the address with its query."""
    for one in _chain(error):
        if isinstance(one, OSError) and one.errno is not None and one.strerror:
            return reason(one)
    return "it was cut off"


def _unsafe(server: Server, error: BaseException) -> str:
    """The sentence for a connection that TLS refuses, on this side or the other one."""
    reasons = [one for one in _chain(error) if isinstance(one, ssl.SSLError)]
    for one in reasons:
        if isinstance(one, ssl.SSLCertVerificationError):
            return (
                f"The certificate of {server.name} ({server.origin}) is not to be trusted "
                f"({shortened(one.verify_message)}), so nothing was asked. Where the hospital has an authority for "
                f"certificates of its own, name its file as authority in {servers_file()}."
            )
    said = next((shortened(one.reason.replace("_", " ").lower()) for one in reasons if one.reason), "it was ended")
    return (
        f"No safe connection to {server.name} ({server.origin}) can be made ({said}). Check url, and whether it asks "
        f"for a client certificate, which is named as certificate in {servers_file()}."
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it came from, which the libraries put in their arguments as well."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        behind = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [each for each in behind if isinstance(each, BaseException)]


def _kind(error: BaseException) -> str:
    """What kind of failure it was; the message may hold the address with its query."""
    return type(error).__name__
