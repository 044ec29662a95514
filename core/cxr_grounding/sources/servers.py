"""The archives that the user has written down: a small file with an address for each, and no secret in it."""

from __future__ import annotations

import enum
import ipaddress
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cxr_grounding.disk.foreign_text import read_foreign_text
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.json_file import JsonError
from cxr_grounding.disk.own_folder import own_folder
from cxr_grounding.disk.sentences import can_be_shown, reason, shortened
from cxr_grounding.errors import ArchiveError

FILE_NAME = "archives.toml"

EXAMPLE = """\
[hospital]
url = "https://pacs.example.org/dicom-web"
login = "basic"
user = "reader"
"""
"""What such a file may look like."""

LARGEST_FILE_BYTES = 2**18

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
"""What an archive may be called: it becomes part of the names of environment variables."""

KEYS = ("url", "login", "user", "certificate", "key", "authority", "unencrypted")
_SECRETS = ("password", "passwd", "secret", "token", "credential")


class Login(enum.Enum):
    """How the user is made known to an archive, beside a client certificate."""

    NONE = "none"
    BASIC = "basic"
    """User and password."""
    TOKEN = "token"
    """A bearer token."""


@dataclass(frozen=True)
class Server:
    """One archive.

    Args:
        name: by which it is asked for.
        url: of its DICOMweb service, to which /studies is added; https, or http where that is allowed.
        login: how the user is made known.
        user: where the login is basic.
        certificate, key: PEM files of a client certificate and its key; the key may stand in the first.
        authority: PEM file of the authority that the server's own certificate is to be signed by, in place of those
            that this computer trusts.
    """

    name: str
    url: str
    login: Login = Login.NONE
    user: str = ""
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port: all that is ever asked lies below."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}/"

    def variable(self, what: str) -> str:
        """The environment variable that holds one of its secrets ("password", "token", "key password")."""
        return f"CXR_GROUNDING_{self.name}_{what}".upper().replace("-", "_").replace(" ", "_")


def servers_file() -> Path:
    """Where the archives are written down; it need not exist."""
    return own_folder() / FILE_NAME


def read_servers() -> list[Server]:
    """The archives, in the order in which they are written down; none where there is no such file.

    Raises:
        ArchiveError: when the file cannot be read, or an entry of it cannot be used.
    """
    path = servers_file()
    try:
        document = tomllib.loads(read_foreign_text(path, LARGEST_FILE_BYTES))
        for name, entry in document.items():
            _check_name(name, entry)
        servers = [_server(name, JsonFields(entry, name), path.parent) for name, entry in document.items()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no TOML, or a JsonError
        raise ArchiveError(
            f"{path} cannot be used ({reason(error)}). Correct it; docs/archive.md shows one."
        ) from error
    if len({server.variable("token") for server in servers}) < len(servers):
        raise ArchiveError(f"Two names of archives in {path} differ in capitals or hyphens only. Rename one.")
    return servers


def find_server(name: str | None = None) -> Server:
    """The archive of that name; for None the only one there is.

    Raises:
        ArchiveError: when there is none, or there are several and none was named.
    """
    servers = {server.name: server for server in read_servers()}
    if not servers:
        raise ArchiveError(f"No archive is set up. Write {servers_file()}, for example:\n{EXAMPLE}")
    if name is None and len(servers) == 1:
        return next(iter(servers.values()))
    if name is None:
        raise ArchiveError(f"There are several archives: {', '.join(servers)}. Say which (--server NAME).")
    if name not in servers:
        raise ArchiveError(f"There is no archive {shortened(name)!r} in {servers_file()}, only {', '.join(servers)}.")
    return servers[name]


def _check_name(name: str, entry: Any) -> None:
    if not isinstance(entry, dict):
        raise JsonError(f"{shortened(name)} stands outside of an archive, whose name comes first, as in [hospital]")
    if not NAME.fullmatch(name):
        raise JsonError(
            f"{shortened(name)!r} cannot be an archive's name; letters, digits, hyphens and underscores can, 32 at most"
        )


def _server(name: str, entry: JsonFields, folder: Path) -> Server:
    for key in entry.names:
        if any(word in key.lower() for word in _SECRETS):
            raise JsonError(
                f"{name} has {shortened(key)!r} in it, but secrets do not belong in this file: remove it, and set "
                f"the environment variable {Server(name, '').variable('password')}, or keep it in the keyring"
            )
        if key not in KEYS:
            raise JsonError(f"{name} has an entry {shortened(key)!r}; there are {', '.join(KEYS)}")
    login = entry.text("login") if "login" in entry else Login.NONE.value
    if login not in [kind.value for kind in Login]:
        raise JsonError(f"login of {name} is {shortened(login)!r}; it can be none, basic or token")
    user = entry.text("user") if "user" in entry else ""
    if (login == Login.BASIC.value) != bool(user):
        raise JsonError(f"{name} needs a user where login is basic, and has none elsewhere")
    if ":" in user or not can_be_shown(user):
        raise JsonError(f"user of {name} holds a colon, or what is no text")
    unencrypted = "unencrypted" in entry and entry.flag("unencrypted")
    url = _checked_url(name, entry.text("url"), unencrypted)
    files = {key: _file(entry, key, folder) for key in ("certificate", "key", "authority")}
    return Server(name, url, Login(login), user, **files)


def _file(entry: JsonFields, key: str, folder: Path) -> Path | None:
    """A file that an entry names, from the folder of the file that it stands in."""
    return folder / Path(entry.text(key)).expanduser() if key in entry else None


def _checked_url(name: str, url: str, unencrypted: bool) -> str:
    """An address that can be used; what it is made of is never repeated where a password may stand in it."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, known = SplitResult("", "", "", "", ""), False
    if "@" in parts.netloc:
        raise JsonError(f"url of {name} holds a user or a password; take it out, and see login")
    if not known or not re.fullmatch(r"[!-~]+", url) or parts.query or parts.fragment:
        raise JsonError(f"url of {name} is no address such as https://pacs.example.org/dicom-web")
    if parts.scheme == "http" and not (unencrypted or _is_loopback(parts.hostname or "")):
        raise JsonError(
            f"url of {name} begins with http, so that anyone on the way could read images and password; use https, or "
            "add unencrypted = true where the network is closed"
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    """Whether a host is this computer."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
