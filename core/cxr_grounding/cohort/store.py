"""Where a cohort's results lie: a folder, or a bucket (s3://...); every file is whole or not there."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow
import pyarrow.fs

from cxr_grounding.disk.owned import alone_in
from cxr_grounding.disk.sentences import printable, reason
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import OutputError

LEASE, LEASE_SECONDS, RENEWED_SECONDS = "alive.json", 90.0, 20.0
"""In a bucket, which knows no locks: the sign of who is at work, how long it holds, and how often it is renewed."""

_HELD = "Another run is at work in {out}. Wait until it has ended, or choose another --out."


class Store:
    """A folder by its path, or a bucket by its address.

    Args:
        out: a path, or an address that pyarrow knows: s3://, gs://, hdfs://, file://.

    Raises:
        OutputError: when there is no such kind of address, or it cannot be used.
    """

    def __init__(self, out: str) -> None:
        self.out = out
        self._folder = None if "://" in out else Path(out)
        self._remote: pyarrow.fs.FileSystem | None = None
        if self._folder is None:
            try:
                self._remote, self._root = pyarrow.fs.FileSystem.from_uri(out)
            except (OSError, pyarrow.ArrowException) as error:
                raise OutputError(
                    f"{printable(out)} cannot be used ({reason(error)}). Give a folder, or an address such as "
                    "s3://bucket/folder."
                ) from error

    def write(self, name: str, content: bytes) -> None:
        """Write a file, whole or not at all.

        Args:
            name: with "/" between folders.
            content: of the file.

        Raises:
            OutputError: when it cannot be written.
        """
        try:
            if self._folder is not None:
                path = self._folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with written_whole(path, path.suffix) as temporary:
                    temporary.write_bytes(content)
                return
            assert self._remote is not None
            with self._remote.open_output_stream(f"{self._root}/{name}") as stream:  # there once it is closed
                stream.write(content)
        except OutputError as error:  # of the folder
            raise OutputError(f"{error} Then run the same again: it goes on from here.") from error
        except (OSError, pyarrow.ArrowException) as error:
            raise OutputError(
                f"{name} could not be written to {printable(self.out)} ({reason(error)}). Check the free space and "
                "your permissions, and run the same again: it goes on from here."
            ) from error

    def read(self, name: str) -> bytes | None:
        """The content of a file; None where there is none.

        Raises:
            OutputError: when it cannot be read.
        """
        try:
            if self._folder is not None:
                return (self._folder / name).read_bytes()
            assert self._remote is not None
            with self._remote.open_input_file(f"{self._root}/{name}") as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None
        except (OSError, pyarrow.ArrowException) as error:
            raise OutputError(f"{name} of {printable(self.out)} cannot be read ({reason(error)}).") from error

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder, sorted; none where there is no such folder.

        Raises:
            OutputError: when it cannot be listed.
        """
        try:
            if self._folder is not None:
                listed = os.listdir(self._folder / folder)  # noqa: PTH208 - a million of them, as texts
            else:
                assert self._remote is not None
                selector = pyarrow.fs.FileSelector(f"{self._root}/{folder}", allow_not_found=True)
                listed = [one.base_name for one in self._remote.get_file_info(selector)]
        except FileNotFoundError:
            return []
        except (OSError, pyarrow.ArrowException) as error:
            raise OutputError(f"{printable(self.out)} cannot be listed ({reason(error)}).") from error
        return sorted(name for name in listed if not name.startswith("."))

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        try:
            if self._folder is not None:
                (self._folder / name).unlink(missing_ok=True)
            elif self._remote is not None:
                self._remote.delete_file(f"{self._root}/{name}")
        except (OSError, pyarrow.ArrowException):
            return  # it is in nobody's way

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs out while the block runs.

        Raises:
            OutputError: when another one is at work.
        """
        if self._folder is not None:
            with alone_in(self._folder, "Another run"):
                yield
            return
        token, stop = secrets.token_hex(8), threading.Event()
        self._take_lease(token)

        def renew() -> None:
            while not stop.wait(RENEWED_SECONDS):
                self._write_lease(token)

        renewing = threading.Thread(target=renew, daemon=True)
        renewing.start()
        try:
            yield
        finally:
            stop.set()
            renewing.join()
            self.remove(LEASE)

    def _take_lease(self, token: str) -> None:
        """Hold the lease; of two that come at once the later writer does, which the other sees when it looks again."""
        held = self.read(LEASE)
        if held is not None and time.time() - json.loads(held)["renewed"] < LEASE_SECONDS:
            raise OutputError(_HELD.format(out=printable(self.out)))
        self._write_lease(token)
        time.sleep(1.0)
        if json.loads(self.read(LEASE) or b'{"token": ""}')["token"] != token:
            raise OutputError(_HELD.format(out=printable(self.out)))

    def _write_lease(self, token: str) -> None:
        self.write(LEASE, json.dumps({"token": token, "renewed": time.time()}).encode())
