"""The report: all that was found, in one file that fetches nothing and runs nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from math import nan
from pathlib import Path
from typing import Any

import pytest

from cxr_grounding.answers.picture import Caption, Marks, write_overlay
from cxr_grounding.errors import OutputError
from cxr_grounding.evaluation.controls import CONTROLS
from cxr_grounding.evaluation.datasets.dataset import Problem, Sample
from cxr_grounding.evaluation.metrics import headings
from cxr_grounding.evaluation.published_figures import CAVEAT, PUBLISHED
from cxr_grounding.evaluation.report.chart import draw_chart
from cxr_grounding.evaluation.report.page import MOST_PROBLEMS, WARNING, Report, ReportPicture, write_report
from cxr_grounding.evaluation.score import score_sample
from cxr_grounding.evaluation.table import Table, make_table
from cxr_grounding.maps import min_max
from cxr_grounding.phantom.drawing import draw_phantom
from scores import score

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> & {{ 7 * 7 }} {% raw %}"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> ReportPicture:
    """A real overlay of a phantom, with a phrase that is not to be trusted."""
    phantom = draw_phantom(2_000_000, 160)
    radiograph, drawn = phantom.radiograph, phantom.drawn[0]
    heatmap = min_max(radiograph.pixels)
    path = tmp_path_factory.mktemp("overlay") / "o.png"
    write_overlay(path, radiograph, heatmap, Caption(HOSTILE, "x"), Marks(annotated=drawn.boxes))
    sample = Sample("phantom", Path("phantom.dcm"), HOSTILE, drawn.finding.pathology.value, tuple(drawn.boxes))
    return ReportPicture(score_sample(sample, heatmap, heatmap), path.read_bytes())


class Page(HTMLParser):
    """What a browser would make of the file: its elements, and the text of each kind of element."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(self.source)

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "elements are closed in order"

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def tagged(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def reported(path: Path, table: Table, **changes: Any) -> Page:
    arguments: dict[str, Any] = {
        "title": "Phantoms with tiny",
        "published": PUBLISHED,
        "about": {"model": "tiny", "label": "Random weights."},
    }
    write_report(path, Report(table=table, **(arguments | changes)))
    return Page(path)


def test_the_report_says_what_was_run_and_what_came_out(tmp_path: Path, table: Table) -> None:
    page = reported(tmp_path / "r.html", table)
    assert page.texts["h1"] == ["Phantoms with tiny"]
    assert page.texts["dd"][:2] == ["tiny", "Random weights."]
    results = page.texts["table"][0]
    for expected in (*headings().values(), "Edema", "Pneumonia", "mean of pathologies", "0.300", "-1.000", "1.500"):
        assert expected in results
    edema = next(row for row in page.texts["tr"] if "Edema" in row)
    assert "0.300± 0.0500.250 to 0.350" in edema, "the mean, its spread and its interval"
    pneumonia = next(row for row in page.texts["tr"] if "Pneumonia" in row)
    assert "0.875± 0.000" in pneumonia
    assert "1 undefined" in pneumonia


def test_published_figures_stand_beside_ours_with_their_caveat(tmp_path: Path, table: Table) -> None:
    page = reported(tmp_path / "r.html", table)
    figures = page.texts["table"][1]
    assert re.search(r"prompt-tuned\s*MS-CXR-loc\s*0\.295\s*1\.37\s*PMLR 315 \(MIDL 2026\), Table 1", figures)
    assert re.search(r"This run\s*as said above\s*0\.400\s*-1\.00", figures)
    assert CAVEAT in "".join(page.texts["p"])
    assert "Published" not in reported(tmp_path / "r.html", table, published=()).source


def test_research_use_only_is_always_in_sight(tmp_path: Path, table: Table) -> None:
    page = reported(tmp_path / "r.html", table)
    assert "Research use only" in WARNING
    assert WARNING in page.texts["div"][0]
    assert re.search(r"\.warning \{ position: sticky; top: 0;", page.source)


def test_nothing_of_a_phrase_or_a_problem_is_markup(tmp_path: Path, picture: ReportPicture) -> None:
    table = make_table([score("a", HOSTILE, 0.5), score("b", HOSTILE, 0.7)])
    page = reported(
        tmp_path / "r.html",
        table,
        title=HOSTILE,
        about={HOSTILE: HOSTILE},
        problems=[Problem(3, HOSTILE)],
        best=[picture],
        worst=[picture],
    )
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "iframe", "object", "link", "form"})
    assert len(page.tagged("img")) == 1 + 2, "the chart, and two pictures"
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    for tag in ("title", "h1", "dt", "dd", "td"):
        assert HOSTILE in page.texts[tag], f"the {tag} shows the text as it is"
    assert sum(text.strip() == HOSTILE for text in page.texts["div"]) == 2, "and so do the two captions"


def test_the_file_needs_no_other(tmp_path: Path, table: Table, picture: ReportPicture) -> None:
    page = reported(tmp_path / "r.html", table, best=[picture], worst=[picture])
    (policy,) = [m["content"] for m in page.tagged("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    addresses = [a[name] for _, a in page.elements for name in ("src", "href", "data", "srcset", "action") if name in a]
    assert all(str(address).startswith(("data:image/png;base64,", "#")) for address in addresses)
    assert not re.search(r"https?:|@import|url\(", re.sub(r"base64,[^\"]*", "", page.source))
    embedded = str(page.tagged("img")[1]["src"]).removeprefix("data:image/png;base64,")
    assert base64.b64decode(embedded, validate=True) == picture.png


def test_a_picture_comes_with_its_figures(tmp_path: Path, table: Table, picture: ReportPicture) -> None:
    page = reported(tmp_path / "r.html", table, worst=[picture])
    (caption,) = page.texts["figcaption"]
    assert f"{picture.score.pathology} · phantom · 1 annotated box" in caption
    assert (
        f"mIoU {picture.score.figures['miou']:.3f} · AUC-ROC (soft map) {picture.score.figures['auc_roc_soft']:.3f}"
        in caption
    )
    assert "Worst 1 of 3" in page.texts["h2"]
    assert not any(heading.startswith("Best") for heading in page.texts["h2"])
    with pytest.raises(ValueError, match="expected a PNG"):
        ReportPicture(picture.score, b"<svg onload=alert(1)>")


def test_problems_are_listed_with_their_lines_and_counted(tmp_path: Path, table: Table) -> None:
    page = reported(tmp_path / "r.html", table, problems=[Problem(17, "a.png is missing."), Problem(None, "General.")])
    assert "2 problems" in page.texts["p"][0]
    assert re.search(r"17\s*a\.png is missing\.\s*–\s*General\.", page.texts["table"][-1])  # noqa: RUF001
    many = [Problem(line, f"row {line} is bad") for line in range(MOST_PROBLEMS + 1234)]
    page = reported(tmp_path / "r.html", table, problems=many)
    assert "row 499 is bad" in page.source
    assert "row 500 is bad" not in page.source
    assert "And 1,234 more" in page.source
    assert "nothing was left out" in reported(tmp_path / "r.html", table).texts["p"][0]


def test_the_chart_is_in_the_page_and_its_line_explained(tmp_path: Path, table: Table) -> None:
    page = reported(tmp_path / "r.html", table)
    (chart,) = page.tagged("img")
    embedded = str(chart["src"]).removeprefix("data:image/png;base64,")
    assert base64.b64decode(embedded, validate=True) == draw_chart(table)
    assert "no overlap for mIoU, chance for AUC-ROC (soft map), no contrast for CNR (signed)." in "".join(
        page.texts["p"]
    )


def test_controls_have_a_part_of_their_own_where_they_were_measured(tmp_path: Path, table: Table) -> None:
    assert "Controls" not in reported(tmp_path / "r.html", table).texts["h2"]
    controlled = make_table([score("a", "Edema", 0.5, controlled=True, auc_roc_soft=0.9, other_auc=0.6)])
    page = reported(tmp_path / "r.html", controlled)
    assert page.texts["h2"][:2] == ["Results", "Controls"]
    for control in CONTROLS:
        assert control.heading in page.texts["table"][1]
        assert control.meaning in page.texts["dd"]
    assert "AUC-ROC (soft map) 0.900 falls to 0.600, by 0.300 (1 findings beside another)." in "".join(page.texts["p"])


def test_a_metric_that_no_sample_has_is_a_dash(tmp_path: Path) -> None:
    table = make_table([score("a", "", 0.5, cnr_signed=nan, cnr_absolute=nan)])
    page = reported(tmp_path / "r.html", table)
    assert "no pathology named" in page.texts["table"][0]
    assert re.search(r"This run\s*as said above\s*0\.500\s*–", page.texts["table"][1])  # noqa: RUF001
    assert "1 sample on 1 image" in page.texts["p"][0]


def test_half_a_character_stops_nothing(tmp_path: Path, table: Table) -> None:
    page = reported(tmp_path / "r.html", table, problems=[Problem(1, "caf\udce9.png is missing")])
    assert "caf\ufffd.png is missing" in page.source


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path: Path, table: Table) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        reported(tmp_path / "nowhere" / "r.html", table)
    assert list(tmp_path.iterdir()) == []
