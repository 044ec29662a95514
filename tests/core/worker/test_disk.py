"""The private folder swept away, the disk full: a fresh process or one sentence, and no parcels that stay."""

from __future__ import annotations

import resource
import shutil
import tempfile
from pathlib import Path

import pytest

from cxr_grounding import Radiograph, Worker, WorkerError
from full_disk import disk_that_takes

from .conftest import eventually, refused


def parcels(folder: Path) -> list[str]:
    """The files of requests and results that lie in private folders in a folder."""
    return [file.name for file in folder.glob("*/*.npz")]


def test_a_worker_whose_folder_was_deleted_while_idle_is_replaced_silently(
    bare_worker: Worker, tmp_path: Path, temporary: Path
) -> None:
    def ask() -> int | None:
        with refused():
            bare_worker.wait(bare_worker.load(tmp_path))
        return bare_worker.pid

    first = ask()
    (folder,) = temporary.iterdir()
    shutil.rmtree(folder)
    second = ask()
    assert second is not None
    assert second != first


def test_what_does_not_fit_on_the_disk_leaves_no_part_of_a_request(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph, lasting: Path
) -> None:
    warm_worker.wait(warm_worker.load(tiny_model_folder))
    other = Radiograph(radiograph.pixels[::-1])
    with disk_that_takes(8192), pytest.raises(WorkerError, match="cannot be written to"):
        warm_worker.wait(warm_worker.set_radiograph(other))
    assert parcels(lasting) == []
    warm_worker.wait(warm_worker.set_radiograph(other))


def test_an_answer_that_does_not_fit_on_the_disk_leaves_no_part_of_it(
    warm_worker: Worker, tiny_model_folder: Path, radiograph: Radiograph, lasting: Path
) -> None:
    warm_worker.load(tiny_model_folder)
    warm_worker.wait(warm_worker.set_radiograph(radiograph))
    pid = warm_worker.pid or 0
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, hard))
    try:
        with pytest.raises(WorkerError, match="The worker cannot write to"):
            warm_worker.wait(warm_worker.ground("effusion"))
        assert parcels(lasting) == []
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
    assert warm_worker.wait(warm_worker.ground("effusion")).phrase.text == "effusion"


def test_without_a_folder_for_temporary_files_it_is_one_sentence(
    bare_worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as gone:
        gone.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        with pytest.raises(WorkerError, match="no room for its files among the temporary ones"):
            bare_worker.start()
    bare_worker.start()
    eventually(lambda: bare_worker.is_running, "a start")
