"""What a worker of a cohort does: hold a model, ground the images of one part, write it whole. Knows nothing of Ray."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
from PIL import Image

from cxr_grounding.answers.bundle import write_bundle
from cxr_grounding.ask import Ask
from cxr_grounding.cohort.manifest import Entry, part_name, read_part
from cxr_grounding.cohort.store import Store
from cxr_grounding.engine import Asked, Engine
from cxr_grounding.errors import CXRGroundingError, OutputError
from cxr_grounding.grounding import Grounding
from cxr_grounding.many.parquet_rows import schema_of_rows
from cxr_grounding.many.result_rows import Named, Row, Status, row_without_answer, rows_of_answers
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.saving import Saver, Saving
from cxr_grounding.signals.assertion import read_report
from cxr_grounding.sources.address import is_address, read_address
from cxr_grounding.sources.choice import choose_radiograph
from cxr_grounding.sources.dicomweb import Archive
from cxr_grounding.sources.servers import find_server
from cxr_grounding.sources.transfers import fetch_all
from cxr_grounding.worker.reader import ImageReader

RESULTS, BEGUN, OBJECTS = "results", "begun", "objects"
"""Folders of a store: the parts; for parts that are not done, how often they were begun; files beside the rows."""

MAP = "map_png"
"""The column with the heatmap on the model's frame: 8-bit PNG, 255 for 1."""

NOTHING_TO_GROUND = "Its report affirms no finding."


@dataclass(frozen=True)
class Plan:
    """What every worker of a cohort is told.

    Args:
        out: as `Store` takes it.
        ask: how questions are computed.
        every: whether to ground all sentences of a report, whatever they say.
        force: whether to ground also what is no radiograph.
        objects: formats of `answers.bundle` that are written beside the rows; "" for none.
        server: the archive that addresses are fetched from; None for the only one.
        tries: how often an image may end its process before it is given up.
        retry_failed: whether images that failed are tried again.
        readers: processes that read images ahead of the one that is grounded; so many wait in memory.
    """

    out: str
    ask: Ask
    every: bool = False
    force: bool = False
    objects: str = ""
    server: str | None = None
    tries: int = 3
    retry_failed: bool = False
    readers: int = 2


def schema_of_parts() -> pyarrow.Schema:
    """The columns of a part: the table's, and the map."""
    return schema_of_rows().append(pyarrow.field(MAP, pyarrow.binary()))


def open_engine(ask: Ask) -> Engine:
    """The engine that a worker holds, if it is told of no other."""
    from cxr_grounding.grounder import Grounder  # only in workers, since it brings torch with it

    return Grounder.open(ask)


class PartGrounder:
    """Grounds one part after the other with one opening of the model.

    Args:
        plan: what to do.
        opens: opens the engine.
    """

    def __init__(self, plan: Plan, opens: Callable[[Ask], Engine] = open_engine) -> None:
        self._plan, self._opens = plan, opens
        self._store = Store(plan.out)
        self._engine: Engine | None = None
        self._reading = _ReadAhead(plan)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Ground the part whose number is asked for.

        Args:
            batch: {"part": [number]}.

        Returns:
            {"part", "done", "failed", "error"}, a list of one each: images of the part, those of them that failed, and
            the sentence that ends the whole run, "" where there is none.
        """
        number = int(batch["part"][0])
        try:
            rows = self.ground_part(number)
        except CXRGroundingError as error:  # no model, no disk: about more than an image
            return {"part": [number], "done": [0], "failed": [0], "error": [str(error)]}
        failed = {row["name"] for row in rows if row["status"] == Status.FAILED}
        return {"part": [number], "done": [len({row["name"] for row in rows})], "failed": [len(failed)], "error": [""]}

    def ground_part(self, number: int) -> list[Row]:
        """Ground the images of a part, and write it.

        Raises:
            CXRGroundingError: what is about more than an image.
        """
        entries, kept = read_part(self._store, number), self._kept(number)
        if self._engine is None:
            self._engine = self._opens(self._plan.ask)
        left = [entry for entry in entries if entry.name not in kept]
        attempts = _Attempts(self._store, number)
        new: dict[str, list[Row]] = {}
        for entry, read in self._reading.ahead(left):
            deaths = attempts.at(entry.name)
            if deaths >= self._plan.tries:
                often = "once" if deaths == 1 else f"{deaths} times"
                new[entry.name] = [_failed(entry, f"It ended the program that looked at it {often}.")]
                read.cancel()
            else:
                new[entry.name] = self._rows(entry, read)
        rows = [row for entry in entries for row in kept.get(entry.name) or new[entry.name]]
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema_of_parts()), buffer)
        self._store.write(f"{RESULTS}/{part_name(number)}", buffer.getvalue())
        attempts.forget()
        return rows

    def _kept(self, number: int) -> dict[str, list[Row]]:
        """The rows of an earlier run that stay: where failed images are tried again, those of the others."""
        content = self._store.read(f"{RESULTS}/{part_name(number)}") if self._plan.retry_failed else None
        rows = [] if content is None else pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
        kept: dict[str, list[Row]] = {}
        for row in rows:
            if row["status"] != Status.FAILED:
                kept.setdefault(row["name"], []).append(row)
        return kept

    def _rows(self, entry: Entry, read: Future[Radiograph]) -> list[Row]:
        """The rows of one image, whatever becomes of it."""
        assert self._engine is not None
        named = Named(entry.name, entry.image)
        try:
            asked = self._asked(entry)
            if not asked:
                status = Status.NOTHING if entry.report else Status.FAILED
                why = NOTHING_TO_GROUND if entry.report else "The manifest asks nothing of it."
                return [row_without_answer(named, status, why) | {MAP: None}]
            radiograph = read.result()
            saver = Saver(radiograph, Saving(self._plan.objects)) if self._plan.objects else None
            self._engine.set_radiograph(radiograph)
            answers = self._engine.ground(asked)
            files = [] if saver is None else self._write_objects(saver, answers, entry)
            rows = rows_of_answers(named, answers, files)
            return [row | {MAP: _png(answer)} for row, answer in zip(rows, answers, strict=True)]
        except OutputError as error:
            if self._plan.objects:
                return [_failed(entry, str(error))]
            raise
        except Exception as error:  # noqa: BLE001 - one image never stops a cohort: its row says what happened
            what = str(error) if isinstance(error, CXRGroundingError) else f"{type(error).__name__}: {error}"
            return [_failed(entry, what)]

    def _asked(self, entry: Entry) -> list[Asked]:
        of_report = read_report(entry.report) if entry.report else []
        return [*entry.phrases, *(one for one in of_report if self._plan.every or one.is_groundable)]

    def _write_objects(self, saver: Saver, answers: Sequence[Grounding], entry: Entry) -> list[dict[str, Any]]:
        """The files beside the rows, in a folder of the image's own; their names."""
        folder = f"{OBJECTS}/{hashlib.sha256(entry.name.encode(errors='replace')).hexdigest()[:16]}"
        with tempfile.TemporaryDirectory(prefix="cxr-ground-") as scratch:
            files = write_bundle(saver.results(answers, entry.image, Path(scratch)), saver.formats)
            for file in sorted(Path(scratch).iterdir()):
                self._store.write(f"{folder}/{file.name}", file.read_bytes())
        return [
            {
                kind: [f"{folder}/{name}" for name in ([names] if isinstance(names, str) else names)]
                for kind, names in one.items()
            }
            for one in files
        ]


class _Attempts:
    """How often a part was begun, and which image ended the process then; kept while it is not done.

    The first time it is only noted that it was begun. From the second on, its process may have ended over an image, and
    each is noted before it is looked at.
    """

    def __init__(self, store: Store, number: int) -> None:
        self._store, self._name = store, f"{BEGUN}/part-{number:06d}.json"
        before = json.loads(store.read(self._name) or b"{}")
        self._deaths: dict[str, int] = before.get("deaths", {})
        if before.get("at"):  # the process ended while it looked at this one
            self._deaths[before["at"]] = self._deaths.get(before["at"], 0) + 1
        self._is_careful = bool(before)
        self._note("")

    def at(self, name: str) -> int:
        """Note that an image is looked at now.

        Returns:
            How often the process ended over it before.
        """
        if self._is_careful:
            self._note(name)
        return self._deaths.get(name, 0)

    def forget(self) -> None:
        """The part is done."""
        self._store.remove(self._name)

    def _note(self, name: str) -> None:
        self._store.write(self._name, json.dumps({"at": name, "deaths": self._deaths, "pid": os.getpid()}).encode())


class _ReadAhead:
    """Reads images in child processes while another one is grounded; never more than `Plan.readers` of them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._pool = ThreadPoolExecutor(plan.readers, "reads-ahead")
        self._own = threading.local()

    def ahead(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Future[Radiograph]]]:
        """Each image with what comes of reading it."""
        waiting: deque[tuple[Entry, Future[Radiograph]]] = deque()
        for entry in entries:
            waiting.append((entry, self._pool.submit(self._read, entry.image)))
            if len(waiting) > self._plan.readers:
                yield waiting.popleft()
        yield from waiting

    def _read(self, image: str) -> Radiograph:
        if not hasattr(self._own, "reader"):
            self._own.reader = ImageReader()
        if not is_address(image):
            return self._own.reader.read_image(image, force=self._plan.force)
        address, archive = read_address(image), Archive(find_server(self._plan.server))
        chosen = choose_radiograph(address, archive.list_objects(address))
        with tempfile.TemporaryDirectory(prefix="cxr-ground-") as folder:
            [file] = fetch_all(archive, [chosen.address], Path(folder)).files
            return self._own.reader.read_image(file, force=self._plan.force)


def _failed(entry: Entry, sentence: str) -> Row:
    return row_without_answer(Named(entry.name, entry.image), Status.FAILED, sentence) | {MAP: None}


def _png(answer: Grounding) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.rint(answer.heatmap_frame * 255).astype(np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()
