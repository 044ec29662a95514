"""A reader's way through a study: where it goes on, what it refuses, and what is on the disk."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cxr_grounding.errors import StudyError
from cxr_grounding.study.answers_file import read_answers
from cxr_grounding.study.reading_session import ReadingSession
from cxr_grounding.study.study_folder import Study
from full_disk import disk_that_takes

ANSWERS = {"rating": 4, "present": "yes"}

Change = Callable[[Path, str, str], None]


class Clock:
    """Time as a test wants it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def read(session: ReadingSession, count: int) -> None:
    """Answer so many cases."""
    for _ in range(count):
        session.begin()
        session.save(ANSWERS)


def test_a_reader_goes_on_where_it_was(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1") as session:
        assert (session.total, session.place) == (28, 0)
        read(session, 3)
        third = session.case
    with ReadingSession(study_folder, "R1") as session:
        assert (session.done, session.place, session.case) == (3, 3, third)
        read(session, 25)
        assert session.case is None
    assert read_answers(Study.open(study_folder).answers_path("R1")).is_complete


def test_an_answer_is_on_the_disk_when_the_next_case_shows(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1") as session:
        session.begin()
        session.save({**ANSWERS, "comment": " unsure "})
        (answer,) = read_answers(Study.open(study_folder).answers_path("R1")).answers
        assert answer.answers == {"rating": 4, "present": "yes", "box": None, "comment": "unsure"}
        assert session.place == 1


def test_the_time_of_a_case_is_without_its_breaks(study_folder: Path) -> None:
    clock = Clock()
    with ReadingSession(study_folder, "R1", clock=clock) as session:
        session.begin()
        clock.now += 7
        session.pause()
        clock.now += 600
        session.resume()
        clock.now += 5
        session.save(ANSWERS)
        (answer,) = read_answers(Study.open(study_folder).answers_path("R1")).answers
    assert (answer.seconds, answer.paused) == (12, 600)


def test_a_reader_goes_back_and_the_later_answer_counts(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1") as session:
        with pytest.raises(StudyError, match="first case"):
            session.go_back()
        read(session, 2)
        session.go_back()
        assert session.given["rating"] == 4
        session.begin()
        session.save({**ANSWERS, "rating": 1})
        assert session.place == 2
    reading = read_answers(Study.open(study_folder).answers_path("R1"))
    assert [answer.answers["rating"] for answer in reading.answers] == [4, 4, 1]
    assert reading.latest[1].answers["rating"] == 1


def test_a_study_may_not_let_readers_go_back(study_folder: Path, change_file: Change) -> None:
    change_file(study_folder / "study.toml", "back = true", "back = false")
    with ReadingSession(study_folder, "R1") as session:
        read(session, 1)
        with pytest.raises(StudyError, match="does not let readers go back"):
            session.go_back()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"present": "yes"}, "Not answered yet: How well does the map show the phrase?"),
        ({**ANSWERS, "rating": 6}, "cannot be answered so"),
        ({**ANSWERS, "present": "perhaps"}, "cannot be answered so"),
        ({**ANSWERS, "box": [1, 2, 3, 0]}, "cannot be answered so"),
        ({**ANSWERS, "colour": "red"}, "no question 'colour'"),
    ],
)
def test_what_is_no_answer_is_refused_and_the_case_stays(study_folder: Path, answers: dict, said: str) -> None:
    with ReadingSession(study_folder, "R1") as session:
        session.begin()
        with pytest.raises(StudyError, match=said.replace("?", r"\?")):
            session.save(answers)
        assert (session.place, session.done) == (0, 0)


def test_on_a_full_disk_the_case_stays_and_the_file_is_as_it_was(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1") as session:
        read(session, 1)
        path = Study.open(study_folder).answers_path("R1")
        before = path.read_bytes()
        session.begin()
        with disk_that_takes(len(before) + 20), pytest.raises(StudyError, match=r"could not be saved.*the case stays"):
            session.save(ANSWERS)
        assert path.read_bytes() == before
        assert session.place == 1
        session.save(ANSWERS)
        assert session.place == 2


def test_a_line_that_was_left_half_written_is_cut_off(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1") as session:
        read(session, 2)
    path = Study.open(study_folder).answers_path("R1")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with ReadingSession(study_folder, "R1") as session:
        assert session.place == 1
        read(session, 1)
    assert len(read_answers(path).answers) == 2


def test_a_damaged_line_is_named(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1") as session:
        read(session, 2)
    path = Study.open(study_folder).answers_path("R1")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{}\n" + lines[2])
    with pytest.raises(StudyError, match=r"Line 2 of .* is damaged"):
        ReadingSession(study_folder, "R1")


@pytest.mark.parametrize("name", ["", " ", "../R1", "a/b", "a\\b", ".hidden", "con", "x" * 41, "R1.", "a\0b"])
def test_what_cannot_be_a_file_cannot_be_a_reader(study_folder: Path, name: str) -> None:
    with pytest.raises(StudyError, match="name"):
        ReadingSession(study_folder, name)
    assert list(study_folder.glob("readers/*")) == []


def test_two_cannot_read_under_one_name_at_once(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1"):
        with pytest.raises(StudyError, match=r"R1 is reading already, on .* since 20"):
            ReadingSession(study_folder, "R1")
        ReadingSession(study_folder, "R2").close()
    ReadingSession(study_folder, "R1").close()


def test_another_computer_that_shares_the_folder_is_believed_for_two_minutes(study_folder: Path) -> None:
    note = {"reader": "R1", "computer": "elsewhere", "user": "ann", "process": 1, "since": time.time() - 600}
    path = study_folder / "readers" / "r1.reading.json"
    path.write_text(json.dumps(note | {"seen": time.time() - 30}))
    with pytest.raises(StudyError, match="on elsewhere by ann"):
        ReadingSession(study_folder, "R1")
    path.write_text(json.dumps(note | {"seen": time.time() - 130}))
    ReadingSession(study_folder, "R1").close()
    assert not path.exists()


def test_two_names_that_differ_in_case_are_not_taken_for_one(study_folder: Path) -> None:
    with ReadingSession(study_folder, "Anna") as session:
        read(session, 1)
    with pytest.raises(StudyError, match="There is a reader Anna in this study already"):
        ReadingSession(study_folder, "anna")


def test_a_study_that_was_changed_after_reading_began_is_refused_until_somebody_stands_for_it(
    study_folder: Path, change_file: Change
) -> None:
    with ReadingSession(study_folder, "R1") as session:
        read(session, 1)
    change_file(study_folder / "study.toml", "not at all", "in no way")
    with pytest.raises(StudyError, match=r"was changed after reading began.*--accept-change"):
        ReadingSession(study_folder, "R1")
    study = Study.open(study_folder)
    with pytest.raises(StudyError, match="a note that says why"):
        study.accept_change("  ")
    accepted = study.accept_change("clearer words")
    assert accepted is not None
    assert accepted.note == "clearer words"
    with ReadingSession(study_folder, "R1") as session:
        assert session.place == 1
        read(session, 1)
    change_file(study_folder / "study.toml", "in no way", "never")
    Study.open(study_folder).accept_change("again")
    ReadingSession(study_folder, "R1").close()
    assert [change.note for change in Study.open(study_folder).changes()] == ["clearer words", "again", "again"]


def test_an_image_that_is_gone_or_another_is_said_by_its_case(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1") as session:
        image = session.image_file()
        image.write_bytes(image.read_bytes() + b" ")
        with pytest.raises(StudyError, match="is not the one that the study was made with"):
            session.image_file()
        image.unlink()
        with pytest.raises(StudyError, match=r"The image of case \d+, .* cannot be read"):
            session.image_file()


def test_a_break_is_due_after_as_many_cases_as_the_study_says(study_folder: Path) -> None:
    with ReadingSession(study_folder, "R1") as session:
        read(session, 4)
        assert not session.break_is_due
        read(session, 1)
        assert session.break_is_due
