"""An archive on this machine that refuses and misbehaves as a test wants, where no real one can be made to."""

from __future__ import annotations

import io
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pydicom
import pytest
from pydicom.dataset import Dataset

BOUNDARY = b"toy-boundary"

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class ToyArchive:
    """What the server holds, how it misbehaves, and what it was asked.

    Args:
        objects: by SOPInstanceUID.
        refused: FailureReason by SOPClassUID, of which it takes nothing.
        refusing: the status with which it says so.
        replies: what it answers in place of anything else, the first to the first request, and so on.
        sent_as: what it sends in place of an object's bytes.
        asked: method and path with query of all requests.
        logins: the header Authorization of each.
        hosts: the header Host of each.
    """

    objects: dict[str, Dataset] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    refusing: int = 409
    replies: list[Reply] = field(default_factory=list)
    sent_as: Callable[[bytes], bytes] = bytes
    asked: list[tuple[str, str]] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)
    hosts: list[str | None] = field(default_factory=list)
    url: str = ""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""

    def do_GET(self) -> None:
        archive = self.archive()
        path = urlsplit(self.path)
        levels = path.path.strip("/").split("/")[1:]  # studies, UID, series, UID, instances, UID
        if archive.replies:
            self.send(*archive.replies.pop(0))
        elif len(levels) == 6 and levels[5] in archive.objects:
            content = archive.sent_as(encoded(archive.objects[levels[5]]))
            self.send(200, {"Content-Type": "application/dicom"} if not content else multipart(), parts(content))
        elif len(levels) == 6:
            self.send(404, {}, b"")
        else:
            asked = {key: values[0] for key, values in parse_qs(path.query).items()}
            found = [one for one in archive.objects.values() if fits(one, levels, asked)]
            first = int(asked.get("offset", 0))
            self.send(200, JSON, json.dumps([one.to_json_dict() for one in map(header, found[first:])]).encode())

    def do_POST(self) -> None:
        archive = self.archive()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if archive.replies:
            self.send(*archive.replies.pop(0))
            return
        start = body.index(b"\r\n\r\n") + 4
        dataset = pydicom.dcmread(io.BytesIO(body[start : body.rindex(b"\r\n--")]))
        reason = archive.refused.get(str(dataset.SOPClassUID))
        if reason is None:
            archive.objects[dataset.SOPInstanceUID] = dataset
        self.send(200 if reason is None else archive.refusing, JSON, json.dumps(stored(dataset, reason)).encode())

    def archive(self) -> ToyArchive:
        archive: ToyArchive = self.server.archive
        archive.asked.append((self.command, self.path))
        archive.logins.append(self.headers.get("Authorization"))
        archive.hosts.append(self.headers.get("Host"))
        return archive

    def send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = "Content-Length" in headers  # which says what is not so


JSON = {"Content-Type": "application/dicom+json"}


def multipart() -> dict[str, str]:
    """The headers of objects."""
    return {"Content-Type": f'multipart/related; type="application/dicom"; boundary={BOUNDARY.decode()}'}


def parts(*contents: bytes) -> bytes:
    """The body with objects."""
    heads = b"\r\nContent-Type: application/dicom\r\n\r\n"
    return b"".join(b"\r\n--" + BOUNDARY + heads + content for content in contents) + b"\r\n--" + BOUNDARY + b"--\r\n"


def encoded(dataset: Dataset) -> bytes:
    """The bytes of an object's file."""
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def header(dataset: Dataset) -> Dataset:
    """What a list says of an object."""
    listed = Dataset()
    for element in dataset:
        if element.keyword != "PixelData" and element.VR != "SQ":
            listed.add(element)
    return listed


def fits(dataset: Dataset, levels: list[str], asked: dict[str, str]) -> bool:
    """Whether an object is below a path, and as it is asked for."""
    uids = dict(zip(levels[::2], levels[1::2], strict=False))
    wanted = {"StudyInstanceUID": uids.get("studies"), "SeriesInstanceUID": uids.get("series")}
    wanted |= {key: value for key, value in asked.items() if key in ("SOPInstanceUID", "PatientID", "PatientName")}
    return all(value is None or str(dataset.get(key)) == value for key, value in wanted.items())


def stored(dataset: Dataset, reason: int | None) -> dict[str, Any]:
    """The answer to an object that was sent (DICOM PS3.18 table 10.5.3-1)."""
    item, answer = Dataset(), Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    if reason is None:
        answer.ReferencedSOPSequence = [item]
    else:
        item.FailureReason = reason
        answer.FailedSOPSequence = [item]
    return answer.to_json_dict()


@pytest.fixture
def serve() -> Iterator[Callable[..., ToyArchive]]:
    """Starts a toy archive, over TLS where a context is given; all end with the test."""
    running: list[tuple[Any, threading.Thread]] = []

    def start(context: ssl.SSLContext | None = None) -> ToyArchive:
        server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.archive, server.daemon_threads = ToyArchive(), True
        server.handle_error = lambda *_: None  # a client that does not trust us hangs up
        server.archive.url = f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}/dicom-web"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        running.append((server, thread))
        return server.archive

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()
