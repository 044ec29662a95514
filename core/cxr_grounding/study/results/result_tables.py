"""The tables of a study's results as CSV, and its ratings for R (MRMCaov) and REDCap."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from cxr_grounding.disk.csv_cells import cell_of
from cxr_grounding.study.questions import Question, QuestionKind, primary_of
from cxr_grounding.study.statistics.rated import Rated, Ratings
from cxr_grounding.study.statistics.resampling import Interval
from cxr_grounding.study.statistics.study_results import StudyResults

FORM = "case_rating"
"""The instrument of REDCap that repeats, once a case."""

NOT_KNOWN = "NA"
"""As R reads it."""

DICTIONARY = (
    *("Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"),
    "Choices, Calculations, OR Slider Labels",
    *("Field Note", "Text Validation Type OR Show Slider Number", "Text Validation Min", "Text Validation Max"),
    *("Identifier?", "Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment"),
    *("Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?", "Field Annotation"),
)
"""Columns of REDCap's data dictionary."""


def result_tables(results: StudyResults) -> dict[str, str]:
    """The text of each table, by the name of its file."""
    named: dict[str, Sequence[Any]] = {
        "ratings.csv": results.ratings,
        "comparisons.csv": results.compared,
        "agreement.csv": results.agreement,
        "with_oneself.csv": results.with_oneself,
        "times.csv": results.times,
        "choices.csv": results.chosen,
        "correlations.csv": results.correlated,
        "verdicts.csv": results.verdicts,
        "boxes.csv": results.boxes,
    }
    return {name: _table([_flat(record) for record in records]) for name, records in named.items() if records}


def rating_tables(ratings: Ratings) -> dict[str, str]:
    """Every rating: for R, for REDCap with its dictionary, and the free answers."""
    primary = primary_of(ratings.questions)
    return {
        "long.csv": _table([_long_row(row, ratings.questions, primary) for row in ratings.rows]),
        "redcap.csv": _table([_redcap_row(row, ratings.questions) for row in ratings.rows]),
        "redcap_dictionary.csv": _table(_dictionary(ratings.questions)),
    }


def _flat(record: Any) -> dict[str, Any]:
    """A record as a row: of an interval its three numbers, of shares one column each."""
    row: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, Interval):
            row |= {field.name: value.value, f"{field.name}_low": value.low, f"{field.name}_high": value.high}
        elif isinstance(value, tuple):
            row |= {f"{field.name}_{step}": share for step, share in enumerate(value, 1)}
        else:
            row[field.name] = value
    return row


def _long_row(row: Rated, questions: Sequence[Question], primary: Question) -> dict[str, Any]:
    """The columns of MRMCaov first, then all else."""
    others = [question for question in questions if question is not primary]
    columns = {
        "reader": row.reader,
        "treatment": row.known.arm,
        "case": row.pair,
        "truth": row.known.truth,
        "rating": row.answers.get(primary.name),
        "again": int(row.again),
        "place": row.place + 1,
        "seconds": row.seconds,
        "image": row.image,
        "phrase": row.phrase,
        "pathology": row.known.pathology or None,
        "verdict": row.known.verdict or None,
    }
    answers = {question.name: _said(row.answers.get(question.name)) for question in others}
    figures = {f"metric_{name}": value for name, value in sorted(row.known.metrics.items())}
    return {name: NOT_KNOWN if value is None else value for name, value in {**columns, **answers, **figures}.items()}


def _redcap_row(row: Rated, questions: Sequence[Question]) -> dict[str, Any]:
    """A record a reader, an instance of the form a case."""
    answers = {question.name: _coded(question, row.answers.get(question.name)) for question in questions}
    return {
        "record_id": re.sub(r"\W+", "_", row.reader),
        "redcap_repeat_instrument": FORM,
        "redcap_repeat_instance": row.place + 1,
        "study_item": row.item,
        "study_arm": row.known.arm,
        "study_phrase": row.phrase,
        "seconds": row.seconds,
        **answers,
        f"{FORM}_complete": 2,
    }


def _coded(question: Question, value: Any) -> Any:
    """An answer as REDCap takes it: the number of an option."""
    if value is None or not question.has_options:
        return _said(value)
    return (question.option_of(value) or 0) + 1


def _dictionary(questions: Sequence[Question]) -> list[dict[str, str]]:
    """The data dictionary that makes the form, so that the answers can be imported."""
    rows = [_entry("record_id", "readers", "text", "Reader")]
    rows += [_entry(name, FORM, "text", name) for name in ("study_item", "study_arm", "study_phrase", "seconds")]
    for question in questions:
        choices = " | ".join(f"{number}, {option}" for number, option in enumerate(question.options, 1))
        kind = "radio" if question.has_options else "notes" if question.kind is QuestionKind.TEXT else "text"
        rows.append(_entry(question.name, FORM, kind, question.text, choices))
    return rows


def _entry(name: str, form: str, kind: str, label: str, choices: str = "") -> dict[str, str]:
    filled = dict(zip(DICTIONARY, (name, form, "", kind, label, choices), strict=False))
    return {column: filled.get(column, "") for column in DICTIONARY}


def _said(value: Any) -> Any:
    return " ".join(f"{side:g}" for side in value) if isinstance(value, list | tuple) else value


def _table(rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV with the columns of all rows, in the order in which they come."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return cell_of(value) if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
