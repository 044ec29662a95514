"""Over TLS: whom the connection trusts, and how it makes itself known."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from cxr_grounding.errors import ArchiveError
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.servers import find_server
from toy_archive import ToyArchive

Write = Callable[..., Path]


@pytest.fixture(scope="module")
def hospital() -> trustme.CA:
    """An authority of the hospital's own."""
    return trustme.CA()


@pytest.fixture
def context(hospital: trustme.CA) -> ssl.SSLContext:
    """Of a server whose certificate the hospital signed."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    hospital.issue_cert("127.0.0.1").configure_cert(made)
    return made


@pytest.fixture
def authority(hospital: trustme.CA, tmp_path: Path) -> Path:
    hospital.cert_pem.write_to_path(tmp_path / "hospital.pem")
    return tmp_path / "hospital.pem"


def found(archives: Write, toy: ToyArchive, *lines: str) -> list[object]:
    """What is found there by an archive with these lines."""
    archives("\n".join(["[toy]", f'url = "{toy.url}"', *lines, ""]))
    return list(Archive(find_server()).find({"PatientID": "X"}))


def test_a_server_that_the_named_authority_vouches_for_is_asked(
    serve: Callable[..., ToyArchive], archives: Write, context: ssl.SSLContext, authority: Path
) -> None:
    toy = serve(context)
    assert found(archives, toy, f'authority = "{authority}"') == []
    assert len(toy.asked) == 1


def test_any_other_is_not_asked_whatever_the_environment_says(
    serve: Callable[..., ToyArchive],
    archives: Write,
    context: ssl.SSLContext,
    authority: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toy = serve(context)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    monkeypatch.setenv("CXR_GROUNDING_TOY_TOKEN", "very-secret")
    with pytest.raises(ArchiveError, match=r"certificate of toy \(https://.*\) is not to be trusted \(unable to get"):
        found(archives, toy, 'login = "token"')
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    with pytest.raises(ArchiveError, match="is not to be trusted") as caught:
        found(archives, toy, f'authority = "{tmp_path / "other.pem"}"')
    assert "name its file as authority" in str(caught.value)
    assert toy.asked == []


def test_a_certificate_for_another_name_is_not_enough(
    serve: Callable[..., ToyArchive], archives: Write, hospital: trustme.CA, authority: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    hospital.issue_cert("pacs.example.org").configure_cert(context)
    with pytest.raises(ArchiveError, match=r"not to be trusted .*IP address mismatch"):
        found(archives, serve(context), f'authority = "{authority}"')


def test_a_client_certificate_makes_the_user_known(
    serve: Callable[..., ToyArchive],
    archives: Write,
    context: ssl.SSLContext,
    hospital: trustme.CA,
    authority: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hospital.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    toy = serve(context)
    with pytest.raises(ArchiveError, match=r"No safe connection to toy|cannot be reached"):
        found(archives, toy, f'authority = "{authority}"')
    assert toy.asked == []

    mine = hospital.issue_cert("reader@example.org")
    mine.cert_chain_pems[0].write_to_path(tmp_path / "me.pem")
    key = load_pem_private_key(mine.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame"))
    (tmp_path / "me.key").write_bytes(locked)
    lines = [f'{name} = "{path}"' for name, path in (("authority", authority), ("certificate", tmp_path / "me.pem"))]
    lines.append(f'key = "{tmp_path / "me.key"}"')
    with pytest.raises(ArchiveError, match=r"me.pem is no client certificate .*CXR_GROUNDING_TOY_KEY_PASSWORD"):
        found(archives, toy, *lines)
    monkeypatch.setenv("CXR_GROUNDING_TOY_KEY_PASSWORD", "open sesame")
    assert found(archives, toy, *lines) == []
    assert len(toy.asked) == 1


def test_a_file_that_is_missing_or_no_certificate_is_said(
    serve: Callable[..., ToyArchive], archives: Write, context: ssl.SSLContext, tmp_path: Path
) -> None:
    toy = serve(context)
    with pytest.raises(ArchiveError, match=r"There is no file .*gone.pem, which the archive toy needs"):
        found(archives, toy, 'authority = "gone.pem"')
    (tmp_path / "text.pem").write_text("no certificate")
    with pytest.raises(ArchiveError, match=r"text.pem is no certificate of an authority"):
        found(archives, toy, f'authority = "{tmp_path / "text.pem"}"')
