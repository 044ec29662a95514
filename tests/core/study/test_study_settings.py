"""study.toml there and back, and what no study can be like."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from cxr_grounding.errors import StudyError
from cxr_grounding.study.questions import DEFAULT_QUESTIONS, Question, QuestionKind
from cxr_grounding.study.study_settings import StudySettings, read_settings


def test_settings_come_back_as_they_were_written(tmp_path: Path) -> None:
    settings = StudySettings('A "study"', instructions='First line\n\n- "quoted" \\ back\tslash', seed=7, repeats=2)
    (tmp_path / "study.toml").write_text(settings.to_toml(), encoding="utf-8")
    assert read_settings(tmp_path / "study.toml") == settings


def test_a_folder_without_settings_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="is no study"):
        read_settings(tmp_path / "study.toml")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('["not at all", "poorly", "in part", "well", "exactly"]', '["good"]', "A scale of one step tells nothing"),
        ('kind = "scale"', 'kind = "slider"', "of the kind 'slider'"),
        ('kind = "scale"', 'kind = "choice"', "No question has a scale"),
        ("repeats = 0", "repeats = -1", "repeats is no whole number"),
        ("repeats = 0", "repeat = 0", "there is no setting 'repeat'"),
        ('name = "present"', 'name = "rating"', "Two questions are called rating"),
        ('name = "present"', 'name = "is it"', "becomes a column"),
        ("title = ", "title == ", "cannot be read"),
    ],
)
def test_what_no_study_can_be_like_is_said(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = StudySettings("Study").to_toml()
    assert before in text
    (tmp_path / "study.toml").write_text(text.replace(before, after, 1))
    with pytest.raises(StudyError, match=said):
        read_settings(tmp_path / "study.toml")


def test_a_question_has_at_most_as_many_options_as_there_are_number_keys() -> None:
    with pytest.raises(StudyError, match="nine number keys"):
        Question("rating", QuestionKind.SCALE, "How?", tuple(map(str, range(10))))
    assert dataclasses.replace(DEFAULT_QUESTIONS[0], options=tuple(map(str, range(9)))).has_options
