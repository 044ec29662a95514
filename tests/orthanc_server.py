"""A real archive: Orthanc with its DICOMweb plug-in, on a free port of this machine, in a folder of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import keyring.backends.null
import pytest

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
USER = "reader"
START_SECONDS, END_SECONDS = 60, 30
"""Most that it takes to start and to end, on a busy machine; it takes about half a second and four."""

UNWANTED = "UNWANTED"
"""Of a patient with this ID, Orthanc throws away what it is sent, and says that it stored it."""

_FILTER = f"""\
function ReceivedInstanceFilter(dicom, origin)
   return dicom.PatientID ~= '{UNWANTED}'
end
"""


def why_no_orthanc() -> str:
    """What this computer lacks for an archive; "" for nothing."""
    if _program() is None:
        return "Orthanc is not installed"
    return "" if PLUGIN.exists() else "Orthanc's DICOMweb plug-in is not installed"


def _program() -> str | None:
    return shutil.which("Orthanc", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


class Orthanc:
    """One archive, which can be killed and started again.

    Args:
        folder: to keep everything in.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password = secrets.token_hex(16)
        self.port = 0
        self._process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/dicom-web"

    def start(self) -> None:
        """Start it, on the port that it had, and wait until it answers."""
        for _ in range(3):  # another program may take the port first
            self.port = self.port or _free_port()
            with (self.folder / "log.txt").open("a") as log:
                self._process = subprocess.Popen([str(_program()), str(self._configuration())], stdout=log, stderr=log)
            if self._answers():
                return
            self.kill()
            self.port = 0
        pytest.fail("Orthanc does not start:\n" + (self.folder / "log.txt").read_text()[-2000:])

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(END_SECONDS)

    def count(self) -> int:
        """How many objects it has."""
        return int(self.ask("/statistics")["CountInstances"])

    def ask(self, path: str) -> Any:
        """What its own interface says, which is not DICOMweb."""
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, f"http://127.0.0.1:{self.port}/", USER, self.password)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPBasicAuthHandler(passwords)
        )
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return json.loads(answer.read())

    def _answers(self) -> bool:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process is not None and self._process.poll() is None:
            try:
                self.ask("/system")
                return True
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        return False

    def _configuration(self) -> Path:
        script = self.folder / "filter.lua"
        script.write_text(_FILTER)
        path = self.folder / "orthanc.json"
        path.write_text(
            json.dumps(
                {
                    "StorageDirectory": str(self.folder / "storage"),
                    "IndexDirectory": str(self.folder / "storage"),
                    "HttpPort": self.port,
                    "DicomServerEnabled": False,
                    "RemoteAccessAllowed": False,
                    "AuthenticationEnabled": True,
                    "RegisteredUsers": {USER: self.password},
                    "LuaScripts": [str(script)],
                    "Plugins": [str(PLUGIN)],
                    "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Host": f"127.0.0.1:{self.port}"},
                }
            )
        )
        return path


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _need_orthanc() -> None:
    """Where tests are run for all, it must be there, unless `make test` could not install it and says why."""
    reason, not_installed = why_no_orthanc(), os.environ.get("WHY_NO_ARCHIVE", "")
    advice = "Run tests/install_archive.sh, as `make test` does."
    if reason and os.environ.get("CI") == "true" and not not_installed:
        pytest.fail(f"{reason}. {advice}")
    if reason:
        pytest.skip(not_installed or f"{reason}. {advice}")


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """One for all tests, which keep to studies of their own."""
    _need_orthanc()
    server = Orthanc(tmp_path_factory.mktemp("orthanc"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def own_orthanc(tmp_path: Path) -> Iterator[Orthanc]:
    """One for a test that kills it."""
    _need_orthanc()
    folder = tmp_path / "orthanc"
    folder.mkdir()
    server = Orthanc(folder)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Writes the file of archives in a folder of the user's own; what is tried again is tried sooner."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(home))
    monkeypatch.setattr("cxr_grounding.sources.patience.DELAYS_SECONDS", (0.01,) * 4)
    monkeypatch.setattr("cxr_grounding.sources.transfers.DELAYS_SECONDS", (0.01,) * 4)

    def write(text: str) -> Path:
        (home / "archives.toml").write_text(text, encoding="utf-8")
        return home / "archives.toml"

    own = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.null.Keyring())  # of the tests, not of whoever runs them
    yield write
    keyring.set_keyring(own)


@pytest.fixture
def known_orthanc(orthanc: Orthanc, archives: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Orthanc:
    """Written down as the archive "hospital", with its password in the environment."""
    archives(f'[hospital]\nurl = "{orthanc.url}"\nlogin = "basic"\nuser = "{USER}"\n')
    monkeypatch.setenv("CXR_GROUNDING_HOSPITAL_PASSWORD", orthanc.password)
    return orthanc
