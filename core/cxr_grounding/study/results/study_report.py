"""The report of a study: the seal is broken, tables are written, and one page shows what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from cxr_grounding.disk.staging import staged
from cxr_grounding.errors import StudyError
from cxr_grounding.evaluation import metrics
from cxr_grounding.evaluation.report.page import WARNING, data_address
from cxr_grounding.study.questions import QuestionKind, primary_of
from cxr_grounding.study.results.result_tables import rating_tables, result_tables
from cxr_grounding.study.results.study_charts import WIDTH as CHART_WIDTH
from cxr_grounding.study.results.study_charts import draw_differences, draw_shares
from cxr_grounding.study.sealed_key import StudyKey, open_key
from cxr_grounding.study.statistics.rated import Ratings, gather
from cxr_grounding.study.statistics.study_results import ALL, StudyResults, results_of
from cxr_grounding.study.study_folder import KEY_FILE, Study

TEMPLATE, PAGE = "study.html.jinja", "report.html"


@dataclass(frozen=True)
class StudyReport:
    """What was found.

    Args:
        study: that was read.
        ratings: of its readers.
        results: all figures.
        files: the names of what was written.
    """

    study: Study
    ratings: Ratings
    results: StudyResults
    files: tuple[str, ...]


def report_study(folder: Path, out: Path, *, key: Path | None = None, with_incomplete: bool = False) -> StudyReport:
    """Unseal the key of a study, and write what its readers found.

    Args:
        folder: of the study.
        out: for tables and page; files of the same names are replaced.
        key: of the study; None for the one in its folder.
        with_incomplete: whether readers count who have not finished.

    Raises:
        StudyError: when nobody has finished, the study was changed and nobody accepted it, or something is damaged.
        OutputError: when it cannot be written.
    """
    study = Study.open(folder)
    opened = open_key(key or folder / KEY_FILE, study.settings.key_sha256)
    readings = study.readings()
    for reading in readings:
        study.refuse_change([reading.header.study, *(answer.study for answer in reading.answers)])
    ratings = gather(readings, study.case_of, opened, study.settings.questions, with_incomplete)
    if not ratings.rows:
        begun = ", ".join(f"{name} ({done} of {total})" for name, done, total in ratings.left_out)
        raise StudyError(
            f"Nobody has finished the study in {folder}{f': {begun}' if begun else ''}. Wait until readers have, or "
            "count those who have not, with --incomplete."
        )
    results = results_of(ratings)
    tables = result_tables(results) | rating_tables(ratings)
    page = _page(study, opened, ratings, results)
    with staged(out) as scratch:
        for name, text in {**tables, PAGE: page}.items():
            (scratch / name).write_text(text, encoding="utf-8", errors="replace")
    return StudyReport(study, ratings, results, (PAGE, *tables))


def said_of(ratings: Ratings, study: Study) -> tuple[str, ...]:
    """What has to be known beside the figures: who does not count, what was made up, and what was changed."""
    sentences = []
    if ratings.simulated:
        sentences.append(f"Made up by a program: the answers of {', '.join(ratings.simulated)}. They prove nothing.")
    if ratings.left_out:
        names = ", ".join(f"{name} ({done} of {total})" for name, done, total in ratings.left_out)
        sentences.append(f"Left out, as they have not finished: {names}.")
    if ratings.incomplete:
        names = ", ".join(f"{name} ({done} of {total})" for name, done, total in ratings.incomplete)
        sentences.append(f"Counted, though they have not finished: {names}.")
    if ratings.unknown:
        sentences.append(f"{ratings.unknown} answers are about cases that the study no longer has; they do not count.")
    notes = dict.fromkeys((one.note, one.at[:10]) for one in study.changes())
    sentences += [f"The study was changed after reading began: {note} ({day})." for note, day in notes]
    if len(ratings.readers) < 2:
        sentences.append("One reader says nothing of others: the intervals are about the cases alone.")
    return tuple(sentences)


def _page(study: Study, key: StudyKey, ratings: Ratings, results: StudyResults) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["figure"] = lambda value: "–" if value is None or value != value else f"{value:.2f}"  # noqa: RUF001
    environment.filters["share"] = lambda value: f"{value:.0%}"
    environment.filters["p"] = _p
    page = environment.from_string(files(__package__).joinpath(TEMPLATE).read_text(encoding="utf-8"))
    primary = primary_of(study.settings.questions)
    base, *others = ratings.arms
    headings = metrics.headings()
    return page.render(
        study=study,
        ratings=ratings,
        results=results,
        primary=primary,
        questions={question.name: question for question in study.settings.questions},
        scales=[one for one in study.settings.questions if one.kind is QuestionKind.SCALE],
        texts=[one.name for one in study.settings.questions if one.kind is QuestionKind.TEXT],
        arms=key.arms,
        base=base,
        others=others,
        all=ALL,
        said=said_of(ratings, study),
        headings=headings,
        warning=WARNING,
        shares=data_address(draw_shares(results.ratings, primary)),
        differences=data_address(draw_differences(results.compared, primary)) if others else "",
        chart_width=CHART_WIDTH,
        reading=_reading_said(ratings),
    )


def _reading_said(ratings: Ratings) -> str:
    pairs, images = (len({getattr(row, name) for row in ratings.rows}) for name in ("pair", "image"))
    return (
        f"{len(ratings.rows)} answers of {_counted(len(ratings.readers), 'reader')} to {_counted(pairs, 'phrase')} on "
        f"{_counted(images, 'radiograph')}, by {_counted(len(ratings.arms), 'model or recipe', 'models or recipes')}."
    )


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"


def _p(value: float | None) -> str:
    if value is None:
        return "–"  # noqa: RUF001
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def headline(report: StudyReport) -> Sequence[str]:
    """What was found, in a few lines for a terminal."""
    primary = primary_of(report.study.settings.questions)
    lines = [_reading_said(report.ratings), *said_of(report.ratings, report.study)]
    for rated in report.results.ratings:
        if rated.question == primary.name and rated.pathology == ALL:
            lines.append(f"{rated.arm}: mean {rated.mean.text} of {len(primary.options)}, {rated.ratings} ratings")
    for one in report.results.compared:
        if one.question == primary.name and not one.pathology:
            lines.append(
                f"{one.arm} less {one.other}: {one.difference.text} steps; better on {one.better} of {one.pairs}, "
                f"worse on {one.worse}; Wilcoxon p {_p(one.wilcoxon)}"
            )
    for agreed in report.results.agreement:
        if agreed.question == primary.name:
            kappa = "–" if agreed.kappa is None else f"{agreed.kappa:.2f}"  # noqa: RUF001
            lines.append(f"Agreement: alpha {agreed.alpha.text}, mean weighted kappa {kappa}")
    return lines
