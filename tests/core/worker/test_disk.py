"""The private folder swept away, the disk full: a fresh process or one sentence, and no parcels that stay."""

from __future__ import annotations

import resource
import shutil
import tempfile
from pathlib import Path

import pytest

from cxr_grounding import ModelError, Radiograph, Worker, WorkerError
from full_disk import disk_that_takes

from .conftest import eventually


def parcels(temporary: Path) -> list[str]:
    """The files of requests and results that lie in private folders."""
    return [file.name for file in temporary.glob("*/*.npz")]


def test_a_worker_whose_folder_was_deleted_while_idle_is_replaced_silently(
    worker: Worker, tmp_path: Path, temporary: Path
) -> None:
    def ask() -> int | None:
        with pytest.raises(ModelError):
            worker.wait(worker.load(tmp_path / "missing"))
        return worker.pid

    first = ask()
    (folder,) = temporary.iterdir()
    shutil.rmtree(folder)
    second = ask()
    assert second is not None
    assert second != first


def test_what_does_not_fit_on_the_disk_leaves_no_part_of_a_request(
    worker: Worker, tiny_model_folder: Path, radiograph: Radiograph, temporary: Path
) -> None:
    worker.wait(worker.load(tiny_model_folder))
    with disk_that_takes(8192), pytest.raises(WorkerError, match="cannot be written to"):
        worker.wait(worker.set_radiograph(radiograph))
    assert parcels(temporary) == []
    worker.wait(worker.set_radiograph(radiograph))


def test_an_answer_that_does_not_fit_on_the_disk_leaves_no_part_of_it(
    worker: Worker, tiny_model_folder: Path, radiograph: Radiograph, temporary: Path
) -> None:
    worker.wait(worker.load(tiny_model_folder))
    worker.wait(worker.set_radiograph(radiograph))
    soft, hard = resource.prlimit(worker.pid or 0, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.pid or 0, resource.RLIMIT_FSIZE, (1024, hard))
    with pytest.raises(WorkerError, match="The worker cannot write to"):
        worker.wait(worker.ground("effusion"))
    assert parcels(temporary) == []
    resource.prlimit(worker.pid or 0, resource.RLIMIT_FSIZE, (soft, hard))
    assert worker.wait(worker.ground("effusion")).phrase.text == "effusion"


def test_without_a_folder_for_temporary_files_it_is_one_sentence(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as gone:
        gone.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        with pytest.raises(WorkerError, match="no room for its files among the temporary ones"):
            worker.start()
    worker.start()
    eventually(lambda: worker.is_running, "a start")
