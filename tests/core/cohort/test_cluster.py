"""A cohort on Ray's own cluster of two nodes; an actor, a node and the driver are killed: as the plain way, to the
bit."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cohort_images import DAMAGED, GONE
from cxr_grounding.ask import Ask
from cxr_grounding.cohort.manifest import Entry
from cxr_grounding.cohort.part_grounder import MAP, Plan
from cxr_grounding.cohort.ray_session import ALONE, QUIET, environment, own_folder_of_ray
from cxr_grounding.cohort.run_cohort import ground_parts_here, read_rows_of, run_cohort
from cxr_grounding.cohort.stream import Resources, ground_parts
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.grounder import Grounder
from cxr_grounding.many.result_rows import Row

pytestmark = [
    pytest.mark.slow,  # two minutes on two processors that do nothing else
    pytest.mark.skipif(sys.platform == "win32", reason="Ray's clusters of several nodes run on POSIX systems"),
]

LOOPBACK = ("0100007F", "0" * 24 + "01000000", "0" * 16 + "FFFF00000100007F")
"""127.0.0.1, ::1, and the first as an IPv6 address, as Linux writes them."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes of two processors, that reach nobody and that nobody reaches."""
    node = {"num_cpus": 2, "object_store_memory": 80 * 2**20, "include_dashboard": False}
    node |= {"no_monitor": True, "include_log_monitor": False}
    with own_folder_of_ray() as folder, environment(folder):
        from ray.cluster_utils import Cluster  # only now, since Ray looks at the environment when it is imported

        cluster = Cluster(initialize_head=True, head_node_args=node)
        cluster.second = cluster.add_node(**node)
        cluster.wait_for_nodes()
        cluster.folder = folder
        yield cluster
        cluster.shutdown()


@pytest.fixture
def deadly() -> Callable[[Ask], Any]:
    """Opens an engine that ends its process over one image, and takes its time over the others.

    All of it is made inside, so that it travels to the workers whole: they do not know this file.
    """

    def opens(ask: Ask) -> Any:
        import os
        import signal
        import time

        from cxr_grounding.grounder import Grounder

        class Deadly(Grounder):
            def set_radiograph(self, radiograph: Any, *given: Any, **named: Any) -> None:
                time.sleep(0.2)
                if radiograph.source.name == "14.dcm":
                    os.kill(os.getpid(), signal.SIGKILL)
                super().set_radiograph(radiograph, *given, **named)

        return Deadly.open(ask)

    return opens


@pytest.fixture(scope="module")
def plain(
    entries: list[Entry],
    tiny_model: LatentDiffusionModel,
    tiny_model_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Row]:
    """The rows of the same cohort in this process, one image after the other."""
    plan = Plan(str(tmp_path_factory.mktemp("plain")), Ask(tiny_model_folder, device="cpu", steps=10), readers=1)
    run_cohort(entries, plan, ground_parts_here(plan, lambda ask: Grounder(tiny_model, ask)))
    return list(read_rows_of(plan.out))


def wait_until(holds: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What a condition gives, once it does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def parts_in(out: Path) -> list[Path]:
    return sorted(out.glob("results/part-*.parquet"))


def a_worker_in(out: Path) -> int:
    """The process of a worker that has a part begun."""

    def found() -> int:
        for note in out.glob("begun/part-*.json"):
            try:
                pid = json.loads(note.read_text())["pid"]
                os.kill(pid, 0)
            except (OSError, ValueError):
                continue
            return pid
        return 0

    return wait_until(found)


def test_an_actor_and_a_node_die_and_an_image_always_kills_and_the_rows_are_the_plain_ones(
    cluster: Any, entries: list[Entry], plan: Plan, plain: list[Row], compared: Callable, deadly: Callable
) -> None:
    out = Path(plan.out)
    twice = dataclasses.replace(plan, tries=2)
    killed = []

    def kill() -> None:
        wait_until(lambda: parts_in(out))
        killed.append(a_worker_in(out))
        os.kill(killed[0], signal.SIGKILL)
        wait_until(lambda: len(parts_in(out)) > 3)
        cluster.remove_node(cluster.second, allow_graceful=False)
        killed.append(cluster.second)

    killing = threading.Thread(target=kill)
    killing.start()
    resources = Resources(cluster.address, cpus=1, workers=3)
    end = run_cohort(entries, twice, lambda parts: ground_parts(parts, twice, resources, deadly), part_images=2)
    killing.join()
    assert len(killed) == 2
    assert end.counts["failed"] == 3
    rows = list(read_rows_of(plan.out))
    failed = {row["name"]: row["sentence"] for row in rows if row["status"] == "failed"}
    assert failed.keys() == {f"id-{GONE:02d}", f"id-{DAMAGED:02d}", "id-14"}
    assert failed["id-14"] == "It ended the program that looked at it 2 times."
    alive = [row for row in plain if row["name"] != "id-14"]
    assert compared([row for row in rows if row["name"] != "id-14"]) == compared(alive)
    assert {row[MAP] is None for row in rows if row["status"] == "done"} == {False}
    assert not list(out.glob("begun/*"))


def test_a_driver_is_killed_and_the_same_command_goes_on(
    cluster: Any, manifest_file: Path, tiny_model_folder: Path, plain: list[Row], compared: Callable, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "cxr_grounding.cli.main", "cohort", manifest_file, "--out", out, "--cpus", "1"]
    command += ["--model", tiny_model_folder, "--device", "cpu", "--steps", "10", "--address", cluster.address]
    command += ["--workers", "1", "--json"]
    with subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL) as driver:
        wait_until(lambda: parts_in(out))
        driver.kill()
    before = {part: part.stat().st_mtime_ns for part in parts_in(out)}
    assert 0 < len(before) < 3
    told = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
    assert told.returncode == 3, told.stderr
    document = json.loads(told.stdout)
    assert document["earlier"] == 8 * len(before)
    assert document["failed"] == 2
    assert {part: part.stat().st_mtime_ns for part in before} == before
    rows = list(read_rows_of(str(out)))
    assert compared(rows) == compared(plain)
    assert max(Counter((row["name"], row["number"]) for row in rows).values()) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="connections are read from Linux's /proc")
def test_nothing_of_the_cluster_listens_or_speaks_beyond_this_machine(cluster: Any) -> None:
    pids = [int(one.name) for one in Path("/proc").glob("[0-9]*") if is_of(one, str(cluster.folder))]
    assert len(pids) > 3
    sockets = {number for pid in pids for number in sockets_of(pid)}
    beyond = [line for line in connections() if line[2] in sockets and not all(map(is_here, line[:2]))]
    assert beyond == []
    assert any(line[2] in sockets for line in connections())
    assert {**QUIET, **ALONE}.items() <= os.environ.items()


def is_of(process: Path, folder: str) -> bool:
    """Whether a process was started with that folder on its command line."""
    try:
        return folder.encode() in (process / "cmdline").read_bytes()
    except OSError:
        return False


def sockets_of(pid: int) -> Iterator[str]:
    """The numbers of a process's sockets."""
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = str(descriptor.readlink())
            if target.startswith("socket:["):
                yield target[8:-1]
    except OSError:
        return


def connections() -> list[tuple[str, str, str]]:
    """(local, other address or again the local one, number) of each TCP socket, in the kernel's hexadecimal digits."""
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    ends = ((*(end.partition(":")[0] for end in line[1:3]), line[9]) for line in lines)
    return [(here, here if not there.strip("0") else there, number) for here, there, number in ends]  # who only listens


def is_here(address: str) -> bool:
    """Whether an address is this machine's own."""
    return address in LOOPBACK
