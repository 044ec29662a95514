"""The file of archives: what it may say, and that no secret stands in it or comes out of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from cxr_grounding.errors import ArchiveError
from cxr_grounding.sources.credentials import PASSWORD, SERVICE, TOKEN, known_secret, secret
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.servers import EXAMPLE, Login, Server, find_server, read_servers, servers_file

Write = Callable[..., Path]


def test_the_example_is_an_archive(archives: Write) -> None:
    archives(EXAMPLE)
    assert read_servers() == [Server("hospital", "https://pacs.example.org/dicom-web", Login.BASIC, "reader")]
    assert find_server() == find_server("hospital")
    assert find_server().origin == "https://pacs.example.org/"


def test_without_a_file_it_is_said_where_to_write_which(archives: Write) -> None:
    assert read_servers() == []
    with pytest.raises(ArchiveError, match=r"No archive is set up\. Write .*archives\.toml, for .*:\n\[hospital\]"):
        find_server()


def test_several_are_told_apart_by_name(archives: Write) -> None:
    archives('[north]\nurl = "https://a.example/rs"\n[south]\nurl = "https://b.example/rs/"\n')
    assert find_server("south").url == "https://b.example/rs"
    with pytest.raises(ArchiveError, match=r"several archives: north, south\. Say which \(--server NAME\)"):
        find_server()
    with pytest.raises(ArchiveError, match=r"no archive 'west' in .*archives\.toml, only north, south"):
        find_server("west")


def test_files_are_found_from_the_folder_of_the_file(archives: Write) -> None:
    path = archives('[a]\nurl = "https://a.example"\ncertificate = "me.pem"\nauthority = "/etc/ours.pem"\n')
    assert find_server().certificate == path.parent / "me.pem"
    assert find_server().authority == Path("/etc/ours.pem")


@pytest.mark.parametrize("host", ["127.0.0.1:8042", "localhost", "[::1]:8042", "127.9.9.9"])
def test_http_is_for_this_computer(archives: Write, host: str) -> None:
    archives(f'[a]\nurl = "http://{host}/dicom-web"\n')
    assert find_server().url == f"http://{host}/dicom-web"


def test_http_is_for_a_closed_network_that_is_said_to_be_one(archives: Write) -> None:
    archives('[a]\nurl = "http://10.0.0.7/dicom-web"\nunencrypted = true\n')
    assert find_server().url == "http://10.0.0.7/dicom-web"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[a]\nurl = "http://10.0.0.7/dicom-web"', "anyone on the way could read images and password; use https"),
        ('[a]\nurl = "http://localhost.example.org"', "begins with http"),
        ('[a]\nurl = "https://me:hunter2@a.example"', "url of a holds a user or a password"),
        ('[a]\nurl = "https://me:hunter2@[a.example"', "is no address such as"),
        ('[a]\nurl = "ftp://a.example"', "url of a is no address such as https://"),
        ('[a]\nurl = "file:///etc/passwd"', "is no address"),
        ('[a]\nurl = "a.example/dicom-web"', "is no address"),
        ('[a]\nurl = "https://a.example/rs?key=hunter2"', "is no address"),
        ('[a]\nurl = "https://a.example:0"', "is no address"),
        ('[a]\nurl = "https://a.example:99999"', "is no address"),
        ('[a]\nurl = "https://a example"', "is no address"),
        ("[a]\nurl = 3", "a.url is not a text"),
        ("[a]\n", "a.url is missing"),
        ('[a]\nurl = "https://a.example"\npassword = "hunter2"', "secrets do not belong in this file: remove it"),
        ('[a]\nurl = "https://a.example"\napi_token = "hunter2"', "set the environment variable CXR_GROUNDING_A_"),
        ('[a]\nurl = "https://a.example"\nverify = false', "has an entry 'verify'; there are url, login"),
        ('[a]\nurl = "https://a.example"\nlogin = "hunter2"', "it can be none, basic or token"),
        ('[a]\nurl = "https://a.example"\nlogin = "basic"', "needs a user where login is basic"),
        ('[a]\nurl = "https://a.example"\nuser = "me"', "and has none elsewhere"),
        ('[a]\nurl = "https://a.example"\nlogin = "basic"\nuser = "me:hunter2"', "holds a colon"),
        ('url = "https://a.example"', "url stands outside of an archive"),
        ('["a b"]\nurl = "https://a.example"', "'a b' cannot be an archive's name"),
        ('[a]\nurl = "https://a.example"\n[a]\n', "cannot be used"),
        ('[a-b]\nurl = "https://a.example"\n[A_B]\nurl = "https://a.example"', "differ in capitals or hyphens only"),
        ("[a", "cannot be used"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_without_the_secret(archives: Write, text: str, said: str) -> None:
    archives(text)
    with pytest.raises(ArchiveError) as caught:
        read_servers()
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value).replace("login of a is 'hunter2'", "")


def test_a_file_that_is_none_is_a_sentence(archives: Write) -> None:
    path = archives("")
    path.write_bytes(b"\0" * 2**19)
    with pytest.raises(ArchiveError, match=r"archives.toml cannot be used \(it has more than 0.25 MiB\)"):
        read_servers()
    path.unlink()
    path.mkdir()
    with pytest.raises(ArchiveError, match=r"archives.toml cannot be used \(Is a directory\)"):
        read_servers()


class Memory(keyring.backend.KeyringBackend):
    """A keyring that forgets with the test."""

    priority = 1.0

    def __init__(self, locked: bool = False) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("it is locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def memory(server: Server) -> Memory:
    """In place of the one that keeps nothing."""
    backend = Memory()
    keyring.set_keyring(backend)
    return backend


@pytest.fixture
def server(archives: Write, monkeypatch: pytest.MonkeyPatch) -> Server:
    archives('[main-pacs]\nurl = "https://a.example"\nlogin = "token"\n')
    monkeypatch.delenv("CXR_GROUNDING_MAIN_PACS_TOKEN", raising=False)
    return find_server()


def test_a_secret_is_taken_from_the_environment_first(
    server: Server, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert known_secret(server, TOKEN) == ""
    keyring.set_password(SERVICE, "main-pacs-token", "of the keyring")
    assert secret(server, TOKEN) == "of the keyring"
    monkeypatch.setenv("CXR_GROUNDING_MAIN_PACS_TOKEN", "of the environment\n")
    assert secret(server, TOKEN) == "of the environment"


def test_where_there_is_none_it_is_said_where_to_put_one(server: Server, memory: Memory) -> None:
    with pytest.raises(ArchiveError) as caught:
        Archive(server)
    assert "Set the environment variable CXR_GROUNDING_MAIN_PACS_TOKEN" in str(caught.value)
    assert "keyring set cxr-grounding main-pacs-token" in str(caught.value)


def test_a_locked_keyring_is_said(server: Server) -> None:
    keyring.set_keyring(Memory(locked=True))
    with pytest.raises(ArchiveError, match=r"keyring does not give the token of main-pacs \(it is locked\)"):
        secret(server, TOKEN)


def test_no_keyring_is_no_error(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert known_secret(server, PASSWORD) == ""


@pytest.mark.parametrize("value", ["two\nlines", "a\x1bb", "a\rb"])
def test_a_secret_that_cannot_be_one_is_not_repeated(
    server: Server, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_GROUNDING_MAIN_PACS_TOKEN", value)
    with pytest.raises(ArchiveError, match="CXR_GROUNDING_MAIN_PACS_TOKEN is no token") as caught:
        secret(server, TOKEN)
    assert value not in str(caught.value)


def test_the_file_lies_where_the_models_do(archives: Write) -> None:
    from cxr_grounding.models.registry import models_home

    assert servers_file().parent == models_home().parent
