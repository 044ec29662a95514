"""The report of a study that made-up readers have read."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cxr_grounding.errors import StudyError
from cxr_grounding.radiograph import Box
from cxr_grounding.study.reading_session import ReadingSession
from cxr_grounding.study.results.study_report import StudyReport, headline, report_study, said_of
from cxr_grounding.study.sealed_key import open_key
from cxr_grounding.study.statistics.rated import gather
from cxr_grounding.study.statistics.simulate_readers import simulate_readers
from cxr_grounding.study.statistics.simulated import MadeUpReaders
from cxr_grounding.study.statistics.study_results import overlap
from cxr_grounding.study.study_folder import Study

MADE_UP = MadeUpReaders(1.5, 0.7)


@pytest.fixture(scope="module")
def read_study(made_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read by three made-up readers, and begun by a fourth one."""
    folder = shutil.copytree(made_study, tmp_path_factory.mktemp("read") / "study")
    simulate_readers(folder, ["A", "B", "C"], MADE_UP, seed=2)
    with ReadingSession(folder, "D") as session:
        session.begin()
        session.save({"rating": 1, "present": "no", "comment": "<b>bold</b> =1+1"})
    return folder


@pytest.fixture(scope="module")
def report(read_study: Path) -> StudyReport:
    return report_study(read_study, read_study / "report", with_incomplete=True)


def table(report: StudyReport, name: str) -> list[dict[str, str]]:
    text = (report.study.folder / "report" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_model_that_was_made_better_is_found_better(report: StudyReport) -> None:
    found = next(one for one in report.results.compared if not one.pathology)
    assert (found.arm, found.other, found.pairs) == ("refined", "plain", 12)
    assert found.difference.low <= MADE_UP.expected_difference() <= found.difference.high
    assert found.wilcoxon < 0.05
    lines = " ".join(headline(report))
    assert "refined less plain" in lines
    assert "Made up by a program: the answers of A, B, C." in lines
    assert "Counted, though they have not finished: D (1 of 28)." in lines


def test_a_reader_who_has_not_finished_is_left_out_and_said(read_study: Path) -> None:
    study = Study.open(read_study)
    key = open_key(read_study / "key.sealed", study.settings.key_sha256)
    without = gather(study.readings(), study.case_of, key, study.settings.questions)
    assert without.readers == ("A", "B", "C")
    assert "Left out, as they have not finished: D (1 of 28)." in said_of(without, study)
    assert len(without.rows) == 3 * 28
    assert len(without.first) == 3 * 24


def test_tables_hold_every_figure(report: StudyReport) -> None:
    everything = next(
        row for row in table(report, "ratings.csv") if row["pathology"] == "all" and row["arm"] == "plain"
    )
    assert int(everything["maps"]) == 12
    assert float(everything["mean_low"]) < float(everything["mean"]) < float(everything["mean_high"])
    assert {row["metric"] for row in table(report, "correlations.csv")} == {"miou"}
    assert {row["verdict"] for row in table(report, "verdicts.csv")} == {"points here", "in doubt"}
    assert {row["reader"] for row in table(report, "with_oneself.csv")} == {"A", "B", "C"}
    assert all(0.4 < float(row["with_truth"]) < 1 for row in table(report, "boxes.csv"))
    assert float(table(report, "times.csv")[0]["median"]) == pytest.approx(18, abs=6)


def test_the_long_table_is_what_r_expects(report: StudyReport) -> None:
    rows = table(report, "long.csv")
    assert list(rows[0])[:5] == ["reader", "treatment", "case", "truth", "rating"]
    assert {row["truth"] for row in rows} == {"1"}
    assert sum(row["again"] == "1" for row in rows) == 3 * 4
    assert "NA" in {row["comment"] for row in rows}


def test_redcap_takes_the_answers_by_its_dictionary(report: StudyReport) -> None:
    rows, fields = table(report, "redcap.csv"), table(report, "redcap_dictionary.csv")
    known = {field["Variable / Field Name"] for field in fields}
    own = {"redcap_repeat_instrument", "redcap_repeat_instance", "case_rating_complete"}
    assert set(rows[0]) - own == known
    assert len(fields[0]) == 18
    assert {row["present"] for row in rows} <= {"1", "2", "3"}
    assert (
        next(field for field in fields if field["Variable / Field Name"] == "present")[
            "Choices, Calculations, OR Slider Labels"
        ]
        == "1, yes | 2, no | 3, cannot tell"
    )


def test_the_page_needs_nothing_else_and_runs_nothing(report: StudyReport) -> None:
    page = (report.study.folder / "report" / "report.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;bold&lt;/b&gt; =1+1" in page
    assert "<script" not in page
    assert "://" not in page
    assert page.count("data:image/png;base64,") == 2
    assert "Research use only" in page


def test_one_reader_who_has_begun_is_no_result_or_one_about_the_cases_alone(
    study_folder: Path, change_file: Callable[[Path, str, str], None]
) -> None:
    with ReadingSession(study_folder, "D") as session:
        session.begin()
        session.save({"rating": 1, "present": "no"})
    out = study_folder / "report"
    with pytest.raises(StudyError, match=r"Nobody has finished.*D \(1 of 28\).*--incomplete"):
        report_study(study_folder, out)
    change_file(study_folder / "study.toml", "not at all", "in no way")
    with pytest.raises(StudyError, match="was changed after reading began"):
        report_study(study_folder, out, with_incomplete=True)
    Study.open(study_folder).accept_change("clearer words")
    lines = headline(report_study(study_folder, out, with_incomplete=True))
    assert "One reader says nothing of others: the intervals are about the cases alone." in lines
    assert any(line.startswith("The study was changed after reading began: clearer words (20") for line in lines)


def test_made_up_readers_do_not_write_over_others(study_folder: Path) -> None:
    ReadingSession(study_folder, "A").close()
    with pytest.raises(StudyError, match="A has read this study already"):
        simulate_readers(study_folder, ["B", "A"], MADE_UP, seed=2)
    assert not Study.open(study_folder).answers_path("B").exists()


def test_the_overlap_of_two_boxes() -> None:
    assert overlap(Box(0, 0, 4, 4), Box(2, 0, 4, 4)) == pytest.approx(8 / 24)
    assert overlap(Box(0, 0, 4, 4), Box(5, 5, 1, 1)) == 0
