"""A cohort without a cluster: rows, going on, what is refused. tests/core/cohort/test_cluster.py has Ray."""

from __future__ import annotations

import dataclasses
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cohort_images import DAMAGED, GONE
from cxr_grounding.ask import Ask
from cxr_grounding.cohort import part_grounder
from cxr_grounding.cohort.manifest import Entry
from cxr_grounding.cohort.part_grounder import MAP, Plan
from cxr_grounding.cohort.run_cohort import ground_parts_here, read_rows_of, run_cohort
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.disk.owned import held
from cxr_grounding.errors import Cancelled, OutputError
from cxr_grounding.grounder import Grounder
from cxr_grounding.many.ground_many import ground_many
from cxr_grounding.signals.assertion import read_report
from cxr_grounding.worker.reader import shared_reader
from full_disk import disk_that_takes


@pytest.fixture
def ground(tiny_model: LatentDiffusionModel, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Grounds parts in this process, with the model that is open already, and one process that reads for all runs."""
    monkeypatch.setattr(part_grounder, "ImageReader", shared_reader)
    return lambda plan: ground_parts_here(plan, lambda ask: Grounder(tiny_model, ask))


def test_rows_are_those_of_the_plain_way_with_maps_and_failures(
    entries: list[Entry], plan: Plan, ground: Callable, tiny_model: LatentDiffusionModel, compared: Callable
) -> None:
    few = entries[: DAMAGED + 1]
    told: list[tuple[int, int, int]] = []
    end = run_cohort(few, plan, ground(plan), part_images=4, told=lambda *now: told.append(now))
    assert told == [(4, 0, 11), (8, 1, 11), (11, 2, 11)]
    assert (end.images, end.earlier) == (11, 0)
    assert end.counts == {"rows": 16, "done": 9, "failed": 2}
    assert end.precisions == {"single": 9}
    rows = list(read_rows_of(plan.out))
    assert list(dict.fromkeys(row["name"] for row in rows)) == [entry.name for entry in few]
    failed = {row["name"]: row["sentence"] for row in rows if row["status"] == "failed"}
    assert failed.keys() == {f"id-{GONE:02d}", f"id-{DAMAGED:02d}"}

    def asked(image: str):
        (entry,) = (one for one in few if one.image == image)
        return list(entry.phrases) or [one for one in read_report(entry.report) if one.is_groundable]

    plain = list(ground_many([entry.image for entry in few], asked, Grounder(tiny_model, plan.ask)))
    answers = [answer for one in plain for answer in one.answers]
    of_plain = compared([row for one in plain for row in one.rows()])
    for row, other in zip(compared(rows), of_plain, strict=True):
        assert {**row, "name": "", MAP: None} == {**other, "name": "", MAP: None}
    pngs = [row[MAP] for row in rows if row["status"] == "done"]
    for png, answer in zip(pngs, answers, strict=True):
        with Image.open(io.BytesIO(png)) as picture:
            np.testing.assert_array_equal(np.asarray(picture), np.rint(answer.heatmap_frame * 255).astype(np.uint8))


def test_a_run_goes_on_and_tries_failures_again_only_on_request(
    entries: list[Entry], plan: Plan, ground: Callable, tmp_path: Path
) -> None:
    few = entries[4:8]

    def stopped(parts: list[int]):
        for told in ground(plan)(parts):
            yield told
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        run_cohort(few, plan, stopped, part_images=2)
    first = tmp_path / "out" / "results" / "part-000000.parquet"
    written = first.stat().st_mtime_ns
    end = run_cohort(few, plan, ground(plan), part_images=2)
    assert (end.earlier, end.counts["failed"]) == (2, 1)
    assert first.stat().st_mtime_ns == written
    assert Counter(row["name"] for row in read_rows_of(plan.out)) == {"id-04": 2, "id-05": 1, "id-06": 1, "id-07": 2}
    assert run_cohort(few, plan, ground(plan), part_images=2).earlier == 4

    gone = Path(entries[GONE].image)
    gone.write_bytes(Path(entries[4].image).read_bytes())
    try:
        retry = dataclasses.replace(plan, retry_failed=True)
        end = run_cohort(few, retry, ground(retry), part_images=2)
    finally:
        gone.unlink()
    assert (end.earlier, end.counts) == (2, {"rows": 7, "done": 4})
    assert not list((tmp_path / "out" / "begun").iterdir())


def test_another_question_a_second_run_and_a_full_disk_are_sentences(
    entries: list[Entry], plan: Plan, ground: Callable, tmp_path: Path
) -> None:
    few = entries[1:3]
    run_cohort(few, plan, ground(plan))
    other = dataclasses.replace(plan, ask=dataclasses.replace(plan.ask, preset="fast"))
    with pytest.raises(OutputError, match=r"results of another setting \(preset was \"full\", now \"fast\"\)"):
        run_cohort(few, other, ground(other))
    with pytest.raises(OutputError, match=r"results of another manifest \(images was 2, now 3\)"):
        run_cohort(entries[1:4], plan, ground(plan))
    with held(tmp_path / "out" / ".lock"), pytest.raises(OutputError, match="Another run is at work"):
        run_cohort(few, plan, ground(plan))

    full = dataclasses.replace(plan, out=str(tmp_path / "full"))
    with disk_that_takes(6_000), pytest.raises(OutputError, match=r"part-000000.parquet .*File too large.*goes on"):
        run_cohort(few, full, ground(full))
    assert not list((tmp_path / "full" / "results").iterdir())
    assert run_cohort(few, full, ground(full)).counts["done"] == 2


def test_dicom_objects_are_written_beside_the_rows_when_asked(
    entries: list[Entry], plan: Plan, ground: Callable, tmp_path: Path
) -> None:
    with_objects = dataclasses.replace(plan, objects="seg")
    run_cohort(entries[1:2], with_objects, ground(with_objects))
    rows = list(read_rows_of(plan.out))
    (name,) = {name for row in rows for name in row["files"]}
    assert (tmp_path / "out" / name).read_bytes()[128:132] == b"DICM"


def test_an_image_that_ends_its_process_again_and_again_is_given_up(
    entries: list[Entry], plan: Plan, tiny_model: LatentDiffusionModel
) -> None:
    """The process is this one here, so it is ended by an exception that nobody catches."""

    class End(BaseException):
        pass

    class Deadly(Grounder):
        def set_radiograph(self, radiograph, *given, **named) -> None:
            if radiograph.source.name == "02.dcm":
                raise End
            super().set_radiograph(radiograph, *given, **named)

    def opens(ask: Ask) -> Grounder:
        return Deadly(tiny_model, ask)

    twice = dataclasses.replace(plan, tries=2)
    for _ in range(3):  # once to learn that something is wrong, twice to learn what
        with pytest.raises(End):
            run_cohort(entries[1:4], twice, ground_parts_here(twice, opens))
    end = run_cohort(entries[1:4], twice, ground_parts_here(twice, opens))
    assert end.counts == {"rows": 4, "done": 2, "failed": 1}
    (failed,) = (row for row in read_rows_of(plan.out) if row["status"] == "failed")
    assert (failed["name"], failed["sentence"]) == ("id-02", "It ended the program that looked at it 2 times.")
