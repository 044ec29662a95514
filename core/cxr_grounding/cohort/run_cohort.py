"""A cohort from its manifest to its parts: what is there is not computed again, another question is refused."""

from __future__ import annotations

import dataclasses
import enum
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet

from cxr_grounding import __version__
from cxr_grounding.ask import Ask
from cxr_grounding.cohort.manifest import Entry, Manifest, cut_into_parts, part_name, write_parts
from cxr_grounding.cohort.part_grounder import RESULTS, PartGrounder, Plan, open_engine
from cxr_grounding.cohort.store import Store
from cxr_grounding.disk.json_difference import difference
from cxr_grounding.disk.sentences import printable
from cxr_grounding.engine import Engine
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.evaluation.run.record import model_sha256
from cxr_grounding.many.result_rows import Row, Status
from cxr_grounding.many.run_folder import RECORD
from cxr_grounding.models.registry import find_model


@dataclass(frozen=True)
class CohortEnd:
    """What is there in the end.

    Args:
        images: of the manifest.
        earlier: of them, those whose results were there before.
        counts: rows and images by what became of them: "done", "failed", "nothing to ground".
        precisions: in which its images were computed, by how many: of `--precision auto` there may be two, where some
            were done on other hardware.
    """

    images: int
    earlier: int
    counts: Mapping[str, int]
    precisions: Mapping[str, int]


def run_cohort(
    entries: list[Entry],
    plan: Plan,
    ground: Callable[[list[int]], Iterator[Any]],
    *,
    part_images: int | None = None,
    told: Callable[[int, int, int], None] = lambda _done, _failed, _of: None,
) -> CohortEnd:
    """Ground a cohort into a store.

    Args:
        entries: its images.
        plan: what workers do.
        ground: grounds parts by their numbers, as `stream.ground_parts` does on Ray.
        part_images: images of a part; None for a number that suits, the same again for the same manifest.
        told: of images done, failed and left to do, after every part.

    Raises:
        OutputError: when the store cannot be used: another run's, another question's, full.
        CXRGroundingError: what `ground` raises.
    """
    manifest = cut_into_parts(entries, part_images)
    asked = question(plan, manifest)
    store = Store(plan.out)
    with store.alone():
        _begin(store, asked, plan.out)
        write_parts(store, entries, manifest)
        written = set(store.names(RESULTS))
        again = _with_failures(store, manifest) if plan.retry_failed else set()
        left = [n for n in range(manifest.parts) if part_name(n) not in written or n in again]
        earlier = manifest.images - sum(_size(manifest, number) for number in left)
        done = failed = 0
        if left:
            for part in ground(left):
                done, failed = done + part.done, failed + part.failed
                told(done, failed, manifest.images - earlier)
        return CohortEnd(manifest.images, earlier, *_counts(store, manifest))


def question(plan: Plan, manifest: Manifest) -> dict[str, Any]:
    """All that the results depend on, as JSON knows it.

    Raises:
        ModelError: when there is no such model.
        RecipeError: when its recipe cannot be followed so.
    """
    entry = find_model(plan.ask.model)
    if entry.identity is None or entry.recipe is None:
        raise ModelError(entry.problem)
    options = {name: value for name, value in vars(plan.ask).items() if name not in ("model", "device")}
    return {
        "program": __version__,
        "model": entry.identity.as_dict(),
        "weights": model_sha256(entry.folder),
        "setting": {name: _plain(value) for name, value in options.items() if value is not None},
        "recipe": plan.ask.followed(entry.recipe).as_dict(),
        "objects": plan.objects,
        "every sentence": plan.every,
        "forced": plan.force,
        "manifest": dataclasses.asdict(manifest),
    }


def read_rows_of(out: str) -> Iterator[Row]:
    """The rows of a cohort in the manifest's order, as `pandas.read_parquet(out + "/results")` has them."""
    store = Store(out)
    for name in store.names(RESULTS):
        yield from pyarrow.parquet.read_table(io.BytesIO(store.read(f"{RESULTS}/{name}") or b"")).to_pylist()


def ground_parts_here(
    plan: Plan, opens: Callable[[Ask], Engine] = open_engine
) -> Callable[[list[int]], Iterator[PartHere]]:
    """What grounds parts in this process, one after the other, without Ray."""

    def ground(parts: list[int]) -> Iterator[PartHere]:
        grounder = PartGrounder(plan, opens)
        for number in parts:
            rows = grounder.ground_part(number)
            names = {row["name"]: row["status"] for row in rows}
            yield PartHere(len(names), sum(status == Status.FAILED for status in names.values()))

    return ground


@dataclass(frozen=True)
class PartHere:
    """What became of a part: images, and those of them that failed."""

    done: int
    failed: int


def _begin(store: Store, asked: Mapping[str, Any], out: str) -> None:
    """Refuse a store with another question's results; note what is asked."""
    content = store.read(RECORD)
    now = json.loads(json.dumps(asked))
    if content is None:
        if store.names(RESULTS):
            raise OutputError(
                f"{printable(out)} holds results, but no {RECORD} that says of what. Choose another --out."
            )
        store.write(RECORD, (json.dumps(asked, indent=2, ensure_ascii=False) + "\n").encode())
        return
    try:
        before = json.loads(content)
        changed = next((name for name in dict.fromkeys((*now, *before)) if before.get(name) != now.get(name)), None)
    except (ValueError, TypeError) as error:
        raise OutputError(f"{RECORD} in {printable(out)} is damaged. Choose another --out.") from error
    if changed is not None:
        told = difference(before.get(changed), now.get(changed))
        raise OutputError(
            f"{printable(out)} holds results of another {changed} ({told}). Choose another --out, or remove those."
        )


def _with_failures(store: Store, manifest: Manifest) -> set[int]:
    """The parts in which images failed."""
    statuses = ((number, _told(store, number)) for number in range(manifest.parts))
    return {number for number, own in statuses if any(status == Status.FAILED for _, status, _ in own)}


def _counts(store: Store, manifest: Manifest) -> tuple[dict[str, int], dict[str, int]]:
    """How many images became what, and how many rows there are; how many were computed in which precision."""
    counts: Counter[str] = Counter()
    precisions: Counter[str] = Counter()
    for number in range(manifest.parts):
        rows = _told(store, number)
        counts["rows"] += len(rows)
        counts.update({name: status for name, status, _ in rows}.values())
        precisions.update({name: precision for name, _, precision in rows if precision}.values())
    return dict(counts), dict(precisions)


def _told(store: Store, number: int) -> list[tuple[str, str, str]]:
    """(name, status, precision) of each row of a part; none where it is not written."""
    content = store.read(f"{RESULTS}/{part_name(number)}")
    if content is None:
        return []
    columns = ["name", "status", "precision"]
    table = pyarrow.parquet.read_table(io.BytesIO(content), columns=columns)
    names, statuses, precisions = (table[column].to_pylist() for column in columns)
    return list(zip(names, statuses, precisions, strict=True))


def _size(manifest: Manifest, number: int) -> int:
    return min(manifest.part_images, manifest.images - number * manifest.part_images)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else str(value) if isinstance(value, Path) else value
