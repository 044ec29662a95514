"""A cohort on Ray's own cluster of two nodes; its driver, an actor and a node are killed: as the plain way, to the
bit. Tests wait for what has happened and not for a time: machines may be busy."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.two_nodes import two_nodes, wait_until
from cohort_images import (
    DAMAGED,
    DEADLY,
    GONE,
    HELD,
    HOLD_NODE,
    HOLD_WHEN_BEGUN,
    cohort_of,
    unsteady_engine,
)
from cxr_grounding.ask import Ask
from cxr_grounding.cohort.manifest import Entry
from cxr_grounding.cohort.part_grounder import MAP, Plan
from cxr_grounding.cohort.ray_session import ALONE, QUIET, ray_running
from cxr_grounding.cohort.run_cohort import ground_parts_here, read_rows_of, run_cohort
from cxr_grounding.cohort.stream import Resources, ground_parts
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.errors import ClusterError
from cxr_grounding.grounder import Grounder
from cxr_grounding.many.result_rows import Row
from cxr_grounding.phantom.ms_cxr_layout import write_ms_cxr

pytestmark = [
    pytest.mark.timeout(1800),  # a minute where nothing else runs; a busy machine may take its time
    pytest.mark.skipif(sys.platform == "win32", reason="Ray's clusters of several nodes run on POSIX systems"),
]

FEW, PART_IMAGES = 12, 2
"""Of the images, how many are grounded here, and how many make a part."""

DRIVER = """
import sys
from pathlib import Path
from cohort_images import cohort_of, unsteady_engine
from cxr_grounding.cohort.run_cohort import run_cohort
from cxr_grounding.cohort.stream import Resources, ground_parts

address, manifest, model, out, notes, few, part_images = sys.argv[1:]
entries, plan = cohort_of(manifest, model, out, int(few))
alone, opens = Resources(address, cpus=1, workers=1), unsteady_engine(Path(notes), Path(out))
run_cohort(entries, plan, lambda parts: ground_parts(parts, plan, alone, opens), part_images=int(part_images))
"""

COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # which programs in the background, and so this, may ignore
from cxr_grounding.cli.main import main

main()
"""

LOOPBACK = ("0100007F", "0" * 24 + "01000000", "0" * 16 + "FFFF00000100007F")
"""127.0.0.1, ::1, and the first as an IPv6 address, as Linux writes them."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes of one processor, that reach nobody and that nobody reaches."""
    with two_nodes() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def plain(
    entries: list[Entry],
    tiny_model: LatentDiffusionModel,
    tiny_model_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Row]:
    """The rows of the same images in this process, one after the other."""
    plan = Plan(str(tmp_path_factory.mktemp("plain")), Ask(tiny_model_folder, device="cpu", steps=10), readers=1)
    run_cohort(entries[:FEW], plan, ground_parts_here(plan, lambda ask: Grounder(tiny_model, ask)))
    return list(read_rows_of(plan.out))


def parts_in(out: Path) -> dict[str, int]:
    """The parts that are written, and when they were."""
    return {part.name: part.stat().st_mtime_ns for part in out.glob("results/part-*.parquet")}


@pytest.mark.slow  # it opens the model in three more workers; tests/core/cohort/test_scoring.py has what they do
def test_an_evaluation_gives_the_same_table_to_the_digit(
    cluster: Any, cxr_ground: Callable, tiny_model_folder: Path, tmp_path: Path
) -> None:
    annotations = write_ms_cxr(tmp_path / "benchmark", 2, 1_000_001, 96).csv
    asked = ["evaluate", "ms-cxr", "--annotations", annotations, "--images", annotations.parent, "--steps", 10]
    asked += ["--model", tiny_model_folder, "--device", "cpu", "--json", "--out"]
    plain = cxr_ground(*asked, tmp_path / "plain")
    spread = cxr_ground(*asked, tmp_path / "spread", "--cluster", "--address", cluster.address, "--cpus", 1)
    assert (plain.code, spread.code) == (0, 0), spread.err
    assert plain.document | {"out": ""} == spread.document | {"out": ""}
    written = sorted(file.relative_to(tmp_path / "plain") for file in (tmp_path / "plain").rglob("*.*[gnv]"))
    assert len(written) == 5 + plain.document["samples"]  # run.json, samples, problems and two tables; maps
    for name in written:
        assert (tmp_path / "spread" / name).read_bytes() == (tmp_path / "plain" / name).read_bytes(), name


def test_another_version_than_the_cluster_s_is_a_sentence(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.setattr(ray, "__version__", "2.0.1")
    said = r"runs another version of Ray or Python than this program \(.*2\.0\.1.*\)\. Run this from the environment"
    with pytest.raises(ClusterError, match=said), ray_running(cluster.address):
        pass
    assert not ray.is_initialized()


@pytest.mark.slow  # the whole command, and one more worker
def test_ctrl_c_ends_the_command_in_order(
    cluster: Any, manifest_file: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", COMMAND, "cohort", manifest_file, "--out", out, "--model", tiny_model_folder]
    command += ["--device", "cpu", "--steps", "900", "--address", cluster.address, "--cpus", "1", "--workers", "1"]
    with subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True) as running:
        wait_until(lambda: list(out.glob("begun/*.json")) or running.poll() is not None)
        running.send_signal(signal.SIGINT)
        said = running.communicate()[1]
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert "logging.cc" not in said, "nothing of Ray's own reaches the terminal"
    assert sorted(one.name for one in out.iterdir()) == ["begun", "manifest", "run.json"]  # and nobody's lock


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="connections are read from Linux's /proc")
def test_nothing_of_the_cluster_listens_or_speaks_beyond_this_machine(cluster: Any) -> None:
    pids = [int(one.name) for one in Path("/proc").glob("[0-9]*") if is_of(one, str(cluster.folder))]
    assert len(pids) > 3
    sockets = {number for pid in pids for number in sockets_of(pid)}
    beyond = [line for line in connections() if line[2] in sockets and not all(map(is_here, line[:2]))]
    assert beyond == []
    assert any(line[2] in sockets for line in connections())
    assert {**QUIET, **ALONE}.items() <= os.environ.items()


@pytest.fixture
def half_done(cluster: Any, manifest_file: Path, tiny_model_folder: Path, tmp_path: Path) -> Path:
    """A folder of results whose run was killed with a part or more done, and not all."""
    out, notes = tmp_path / "out", tmp_path / "notes"
    notes.mkdir()
    (notes / HOLD_WHEN_BEGUN).touch()
    given = (cluster.address, manifest_file, tiny_model_folder, out, notes, FEW, PART_IMAGES)
    knows_the_tests = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", DRIVER, *map(str, given)], env=knows_the_tests) as driver:
        wait_until(lambda: parts_in(out) or driver.poll() is not None)
        driver.kill()
    assert driver.returncode == -signal.SIGKILL
    (notes / HOLD_WHEN_BEGUN).unlink()
    return out


def test_driver_actor_and_node_are_killed_and_the_rows_are_the_plain_ones_none_twice(
    cluster: Any,
    manifest_file: Path,
    tiny_model_folder: Path,
    half_done: Path,
    plain: list[Row],
    compared: Callable,
) -> None:
    before, notes = parts_in(half_done), half_done.parent / "notes"
    assert 0 < len(before) < FEW // PART_IMAGES
    (notes / DEADLY).write_text("11.dcm")  # of the last part; the actors that look at it end, and others begin
    # The part that the driver's end cut off was begun once: a second end would be laid to its image, after one try.
    cut_off = [int(one.stem.removeprefix("part-")) for one in half_done.glob("begun/*.json")]
    spared = [f"{part * PART_IMAGES + image:02d}.dcm" for part in cut_off for image in range(PART_IMAGES)]
    (notes / HOLD_NODE).write_text(json.dumps({"node": cluster.second.node_id, "spared": spared}))

    def remove_node() -> None:
        wait_until((notes / HELD).exists)
        cluster.remove_node(cluster.second, allow_graceful=False)

    removing = threading.Thread(target=remove_node)
    removing.start()
    entries, plan = cohort_of(manifest_file, tiny_model_folder, half_done, FEW)
    plan, opens = dataclasses.replace(plan, tries=1), unsteady_engine(notes, half_done)
    two = Resources(cluster.address, cpus=1)
    end = run_cohort(entries, plan, lambda parts: ground_parts(parts, plan, two, opens), part_images=PART_IMAGES)
    removing.join()

    assert end.earlier == PART_IMAGES * len(before)
    assert parts_in(half_done).items() >= before.items()
    rows = list(read_rows_of(plan.out))
    assert max(Counter((row["name"], row["number"]) for row in rows).values()) == 1
    failed = {row["name"]: row["sentence"] for row in rows if row["status"] == "failed"}
    assert failed.keys() == {f"id-{GONE:02d}", f"id-{DAMAGED:02d}", "id-11"}
    assert failed["id-11"] == "It ended the program that looked at it once."
    alive = [row for row in plain if row["name"] != "id-11"]
    assert compared([row for row in rows if row["name"] != "id-11"]) == compared(alive)
    assert {row[MAP] is None for row in rows if row["status"] == "done"} == {False}
    assert not list(half_done.glob("begun/*"))


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
