"""Ray, started on this machine or joined on a cluster: quiet, for itself, and gone when the work is done.

What Ray does unasked, and what is set against it: docs/decisions/0072-a-cohort-on-ray.md.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cxr_grounding.disk.own_folder import HOME_VARIABLE, own_folder
from cxr_grounding.disk.owned import held, is_left
from cxr_grounding.disk.sentences import printable, reason
from cxr_grounding.errors import ClusterError

QUIET: Mapping[str, str] = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_REPORT_URL": "http://127.0.0.1:9/",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}
"""In the environment of Ray's processes: no report of usage, not even that there is none; and nothing on stderr that is
not for the user."""

ALONE: Mapping[str, str] = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""On one machine also: no port that others can reach."""

PREFIX, OWNER = "cxr-ray-", "owner"
"""How the folders of Ray's files begin, and the file in one whose lock its owner holds."""

LONGEST_FOLDER = 40
"""Letters of the folder for temporary files: Ray's sockets lie far below it, and their paths have 107 bytes at most."""

STORE_BYTES = 100 * 2**20
"""Of Ray's own store of objects, through which only numbers of parts go."""


@contextmanager
def ray_running(address: str | None = None) -> Iterator[Any]:
    """Ray, while the block runs.

    Args:
        address: of a cluster, as `ray.init` takes it; None for this machine's processors and GPUs.

    Yields:
        The module `ray`.

    Raises:
        ClusterError: when Ray is not installed, the cluster is not there, or it runs another version of Ray or Python.
    """
    with own_folder_of_ray() as folder, environment(folder if address is None else None):
        ray = _imported()
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
        if address is None:
            options |= {"include_dashboard": False, "object_store_memory": STORE_BYTES}
        else:
            options |= {"address": address}
        try:
            _init(ray, options)
        except Exception as error:
            ray.shutdown()  # of what it began
            raise _refused(address, error) from error
        try:
            yield ray
        finally:
            ray.shutdown()


def _init(ray: Any, options: Mapping[str, Any]) -> None:
    """Start or join; what answers SIGTERM stays what it was, where Ray would put an answer of its own."""
    before = signal.getsignal(signal.SIGTERM)
    with _without_stderr():
        ray.init(**options)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _without_stderr() -> Iterator[None]:
    """For the line in which Ray's C++ says at which level it logs, before it heeds it; what fails is raised."""
    sys.stderr.flush()
    own, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(own, 2)
        os.close(own)
        os.close(nowhere)


def _imported() -> Any:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ClusterError(
            'A cohort needs Ray, which is not installed here. Install it: pip install "cxr-grounding[cluster]".'
        ) from error
    return ray


def _refused(address: str | None, error: Exception) -> ClusterError:
    """The sentence about a cluster that cannot be joined."""
    where = "Ray on this machine" if address is None else f"The cluster at {printable(address)}"
    if "ersion mismatch" in str(error):
        told = " ".join(line.strip() for line in str(error).splitlines() if line.strip())
        return ClusterError(
            f"{where} runs another version of Ray or Python than this program ({printable(told)[:300]}). Run this from "
            "the environment that the cluster was started with."
        )
    return ClusterError(f"{where} could not be used ({reason(error)}). Check that it runs, and its address.")


@contextmanager
def own_folder_of_ray() -> Iterator[Path]:
    """A folder for Ray's files, gone in the end; those of programs that were killed are removed."""
    base = Path(tempfile.gettempdir())
    if len(str(base)) > LONGEST_FOLDER and Path("/tmp").is_dir():
        base = Path("/tmp")
    for left in base.glob(f"{PREFIX}*"):
        with suppress(OSError):
            age, owner = time.time() - left.stat().st_mtime, left / OWNER
            if age > 60 and (is_left(owner) if owner.exists() else age > 3600):
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    try:
        with held(folder / OWNER):
            (folder / "ray").mkdir()
            (folder / "ray_bootstrap_config.yaml").write_text("provider: {type: local}\n", encoding="ascii")
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def environment(home: Path | None) -> Iterator[None]:
    """The environment that Ray's processes are started with; afterwards it is as before.

    Args:
        home: on one machine, a home in which Ray finds that this is no cloud, which it would else ask an address on the
            network; None where a cluster is joined.
    """
    wanted = dict(QUIET)
    if home is not None:
        wanted |= {**ALONE, "HOME": str(home), "RAY_TMPDIR": str(home), HOME_VARIABLE: str(own_folder().absolute())}
    with set_for_a_while(wanted):
        yield


@contextmanager
def set_for_a_while(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables of the environment, which are as before when the block ends."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
