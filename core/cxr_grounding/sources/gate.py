"""The only way to an archive: one host, checked certificates, bounded answers."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import ArchiveError
from cxr_grounding.progress import Progress, report
from cxr_grounding.reading.guard import LARGEST_FILE_BYTES
from cxr_grounding.sources.credentials import KEY_PASSWORD, PASSWORD, TOKEN, known_secret, secret
from cxr_grounding.sources.servers import Login, Server

LARGEST_ANSWER_BYTES = 2**25
"""Most bytes of an answer to a question; a study's list of a thousand objects has about 2 MB."""

LARGEST_OBJECT_BYTES = LARGEST_FILE_BYTES + 2**16
"""Most bytes of one object with what is put around it on the way."""

CONNECT_SECONDS, SILENCE_SECONDS, WHOLE_SECONDS = 10.0, 60.0, 1800.0
"""For a connection to be made; between two pieces of an answer; for all of it."""

RECEIVING = "receiving"
"""The stage of progress in which an object comes, by bytes; of 0 where the archive does not say how many."""

OBJECTS = 'multipart/related; type="application/dicom"; transfer-syntax=*'
ANSWERS = "application/dicom+json"
_CHUNK_BYTES = 2**18


class Meter:
    """Tells how much of an object has come.

    Attributes:
        progress: whom; None for nobody.
    """

    def __init__(self) -> None:
        self.progress: Progress | None = None


def open_session(server: Server, meter: Meter) -> requests.Session:
    """A session that reaches one archive and nothing else.

    Args:
        server: the archive.
        meter: told of the bytes of objects.

    Raises:
        ArchiveError: when a secret, or a file of a certificate, is missing.
    """
    session = requests.Session()
    # Else the environment could add proxies, another authority, and a login from ~/.netrc.
    session.trust_env = False
    if server.login is Login.BASIC:
        session.auth = HTTPBasicAuth(server.user.encode(), secret(server, PASSWORD).encode())
    elif server.login is Login.TOKEN:
        session.auth = _Bearer(secret(server, TOKEN))
    session.verify = True if server.authority is None else str(server.authority)
    # Nothing else is mounted, so that a redirect to another host leads nowhere, with a login or without.
    session.adapters.clear()
    session.mount(server.origin, Gate(server, meter))
    return session


class _Bearer(AuthBase):
    """Adds a token to every request (RFC 6750)."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = b"Bearer " + self._token.encode()
        return request


class Gate(HTTPAdapter):
    """Sends requests to one archive, and lets in what is not too much."""

    def __init__(self, server: Server, meter: Meter) -> None:
        self._server, self._meter = server, meter
        self._context = _tls(server) if urlsplit(server.url).scheme == "https" else None
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pool of connections, with our own idea of what is safe."""
        super().init_poolmanager(*arguments, **options, ssl_context=self._context)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request as archives want it.

        Raises:
            ArchiveError: when what is sent would be sent on elsewhere.
        """
        _mend(request)
        response = super().send(request, *arguments, **options)
        if response.is_redirect and request.method != "GET":
            response.close()  # as a GET, which it would become, it would bring nothing there
            raise ArchiveError(f"{self._server.name} sends on what it is sent, which was not followed. Check its url.")
        is_object = request.headers["Accept"] == OBJECTS and response.ok
        if is_object and response.headers.get("Content-Type", "").startswith("application/dicom"):
            response.headers["Content-Type"] = "multipart/related"  # of one part, as the client calls what is bare
        largest = LARGEST_OBJECT_BYTES if is_object else LARGEST_ANSWER_BYTES
        response.raw = _Bounded(response.raw, self._server, largest, self._meter.progress if is_object else None)
        return response


class _Bounded:
    """The body of an answer: an error as soon as there is too much of it, or it takes too long."""

    def __init__(self, raw: Any, server: Server, largest: int, progress: Progress | None) -> None:
        self._raw, self._server, self._largest, self._progress = raw, server, largest, progress

    def stream(self, amt: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:
        """The body piece by piece; what is compressed counts as what it becomes."""
        end, had = time.monotonic() + WHOLE_SECONDS, 0
        said = self._raw.headers.get("Content-Length", "")
        total = int(said) if said.isascii() and said.isdigit() else 0
        for piece in self._raw.stream(min(amt or _CHUNK_BYTES, _CHUNK_BYTES), decode_content=decode_content):
            had += len(piece)
            if had > self._largest:
                self._raw.close()
                raise ArchiveError(
                    f"{self._server.name} answered with more than {self._largest / 2**20:.0f} MiB, which was not read. "
                    "Ask for less at a time."
                )
            if time.monotonic() > end:
                self._raw.close()
                raise ArchiveError(
                    f"{self._server.name} took more than {WHOLE_SECONDS:.0f} s for one answer. Call again."
                )
            report(self._progress, RECEIVING, min(had, total) if total else had, total)
            yield piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def _mend(request: requests.PreparedRequest) -> None:
    """What the client asks otherwise than archives understand."""
    # It leaves the port out; without any, the right one is put in.
    request.headers.pop("Host", None)
    # Both may stand in a query as they are (RFC 3986 3.4), and Orthanc knows them only so.
    request.url = (request.url or "").replace("%2A", "*").replace("%3F", "?")
    # Objects come through what it has for bulk data, since they are bytes then, and no data set yet. That asks for
    # anything, which Orthanc refuses.
    accepted = request.headers.get("Accept", "")
    request.headers["Accept"] = OBJECTS if "multipart/related" in accepted else ANSWERS
    request.headers["Accept-Encoding"] = "identity"


def _tls(server: Server) -> ssl.SSLContext:
    """Whom to trust, and with which certificate to be known."""
    for file in (server.authority, server.certificate, server.key):
        if file is not None and not file.is_file():
            raise ArchiveError(f"There is no file {file}, which the archive {server.name} needs. Check its path.")
    try:
        context = ssl.create_default_context(cafile=server.authority)
    except (OSError, ValueError) as error:
        raise ArchiveError(
            f"{server.authority} is no certificate of an authority ({reason(error)}). Name a PEM file."
        ) from error
    if server.certificate is not None:
        try:
            # A password of no letters rather than none: else OpenSSL asks for it at the terminal.
            context.load_cert_chain(server.certificate, server.key, known_secret(server, KEY_PASSWORD))
        except (OSError, ValueError) as error:
            raise ArchiveError(
                f"{server.certificate} is no client certificate that can be used ({reason(error)}). Check it, its key, "
                f"and where that has a password {server.variable(KEY_PASSWORD)}."
            ) from error
    return context
