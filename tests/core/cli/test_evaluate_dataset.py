"""`evaluate ms-cxr`, `vindr-cxr` and `csv`, and the synthetic benchmark that they can be tried on."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("small_phantoms")


@pytest.fixture(scope="session")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a synthetic MS-CXR of two small phantoms; shared by all tests, which only read it."""
    from cxr_grounding.phantom.ms_cxr_layout import write_ms_cxr

    return write_ms_cxr(tmp_path_factory.mktemp("benchmark"), 2, 1_000_001, 96).csv.parent


@pytest.fixture
def evaluate(cxr_ground, brief_model_folder: Path, benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Evaluate the tiny model on the synthetic benchmark, or on what the arguments say."""
    monkeypatch.chdir(tmp_path)

    def run(
        *arguments: object,
        dataset: str = "ms-cxr",
        annotations: Path = benchmark / "MS_CXR_Local_Alignment_v1.1.0.csv",
        images: Path = benchmark,
    ):
        paths = ("--annotations", annotations, "--images", images)
        return cxr_ground("evaluate", dataset, *paths, "--model", brief_model_folder, "--device", "cpu", *arguments)

    return run


def test_two_commands_lead_from_nothing_to_the_table(cxr_ground, brief_model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "phantoms"
    written = cxr_ground(
        *("phantom", "--layout", "ms-cxr", "--count", 2, "--seed", 1_000_001, "--size", 96, "--out", folder)
    )
    assert written.code == 0
    assert "5 sentences on 2 images" in written.out
    command = written.out.splitlines()[-1].removeprefix("Next: cxr-ground ").split(" ")
    told = cxr_ground(*command, "--model", brief_model_folder, "--device", "cpu", "--out", tmp_path / "out")
    assert told.code == 0
    for text in (
        "mIoU",
        "AUC-ROC (soft map)",
        "(thresholded)",
        "|CNR|",
        "mean of pathologies",
        "BioViL-T",
        "MIDL 2026",
        "Random weights.",
    ):
        assert text in told.out
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == [
        *("heatmaps", "problems.csv", "report.html", "run.json", "samples.csv", "table.csv", "table.json")
    ]
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("data:image/png") == 5 + 1, "and the chart"
    assert "BioViL-T" in page


def test_json_is_one_document_that_agrees_with_the_files(evaluate) -> None:
    document = evaluate("--out", "out", "--json").document
    assert document["dataset"] == "MS-CXR"
    assert document["model"]["name"] == "tiny"
    assert document["options"] == {"classes": [], "split": None, "phrases": "sentence"}
    assert document["table"] == json.loads(Path("out/table.json").read_text())
    with Path("out/samples.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == document["samples"] == document["table"]["mean"]["samples"] == 5
    assert all(Path("out/heatmaps", row["heatmap"]).is_file() for row in rows)
    record = json.loads(Path("out/run.json").read_text())
    assert record["asked"]["annotations_sha256"] == document["annotations_sha256"]
    assert len(record["asked"]["model_sha256"]) == 64


def test_the_folder_is_named_after_dataset_and_model_and_gone_on_with(evaluate) -> None:
    assert "MS-CXR" in evaluate("--limit", 1).out
    folder = Path("evaluation-ms-cxr-tiny")
    first = (folder / "samples.csv").read_bytes()
    assert evaluate("--limit", 2).code == 0
    assert (folder / "samples.csv").read_bytes().startswith(first)
    refused = evaluate("--prompt", "location")
    assert refused.code == 2
    assert "another options (phrases was" in refused.err
    assert "--restart" in refused.err
    assert evaluate("--prompt", "location", "--limit", 1, "--restart").code == 0


def test_a_preset_is_followed_and_said(evaluate) -> None:
    document = evaluate("--preset", "fast", "--limit", 1, "--out", "out", "--json").document
    assert (document["recipe"]["preset"], document["recipe"]["predictions"]) == ("fast", 6)
    assert "Preset fast" in evaluate("--preset", "fast", "--limit", 1, "--out", "out").out


def test_a_run_in_one_precision_is_not_gone_on_with_in_another(evaluate) -> None:
    asked = ("--device", "cpu", "--limit", 1, "--out", "out", "--json")
    assert evaluate(*asked, "--precision", "half").document["precision"] == "half"
    refused = evaluate(*asked, "--precision", "single")
    assert refused.code == 2
    assert 'another precision (it was "half", now "single")' in refused.err


def test_class_and_prompt_select_and_reword(evaluate) -> None:
    document = evaluate("--class", "cardiomegaly", "--prompt", "pathology", "--out", "out", "--json").document
    assert [row["pathology"] for row in document["table"]["pathologies"]] == ["Cardiomegaly"]
    with Path("out/samples.csv").open(newline="") as file:
        assert {row["phrase"] for row in csv.DictReader(file)} == {"Cardiomegaly"}


def test_problems_are_counted_the_first_are_shown_and_all_are_written(evaluate, benchmark: Path) -> None:
    lines = (benchmark / "MS_CXR_Local_Alignment_v1.1.0.csv").read_text().splitlines()
    bad = [lines[1].replace(".jpg", ".jpg,").replace(",,", ",x", 1)] * 5
    Path("bad.csv").write_text("\n".join([*lines, *bad]) + "\n")
    told = evaluate("--out", "out", "--limit", 1, annotations=Path("bad.csv"))
    assert told.code == 0
    assert told.err.count("which is not a number") == 3
    assert "Left out: 5 entries. 2 more stand in out/problems.csv." in told.out
    with Path("out/problems.csv").open(newline="") as file:
        assert [row["line"] for row in csv.DictReader(file)] == [str(len(lines) + number) for number in range(1, 6)]


def test_annotations_without_a_column_or_with_nothing_to_evaluate_exit_with_2_and_write_nothing(
    evaluate, tmp_path: Path
) -> None:
    Path("bad.csv").write_text("path,x\na,1\n")
    told = evaluate(annotations=Path("bad.csv"))
    assert told.code == 2
    assert "no column 'category_name'" in told.err
    Path("empty").mkdir()
    told = evaluate(images=Path("empty"))
    assert told.code == 2
    assert "Nothing in the annotations can be evaluated" in told.err
    assert "is not in the folder" in told.err
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["bad.csv", "empty"]


def test_vindr_and_any_csv_are_evaluated_likewise(evaluate, benchmark: Path) -> None:
    (image, *_) = sorted(benchmark.rglob("*.jpg"))
    name = image.relative_to(benchmark).with_suffix("").as_posix()
    Path("vindr.csv").write_text(
        f"image_id,class_name,x_min,y_min,x_max,y_max\n{image.stem},ILD,5,6,50,60\nbb,No finding,,,,\n"
    )
    vindr = evaluate("--out", "v", "--json", dataset="vindr-cxr", annotations=Path("vindr.csv"), images=image.parent)
    assert vindr.document["problems"] == []
    assert vindr.document["published"] == []
    assert [row["pathology"] for row in vindr.document["table"]["pathologies"]] == ["ILD"]
    Path("mine.csv").write_text(f"path,phrase,x,y,w,h\n{name},left effusion,5,6,45,54\n")
    told = evaluate(dataset="csv", annotations=Path("mine.csv"))
    assert told.code == 0
    assert "no pathology named" in told.out
    assert Path("evaluation-mine-tiny/report.html").is_file()


def test_names_of_files_and_classes_are_shown_as_they_are(evaluate, benchmark: Path) -> None:
    image = sorted(benchmark.rglob("*.jpg"))[0].relative_to(benchmark).as_posix()
    Path("a[b].csv").write_text(f"path,phrase,x,y,w,h,class\n{image},effusion,5,6,45,54,[bold]x[/y]\n")
    told = evaluate("--out", "out", dataset="csv", annotations=Path("a[b].csv"))
    assert told.code == 0
    assert told.out.count("[bold]x[/y]") == 3
    assert "a[b].csv: means, and controls" in told.out


def test_a_seed_that_was_trained_on_makes_no_benchmark(cxr_ground, tmp_path: Path) -> None:
    told = cxr_ground("phantom", "--layout", "ms-cxr", "--seed", 5, "--out", tmp_path / "out")
    assert told.code == 2
    assert "trained on" in told.err
    assert not (tmp_path / "out").exists()


def test_controls_are_shown_and_can_be_left_out(evaluate) -> None:
    told = evaluate("--out", "out", "--limit", 1).out
    assert "MS-CXR: means, and controls" in told
    assert "Another finding's phrase: AUC-ROC" in told
    document = json.loads(Path("out/table.json").read_text())
    assert document["other_phrase"]["samples"] == document["mean"]["samples"] > 0
    refused = evaluate("--out", "out", "--limit", 1, "--no-controls")
    assert refused.code == 2
    assert "with controls. Go on as it began (leave --no-controls out)" in refused.err
    plain = evaluate("--out", "out", "--limit", 1, "--no-controls", "--restart")
    assert "controls" not in plain.out
    assert "prior_auc" not in Path("out/samples.csv").read_text()
    assert json.loads(Path("out/run.json").read_text())["asked"]["controls"] is False


def test_evaluate_phantom_prints_the_table_with_its_baselines(cxr_ground, brief_model_folder: Path) -> None:
    arguments = ("evaluate", "phantom", "--count", 2, "--seed", 1, "--model", brief_model_folder, "--device", "cpu")
    table = cxr_ground(*arguments)
    assert table.code == 0
    for heading in ("AUC-ROC", "mIoU", "shuffled", "centre", "mean of pathologies", "Random weights."):
        assert heading in table.out
    assert "by the metrics of noised looks" in table.out, "in a table of their own"
    figures = cxr_ground(*arguments, "--json").document
    assert set(figures["mean"]) == {
        *("auc", "auc_thresholded", "miou"),
        *("prior_auc", "prior_miou", "shuffled_auc", "shuffled_miou"),
        "frame_metrics",
    }
    assert {"fb_miou", "mask_iou", "pointing_top1", "cnr_sample"} <= set(figures["mean"]["frame_metrics"])
    assert figures["phantoms"] == 2
    assert 0 <= figures["mean"]["auc"] <= 1


def test_evaluate_phantom_writes_the_files_of_an_evaluation_where_it_is_told_to_and_goes_on(
    cxr_ground, brief_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("evaluate", "phantom", "--seed", 1, "--model", brief_model_folder, "--device", "cpu", "--json")
    plain = cxr_ground(*arguments, "--count", 2).document
    assert list(tmp_path.iterdir()) == [], "by default nothing is written"
    assert cxr_ground(*arguments, "--count", 1, "--out", "out").code == 0
    first = Path("out/samples.csv").read_bytes()
    assert cxr_ground(*arguments, "--count", 2, "--out", "out").document == plain
    assert Path("out/samples.csv").read_bytes().startswith(first)
    assert (
        Path("out/report.html").read_text().count("<figure>")
        == len(Path("out/samples.csv").read_text().splitlines()) - 1
    )
    refused = cxr_ground("evaluate", "phantom", "--seed", 2, *arguments[4:], "--count", 2, "--out", "out")
    assert refused.code == 2
    assert "another options (seed was 1, now 2)" in refused.err
    nothing = cxr_ground("evaluate", "phantom", "--seed", 0, *arguments[4:], "--count", 1)
    assert nothing.code == 2
    assert "None of 1 phantoms from seed 0 on has a finding. Draw more with --count." in nothing.err


def test_evaluate_phantom_says_what_evidence_tells_and_goes_on_with_it(
    cxr_ground, own_model_folder: Path, change_json: Callable[..., None], tmp_path: Path
) -> None:
    recipe = json.loads((own_model_folder / "grounding.json").read_text())["recipe"]
    change_json(own_model_folder / "grounding.json", recipe=recipe | {"evidence": True, "steps": 10})
    arguments = ("evaluate", "phantom", "--seed", 7002, "--model", own_model_folder, "--device", "cpu")
    out = ("--out", tmp_path / "out")
    first = cxr_ground(*arguments, "--count", 1, *out, "--json").document["presence"]
    assert first["mirror"]["of"] == 1
    again = cxr_ground(*arguments, "--count", 2, *out).out
    assert "presence" in again
    assert "of 2 findings" in again
    with (tmp_path / "out" / "samples.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["absent"] and row["absent_pathology"] for row in rows)
    told = json.loads((tmp_path / "out" / "table.json").read_text())["presence"]
    assert told["denied"]["false"] == told["mirror"]["of"] == len(rows) == 2
    right = [float(row["side_margin"]) > 0 for row in rows]
    assert told["mirror"]["value"] == sum(right) / 2


def test_evaluate_phantom_follows_a_preset_and_says_so(cxr_ground, brief_model_folder: Path) -> None:
    arguments = ("evaluate", "phantom", "--count", 2, "--model", brief_model_folder, "--device", "cpu")
    assert "Preset balanced" in cxr_ground(*arguments, "--preset", "balanced").out
    recipe = cxr_ground(*arguments, "--preset", "fast", "--json").document["recipe"]
    assert (recipe["preset"], recipe["predictions"], recipe["kept_steps"], recipe["steps"]) == ("fast", 6, 6, 10)


def test_evaluate_phantom_follows_a_precision(cxr_ground, brief_model_folder: Path) -> None:
    arguments = ("evaluate", "phantom", "--count", 2, "--model", brief_model_folder, "--device", "cpu", "--json")
    assert cxr_ground(*arguments, "--precision", "half").document["precision"] == "half"
    assert cxr_ground(*arguments).document["precision"] == "single"
