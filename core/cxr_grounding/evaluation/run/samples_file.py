"""samples.csv: a row for every evaluated sample, appended image by image, whole again after the program was killed."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxr_grounding.disk.csv_cells import cell_of, text_of
from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import OutputError
from cxr_grounding.evaluation import metrics
from cxr_grounding.evaluation.controls import CONTROLS
from cxr_grounding.evaluation.datasets.dataset import Sample
from cxr_grounding.evaluation.frame_metrics import FRAME_METRICS
from cxr_grounding.evaluation.metrics import Metric
from cxr_grounding.evaluation.presence import PRESENCE, VERDICTS
from cxr_grounding.evaluation.score import Placed, SampleScore


@dataclass(frozen=True)
class ScoredSample:
    """A row of samples.csv.

    Args:
        score: the sample and its figures.
        image_scale: columns of the image for each column that the annotations say it has; 1 for the original.
        heatmap: the file in `heatmaps/` with what the model answered.
        stranger: the phrase of the shuffled control; "" without one.
        absent: the phrase of the presence test that is not there; "" without one.
        kept_words: of the phrase, that were looked at (METHOD 13.3); "" where the method is another.
    """

    score: SampleScore
    image_scale: float
    heatmap: str
    stranger: str = ""
    absent: str = ""
    kept_words: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """As `Sample.key`."""
        return self.score.key


@dataclass(frozen=True)
class Columns:
    """The columns of samples.csv. Those of controls and presence stand last, and are not there in a run without them.

    Args:
        with_controls: whether those of the controls are there.
        with_presence: whether those of the presence test are.
    """

    with_controls: bool
    with_presence: bool = False

    @property
    def names(self) -> list[str]:
        """The header."""
        controls = ["stranger", *_names(CONTROLS)] if self.with_controls else []
        presence = ["absent", "absent_pathology", *_names(PRESENCE), *VERDICTS, *Placed._fields]
        return [
            *BEFORE,
            *_names(metrics.METRICS),
            *BEHIND,
            *_names(FRAME_METRICS),
            "kept_words",
            *controls,
            *(presence if self.with_presence else ()),
        ]

    def cells(self, row: ScoredSample) -> list[str]:
        """A row as text; numbers with all their digits, so that reading them back gives the same ones."""
        score = row.score
        values = vars(score) | vars(row) | dict(score.figures) | dict(score.verdicts) | score.placed._asdict()
        return [_cell(values.get(name, "")) for name in self.names]

    def row(self, cells: Sequence[str]) -> ScoredSample:
        """What `cells` gave.

        Raises:
            ValueError: when it is something else.
        """
        cell = dict(zip(self.names, map(text_of, cells), strict=True))
        figures = [*_names(metrics.METRICS), *(name for name in _names(FRAME_METRICS) if cell[name])]
        figures += _names(CONTROLS) if self.with_controls else []
        figures += _names(PRESENCE) if self.with_presence else []
        score = SampleScore(
            image_id=cell["image_id"],
            phrase=cell["phrase"],
            pathology=cell["pathology"],
            image=cell["image"],
            boxes=int(cell["boxes"]),
            figures={name: float(cell[name]) for name in figures},
            boxes_seen=float(cell["boxes_seen"]),
            absent_pathology=cell.get("absent_pathology", ""),
            verdicts={name: cell[name] for name in VERDICTS} if self.with_presence else {},
            placed=Placed(*(cell.get(name, "") for name in Placed._fields)),
        )
        asked = cell.get("stranger", ""), cell.get("absent", ""), cell["kept_words"]
        return ScoredSample(score, float(cell["image_scale"]), cell["heatmap"], *asked)


BEFORE, BEHIND = ("image_id", "phrase", "pathology", "image", "boxes"), ("boxes_seen", "image_scale", "heatmap")
"""Columns before the metrics and behind them."""


def _names(figures: Iterable[Metric[Any]]) -> list[str]:
    return [figure.name for figure in figures]


def _cell(value: Any) -> str:
    return repr(float(value)) if isinstance(value, float) else cell_of(str(value))


class SamplesFile:
    """The file, open for more rows.

    Rows are written an image at a time and flushed to the disk, so that a killed run loses no more than the image that
    it was at. Opening cuts off the torn row that such a run may have left; whole rows are kept.

    Args:
        path: of the file; made where it is missing.
        samples: that may be in it.
        with_controls, with_presence: whether its rows hold the controls, and the presence test.

    Raises:
        OutputError: when it cannot be read or written, is damaged, or holds other samples.
    """

    def __init__(
        self, path: Path, samples: Sequence[Sample], *, with_controls: bool = True, with_presence: bool = False
    ) -> None:
        self._path = path
        self._columns = Columns(with_controls, with_presence)
        content = self._content()
        records, ends = _records(content)
        if records and records[0] != self._columns.names:
            raise OutputError(f"{path} has other columns than this program writes. Begin anew with --restart.")
        self.rows = self._parsed(records[1:])
        self._refuse_others(samples)
        self._begin(len(content), ends[-1] if ends else 0)

    def append(self, rows: Iterable[ScoredSample]) -> None:
        """Add the rows of one image.

        Raises:
            OutputError: when they cannot be written.
        """
        new = list(rows)
        self._write(_text(map(self._columns.cells, new)))
        self.rows += new

    def put_in_order(self, samples: Sequence[Sample]) -> None:
        """Bring the rows into the order of the samples, which a resumed run may have left.

        Raises:
            OutputError: when the file cannot be written; it is then as before.
        """
        place = {sample.key: number for number, sample in enumerate(samples)}
        ordered = sorted(self.rows, key=lambda row: place[row.key])
        if ordered == self.rows:
            return
        with written_whole(self._path, ".csv") as temporary:
            temporary.write_bytes(_text([self._columns.names, *map(self._columns.cells, ordered)]))
        self.rows = ordered

    def _content(self) -> bytes:
        try:
            return self._path.read_bytes() if self._path.exists() else b""
        except OSError as error:
            raise self._unwritable(error) from error

    def _parsed(self, records: list[list[str]]) -> list[ScoredSample]:
        try:
            rows = [self._columns.row(record) for record in records]
        except (ValueError, TypeError) as error:
            raise OutputError(f"{self._path} is damaged ({reason(error)}). Begin anew with --restart.") from error
        twice = [key for key, times in Counter(row.key for row in rows).items() if times > 1]
        if twice:
            raise OutputError(f"{self._path} holds {twice[0][1]!r} on {twice[0][0]} twice. Begin anew with --restart.")
        return rows

    def _refuse_others(self, samples: Sequence[Sample]) -> None:
        known = {sample.key for sample in samples}
        others = [row.score for row in self.rows if row.key not in known]
        if others:
            raise OutputError(
                f"{self._path} holds {len(others)} samples that are not asked for now, {others[0].phrase!r} on "
                f"{others[0].image_id} first. Choose another --out, ask for as many as before, or begin anew with "
                "--restart."
            )

    def _begin(self, size: int, kept: int) -> None:
        """Cut off what is not kept, and write the header where nothing is."""
        try:
            if kept < size:
                os.truncate(self._path, kept)
        except OSError as error:
            raise self._unwritable(error) from error
        if kept == 0:
            self._write(_text([self._columns.names]))

    def _write(self, content: bytes) -> None:
        try:
            with self._path.open("ab") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self._path} cannot be written ({reason(error)}). Free some space, and give the same command again: it "
            "goes on where it stopped."
        )


def _text(records: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(records)
    # A file name may hold bytes that are no text; they become question marks.
    return buffer.getvalue().encode(errors="replace")


def _records(content: bytes) -> tuple[list[list[str]], list[int]]:
    """The whole records of a file, and where each ends in it; a torn last one is left out."""
    lines = content[: content.rfind(b"\n") + 1].splitlines(keepends=True) if b"\n" in content else []
    ends = [0]
    for line in lines:
        ends.append(ends[-1] + len(line))
    records: list[list[str]] = []
    stops: list[int] = []
    reader = csv.reader((line.decode("utf-8", "replace") for line in lines), strict=True)
    try:
        for cells in reader:
            records.append(cells)
            stops.append(ends[reader.line_num])
    except csv.Error:  # a quoted cell that does not end: the file was cut inside it
        pass
    return records, stops
