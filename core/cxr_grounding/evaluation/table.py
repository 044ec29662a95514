"""From the scores of samples to the paper's table: a row a pathology, and the mean over the pathologies (METHOD 6)."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr_grounding.disk.csv_cells import cell_of
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.evaluation import controls, metrics
from cxr_grounding.evaluation.controls import ControlSummary
from cxr_grounding.evaluation.frame_metrics import FRAME_METRICS
from cxr_grounding.evaluation.metrics import Metric
from cxr_grounding.evaluation.place import PlaceSummary
from cxr_grounding.evaluation.presence import PRESENCE
from cxr_grounding.evaluation.presence_summary import Presence
from cxr_grounding.evaluation.score import SampleScore
from cxr_grounding.pathologies import Pathology

MS_CXR_PATHOLOGIES = tuple(pathology.value for pathology in Pathology)
"""The classes of MS-CXR: the first rows, in this order; other datasets' classes follow by their names."""

MEAN_ROW = "mean of pathologies"
UNNAMED_ROW = "no pathology named"

CONFIDENCE = 0.95
RESAMPLES = 2000
"""Of the bootstrap. Another seed then moves the ends of an interval by about a fiftieth of its width."""
RESAMPLES_AT_ONCE = 100
"""Bounds the memory: this many times the images of a pathology, 8 bytes each."""
BOOTSTRAP_SEED = 20240419
"""Fixed, so that the same scores give the same interval."""


@dataclass(frozen=True)
class Figure:
    """One metric over the samples of a row.

    Args:
        samples: that have the metric.
        undefined: that have not (NaN), and are left out.
        mean: NaN without samples.
        std: population standard deviation; in the mean row, that of the pathologies' means.
        low, high: ends of the bootstrap interval of the mean, at `CONFIDENCE`; NaN where the samples, or those of
            any pathology in the mean row, come from one image alone, which says nothing about others.
    """

    samples: int
    undefined: int
    mean: float
    std: float
    low: float
    high: float

    def as_dict(self) -> dict[str, int | float | None]:
        """For JSON: what is not defined is None."""
        numbers = {"mean": self.mean, "std": self.std, "low": self.low, "high": self.high}
        counts: dict[str, int | float | None] = {"samples": self.samples, "undefined": self.undefined}
        return counts | {name: None if isnan(number) else number for name, number in numbers.items()}


@dataclass(frozen=True)
class TableRow:
    """One line of the table.

    Args:
        name: of the pathology, `UNNAMED_ROW`, or `MEAN_ROW`.
        samples: in it.
        images: that they are on.
        figures: one for each of the table's metrics and controls, by name.
    """

    name: str
    samples: int
    images: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Table:
    """The benchmark's table.

    Args:
        pathologies: a row each, MS-CXR's first.
        mean: the mean over the pathologies' means, so that each counts the same however many samples it has.
        metrics, controls: its columns; no controls where they were not measured.
        framed: the columns of `frame_metrics`, which are another paper's; none where they were not measured.
        summary: what the controls say over all samples; None likewise.
        presence: what the evidence says over all samples; None where it was not measured.
        place: whether phrases without a place are found where they are; None likewise.
    """

    pathologies: tuple[TableRow, ...]
    mean: TableRow
    metrics: tuple[Metric, ...]
    controls: tuple[Metric, ...] = ()
    framed: tuple[Metric, ...] = ()
    summary: ControlSummary | None = None
    presence: Presence | None = None
    place: PlaceSummary | None = None

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """All rows, the mean last."""
        return (*self.pathologies, self.mean)

    @property
    def columns(self) -> tuple[Metric, ...]:
        """The metrics, those of the frame, then the controls."""
        return (*self.metrics, *self.framed, *self.controls)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; holds no NaN."""
        return {
            "interval": {"confidence": CONFIDENCE, "method": "percentile bootstrap by image", "resamples": RESAMPLES},
            "pathologies": [self._row_as_dict(row) for row in self.pathologies],
            "mean": self._row_as_dict(self.mean),
        } | self.summaries

    @property
    def summaries(self) -> dict[str, Any]:
        """What controls and evidence say over all samples, for JSON."""
        return {k: v for one in self._over_all if one is not None for k, v in one.as_dict().items()}

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same for people."""
        return tuple(s for one in self._over_all if one is not None for s in one.sentences)

    @property
    def _over_all(self) -> tuple[ControlSummary | Presence | PlaceSummary | None, ...]:
        return self.summary, self.presence, self.place

    def _row_as_dict(self, row: TableRow) -> dict[str, Any]:
        document: dict[str, Any] = {"pathology": row.name, "samples": row.samples, "images": row.images}
        kinds: dict[str, tuple[Metric, ...]] = {
            "metrics": self.metrics,
            "frame_metrics": self.framed,
            "controls": self.controls,
        }
        for name, columns in kinds.items():
            if columns:
                document[name] = {column.name: row.figures[column.name].as_dict() for column in columns}
        return document


def make_table(scores: Sequence[SampleScore]) -> Table:
    """The table of these samples, whatever order they come in; with the controls, where they were measured.

    Only the last digit of the summary's means depends on the order.

    The bootstrap draws images, each with all its samples of the pathology: two phrases about one image share the
    radiograph and much of the heatmap, and drawn one by one they would make the interval look narrower than it is. For
    the mean row each pathology is drawn on its own, and the means are averaged; that an image may have samples of
    two pathologies is not accounted for.

    Raises:
        ValueError: without scores.
    """
    if not scores:
        raise ValueError("there are no scores to make a table of")
    ordered = sorted(scores, key=lambda score: (score.image_id, score.phrase))
    groups = {name: [s for s in ordered if s.pathology == name] for name in _in_order({s.pathology for s in scores})}
    measured = {name for score in scores for name in score.figures}
    own: tuple[Metric, ...] = tuple(metric for metric in metrics.METRICS if metric.name in measured)
    compared: tuple[Metric, ...] = tuple(control for control in controls.CONTROLS if control.name in measured)
    framed: tuple[Metric, ...] = tuple(metric for metric in FRAME_METRICS if metric.name in measured)
    columns = {
        column.name: [_Column.of(name, group, column.name) for name, group in groups.items()]
        for column in (*own, *framed, *compared)
    }
    rows = tuple(
        TableRow(
            name=name or UNNAMED_ROW,
            samples=len(group),
            images=len({score.image_id for score in group}),
            figures={column: of_pathology[place].figure() for column, of_pathology in columns.items()},
        )
        for place, (name, group) in enumerate(groups.items())
    )
    with_presence = measured.issuperset(figure.name for figure in PRESENCE)
    mean = TableRow(
        name=MEAN_ROW,
        samples=len(scores),
        images=len({score.image_id for score in scores}),
        figures={column: _mean_figure(of_pathology) for column, of_pathology in columns.items()},
    )
    return Table(
        rows,
        mean,
        own,
        compared,
        framed,
        ControlSummary.of(scores) if compared else None,
        Presence.of(scores) if with_presence else None,
        PlaceSummary.of(scores) if with_presence else None,
    )


def text_rows(
    table: Table, columns: Sequence[Metric] | None = None, *, spread: bool = True
) -> tuple[list[str], list[list[str]]]:
    """The metrics as text, for a terminal or for Markdown (where the bars of "|CNR|" must be escaped).

    Args:
        table: to show.
        columns: of it; None for the metrics.
        spread: whether standard deviation and interval stand behind the mean.

    Returns:
        (headings, rows): of equal length; a figure reads "0.295 ± 0.101 (0.274 to 0.316)", with a dash for what is
        not defined, and how many samples it leaves out, if any.
    """
    shown = table.metrics if columns is None else columns
    headings = ["pathology", "samples", *(metric.heading for metric in shown)]
    cells = [
        [
            row.name,
            str(row.samples),
            *(figure_text(row.figures[metric.name], spread=spread) for metric in shown),
        ]
        for row in table.rows
    ]
    return headings, cells


def figure_text(figure: Figure, *, spread: bool = True) -> str:
    """A figure in one line, as in `text_rows`."""
    text = number_text(figure.mean)
    if spread and figure.samples:
        text += f" ± {number_text(figure.std)}"
        if not isnan(figure.low):
            text += f" ({number_text(figure.low)} to {number_text(figure.high)})"
    return text + (f", {figure.undefined} undefined" if figure.undefined else "")


def number_text(number: float) -> str:
    """Three decimals, or a dash for NaN."""
    return "–" if isnan(number) else f"{number:.3f}"  # noqa: RUF001 - a dash is what is meant


def write_table_csv(path: Path, table: Table) -> None:
    """Write the table with a line a row, and six columns for each metric and control.

    These are the mean, std, the interval's ends, samples and undefined. What is not defined is an empty cell.

    Raises:
        OutputError: when it cannot be written; an earlier file is then untouched.
    """
    percent = f"{100 * CONFIDENCE:g} %"
    parts = ("mean", "std", f"low {percent}", f"high {percent}", "samples", "undefined")
    headings = ["pathology", "samples", "images"]
    headings += [f"{column.heading} {part}" for column in table.columns for part in parts]
    with (
        written_whole(path, ".csv") as temporary,
        # Half a character, which JSON can hold, becomes a question mark.
        temporary.open("w", encoding="utf-8", errors="replace", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(headings)
        for row in table.rows:
            writer.writerow([cell_of(row.name), row.samples, row.images, *_cells(table, row)])


def _cells(table: Table, row: TableRow) -> Iterator[float | int | str]:
    for column in table.columns:
        figure = row.figures[column.name]
        for number in (figure.mean, figure.std, figure.low, figure.high):
            yield "" if isnan(number) else number
        yield from (figure.samples, figure.undefined)


@dataclass(frozen=True)
class _Column:
    """One metric of one pathology: its values where it is defined, and the means of the bootstrap's draws."""

    values: NDArray[np.float64]
    undefined: int
    drawn: NDArray[np.float64] | None

    @classmethod
    def of(cls, pathology: str, scores: Sequence[SampleScore], metric: str) -> _Column:
        values = np.array([score.figures[metric] for score in scores], dtype=np.float64)
        defined = ~np.isnan(values)
        images = np.array([score.image_id for score in scores])[defined]
        values = values[defined]
        return cls(values, int(np.count_nonzero(~defined)), _drawn_means(pathology, values, images))

    @property
    def mean(self) -> float:
        return float(self.values.mean()) if self.values.size else nan

    def figure(self) -> Figure:
        std = float(self.values.std()) if self.values.size else nan
        return Figure(self.values.size, self.undefined, self.mean, std, *_ends(self.drawn))


def _drawn_means(pathology: str, values: NDArray[np.float64], images: NDArray) -> NDArray[np.float64] | None:
    """The means [RESAMPLES] of the values on images drawn with replacement; None for fewer than two images."""
    names, numbers = np.unique(images, return_inverse=True)
    if len(names) < 2:
        return None
    sums, counts = np.bincount(numbers, weights=values), np.bincount(numbers)
    # Each pathology draws from a stream of its own: its interval does not depend on which others there are.
    rng = np.random.default_rng([BOOTSTRAP_SEED, zlib.crc32(pathology.encode(errors="surrogatepass"))])
    means = []
    for _ in range(RESAMPLES // RESAMPLES_AT_ONCE):
        draw = rng.integers(len(names), size=(RESAMPLES_AT_ONCE, len(names)))
        means.append(sums[draw].sum(axis=1) / counts[draw].sum(axis=1))
    return np.concatenate(means)


def _ends(drawn: NDArray[np.float64] | None) -> tuple[float, float]:
    if drawn is None:
        return nan, nan
    low, high = np.quantile(drawn, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return float(low), float(high)


def _mean_figure(columns: Sequence[_Column]) -> Figure:
    """Over the pathologies that have a mean."""
    defined = [column for column in columns if column.values.size]
    undefined = sum(column.undefined for column in columns)
    if not defined:
        return Figure(0, undefined, nan, nan, nan, nan)
    means = [column.mean for column in defined]
    draws = [column.drawn for column in defined if column.drawn is not None]
    drawn = np.mean(draws, axis=0) if len(draws) == len(defined) else None
    samples = sum(column.values.size for column in defined)
    return Figure(samples, undefined, float(np.mean(means)), float(np.std(means)), *_ends(drawn))


def _in_order(names: set[str]) -> list[str]:
    """MS-CXR's pathologies first, then the others by name, then the samples without one."""
    known = [name for name in MS_CXR_PATHOLOGIES if name in names]
    return known + sorted(names - {*known, ""}) + ([""] if "" in names else [])
