"""`cxr-ground ground`: what it writes, what it prints, how it refuses."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from PIL import Image

from cxr_grounding.answers.bundle import DEFAULT_FORMATS
from cxr_grounding.answers.picture import Caption, Marks, draw_overlay
from cxr_grounding.grounder import Grounder
from cxr_grounding.grounding import Grounding
from cxr_grounding.reading.read_image import read_image

PHRASE = "small left pleural effusion"
STEM = "01-small-left-pleural-effusion"


@pytest.fixture
def ground(cxr_ground, phantom_file: Path, brief_model_folder: Path, tmp_path: Path) -> Callable:
    """`cxr-ground ground` on the phantom with the tiny model, into tmp_path/out; None as formats writes the default."""

    def run(*arguments: object, image: Path = phantom_file, out: Path = tmp_path / "out", formats: str | None = "json"):
        options = ("--model", brief_model_folder, "--device", "cpu", "--out", out)
        if formats is not None:
            options += ("--format", formats)
        return cxr_ground("ground", image, *options, *arguments)

    return run


def test_a_phrase_becomes_volumes_a_picture_and_a_document(ground, phantom_file: Path, tmp_path: Path) -> None:
    told = ground(PHRASE, "--format", "png,nrrd,nifti,json")
    assert told.code == 0
    out = tmp_path / "out"
    assert sorted(file.name for file in out.iterdir()) == sorted(
        f"{STEM}{end}" for end in (".json", ".png", ".heatmap.nrrd", ".heatmap.nii.gz", ".label.nrrd", ".label.nii.gz")
    )
    radiograph = read_image(phantom_file)
    for end in (".nrrd", ".nii.gz"):
        heatmap = SimpleITK.ReadImage(str(out / f"{STEM}.heatmap{end}"))
        label = SimpleITK.ReadImage(str(out / f"{STEM}.label{end}"))
        assert heatmap.GetSize() == label.GetSize() == (*radiograph.shape[::-1], 1)
        assert radiograph.spacing is not None
        assert heatmap.GetSpacing()[:2] == pytest.approx((radiograph.spacing.column_mm, radiograph.spacing.row_mm))
        values, labels = SimpleITK.GetArrayFromImage(heatmap)[0], SimpleITK.GetArrayFromImage(label)[0]
        assert set(np.unique(labels)) == {0, 1, 2}
        # ITK reads NaN from a NIfTI file as 0; the label map says which zeros are meant.
        np.testing.assert_array_equal(
            labels == 2, np.isnan(values) if end == ".nrrd" else (labels == 2) & (values == 0)
        )
        np.testing.assert_array_equal(labels == 1, values > 0)
    assert Image.open(out / f"{STEM}.png").size[0] > 400
    document = json.loads((out / f"{STEM}.json").read_text(encoding="utf-8"))
    assert document["phrase"] == PHRASE
    assert document["model"]["label"] == "Random weights."
    assert document["recipe"]["steps"] == 10
    assert "Random weights." in told.out


def test_json_is_the_only_thing_on_stdout(ground) -> None:
    told = ground(PHRASE, "left lung", "--json", formats="png")
    results = told.document["results"]
    assert [result["phrase"] for result in results] == [PHRASE, "left lung"]
    assert results[1]["files"]["overlay"] == "02-left-lung.png"


def test_by_default_every_format_that_any_radiograph_has_is_written(ground, tmp_path: Path) -> None:
    by_default = ground(PHRASE, "--json", formats=None).document["results"][0]["files"]
    by_name = ground(PHRASE, "--json", "--format", DEFAULT_FORMATS, out=tmp_path / "all").document["results"][0][
        "files"
    ]
    assert by_default == by_name
    assert {"overlay", "heatmap", "label_map", "json"} <= by_default.keys()
    names = [sorted(file.name for file in (tmp_path / out).iterdir()) for out in ("out", "all")]
    assert names[0] == names[1]


def test_formats_are_chosen_by_name_and_what_was_written_is_named(ground, tmp_path: Path) -> None:
    told = ground(PHRASE, "--format", "json,nifti", "--json")
    names = {"heatmap": [f"{STEM}.heatmap.nii.gz"], "label_map": [f"{STEM}.label.nii.gz"], "json": f"{STEM}.json"}
    assert told.document["results"][0]["files"] == names
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(
        [*names["heatmap"], *names["label_map"], names["json"]]
    )
    assert f"out/{STEM}.heatmap.nrrd" in ground(PHRASE, "--format", "nrrd").out


def test_an_unknown_format_is_refused_before_the_image_is_read(ground) -> None:
    told = ground(PHRASE, "--format", "gif", image=Path("/nowhere.dcm"))
    assert (told.code, told.out) == (2, "")
    assert "There is no format 'gif'" in told.err


def test_a_written_result_is_opened_drawn_and_scored_again_without_a_model(
    ground, phantom_file: Path, brief_model_folder: Path, tmp_path: Path
) -> None:
    assert ground(PHRASE, formats="png,json").code == 0
    back = Grounding.load(tmp_path / "out")
    grounder = Grounder.open(brief_model_folder, device="cpu")
    radiograph = read_image(phantom_file)
    grounder.set_radiograph(radiograph)
    fresh = grounder.ground(PHRASE)
    assert dataclasses.replace(back, seconds=fresh.seconds) == fresh
    again = draw_overlay(radiograph, back.heatmap, Caption.of(back), Marks.of(back))
    with Image.open(tmp_path / "out" / f"{STEM}.png") as picture:
        np.testing.assert_array_equal(np.asarray(again), np.asarray(picture))


def test_neither_stdout_nor_scenes_carry_the_map(ground, tmp_path: Path) -> None:
    (result,) = ground(PHRASE, "--json").document["results"]
    assert (result["schema"], result["schema_version"]) == ("cxr-grounding/grounding", 1)
    file = json.loads((tmp_path / "out" / f"{STEM}.json").read_text(encoding="utf-8"))
    assert set(file) - set(result) == {"kept"}
    assert {name: file[name] for name in result} == result


REPORT = "FINDINGS:\nSmall left effusion. No pneumothorax. The mediastinum is normal.\nDr. Smith was notified.\n"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report with one sentence that affirms a finding."""
    (tmp_path / "report.txt").write_text(REPORT, encoding="utf-8")
    return tmp_path / "report.txt"


def test_of_a_report_what_it_affirms_is_grounded_after_the_phrases_and_the_rest_is_listed(ground, report: Path) -> None:
    document = ground(PHRASE, "--report", report, "--json").document
    assert [result["phrase"] for result in document["results"]] == [PHRASE, "Small left effusion"]
    rest = document["not_grounded"]
    assert [(sentence["text"], sentence["reason"]) for sentence in rest] == [
        ("No pneumothorax", "denied"),
        ("The mediastinum is normal", "normal"),
        ("Dr. Smith was notified", "communication"),
    ]
    assert rest[0]["findings"][0]["pathology"] == "Pneumothorax"
    told = ground("--report", report)
    assert "Small left effusion - " in told.out
    *_, header, denied, normal, communication = told.out.splitlines()
    assert header == "Not grounded, as they affirm no finding (--all grounds them too): 3"
    assert [line.split()[0] for line in (denied, normal, communication)] == ["denied", "normal", "communication"]
    assert denied.rstrip().endswith("No pneumothorax")


def test_every_sentence_of_a_report_is_grounded_when_asked_for(ground, report: Path) -> None:
    document = ground("--report", report, "--all", "--json").document
    assert [result["phrase"] for result in document["results"]] == [
        *("Small left effusion", "No pneumothorax", "The mediastinum is normal", "Dr. Smith was notified")
    ]
    kinds = [result["verdict"]["kind"] for result in document["results"]]
    assert kinds == ["in doubt", "the sentence denies it", "not a finding", "not a finding"]
    assert document["not_grounded"] == []


def test_a_sentence_is_judged_by_what_the_report_says_of_it(ground, report: Path) -> None:
    report.write_text(
        "INDICATION: Left pneumonia.\nFINDINGS: Left effusion.\nCOMPARISON: Film of May.\n", encoding="utf-8"
    )
    in_report = ground("--report", report, "--all", "--json").document["results"]
    assert [result["verdict"]["reasons"][0] for result in in_report] == [
        'Pneumonia is told of the past: "indication: pneumonia".',
        "No evidence was measured with this recipe.",
        "It says how the radiograph was made.",
    ]
    (alone,) = ground("Left pneumonia", "--json").document["results"]
    assert alone["verdict"]["reasons"] == ["No evidence was measured with this recipe."]


def test_a_report_that_affirms_nothing_is_read_and_nothing_is_written(ground, report: Path, tmp_path: Path) -> None:
    report.write_text("The lungs are clear. No effusion.", encoding="utf-8")
    told = ground("--report", report)
    assert (told.code, told.err) == (0, "")
    assert [line.split()[0] for line in told.out.splitlines()[2:]] == ["normal", "denied"]
    assert not (tmp_path / "out").exists()
    assert ground("--report", report, "--json").document["results"] == []


def test_the_verdict_stands_beside_the_phrase_and_its_reasons_below(ground) -> None:
    lines = ground(PHRASE, "No left effusion").out.splitlines()
    assert lines[:2] == [f"{PHRASE} - in doubt", "  No evidence was measured with this recipe."]
    at = lines.index("No left effusion - the sentence denies it")
    assert lines[at + 1] == '  Pleural Effusion is denied: "No … effusion".'
    assert lines[at + 2].startswith("  most heat in columns ")


def test_the_picture_shows_what_is_doubted_as_it_was_asked(ground, tmp_path: Path) -> None:
    def colourful(*how: str) -> float:
        out = tmp_path / "-".join(("out", *how))
        assert ground("No effusion", "--format", "png", *how, out=out).code == 0
        with Image.open(out / "01-no-effusion.png") as picture:
            return float(np.ptp(np.asarray(picture.convert("RGB")).astype(int), axis=-1).mean())

    pale, hidden, full = colourful(), colourful("--doubted", "hidden"), colourful("--doubted", "full")
    assert hidden < pale < full
    told = ground("effusion", "--doubted", "faint")
    assert told.code == 2
    assert "faint" in told.err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_a_report_is_read_in_every_encoding_that_editors_write(ground, tmp_path: Path, encoding: str) -> None:
    report = tmp_path / "report.txt"
    report.write_text("Impression: na\u00efve \u201csign\u201d.\n", encoding=encoding)
    (result,) = ground("--report", report, "--all", "--json").document["results"]
    assert result["phrase"] == "na\u00efve \u201csign\u201d"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Small left effusion. " * 100_000, "it has more than 0.5 MiB"),
        (b"%PDF-1.7 text", "is no text file"),
        (b"text\0text and more of it", "is no text file"),
        (b"FINDINGS:\n", "holds no sentence"),
    ],
)
def test_a_report_that_is_huge_or_no_text_is_refused(ground, tmp_path: Path, content: bytes, said: str) -> None:
    report = tmp_path / "report.txt"
    report.write_bytes(content)
    told = ground("--report", report)
    assert told.code == 2
    assert said in " ".join(told.err.split())


def test_the_arrays_are_those_of_the_engine(
    ground, phantom_file: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "frame.npz"
    assert ground(PHRASE, "--arrays", kept, "--steps", 20).code == 0
    arrays = np.load(kept)
    grounder = Grounder.open(tiny_model_folder, device="cpu", steps=20)
    grounder.set_radiograph(read_image(phantom_file))
    expected = grounder.ground(PHRASE, keep_arrays=True).arrays
    assert expected is not None
    for name in ("frame_image", "heatmap_raw", "heatmap_frame"):
        np.testing.assert_allclose(arrays[name], getattr(expected, name), atol=1e-6)


def test_a_preset_is_followed_and_named_in_what_is_printed_and_written(
    ground, tiny_model_folder: Path, tmp_path: Path
) -> None:
    told = ground(PHRASE, "--preset", "fast", "--model", tiny_model_folder)
    assert told.code == 0
    assert "Preset fast: quicker than the exact procedure" in told.out
    document = json.loads((tmp_path / "out" / f"{STEM}.json").read_text(encoding="utf-8"))
    assert document["recipe"]["preset"] == "fast"
    assert document["unet_calls"] == {"full": 6, "partial": 6}
    assert "Preset" not in ground(PHRASE, out=tmp_path / "exact").out


def test_evidence_is_printed_as_a_rank_and_names_a_rival_that_explains_more(
    cxr_ground, phantom_file: Path, own_model_folder: Path, change_json: Callable[..., None], tmp_path: Path
) -> None:
    recipe = json.loads((own_model_folder / "grounding.json").read_text())["recipe"]
    change_json(own_model_folder / "grounding.json", recipe=recipe | {"evidence": True, "steps": 10})
    arguments = (
        "ground",
        phantom_file,
        "left effusion",
        "right effusion",
        "--format",
        "json",
        "--model",
        own_model_folder,
    )
    told = " ".join(cxr_ground(*arguments, "--device", "cpu", "--out", tmp_path / "out").out.split())
    documents = [json.loads(path.read_text()) for path in sorted((tmp_path / "out").glob("*.json"))]
    for document, other in zip(documents, ("right effusion", "left effusion"), strict=True):
        evidence = document["evidence"]
        assert evidence["mirrored"]["phrase"] == other
        assert f"the evidence, {evidence['contested']:.2f}, is a rank among phrases." in told
        explains_more = evidence["mirrored"]["explained"] > evidence["explained"]
        assert (f'"{other}" explains more: ' in told) is explains_more


def test_where_a_phrase_without_a_place_is_best_explained_stands_below_it(
    cxr_ground, phantom_file: Path, own_model_folder: Path, change_json: Callable[..., None], tmp_path: Path
) -> None:
    recipe = json.loads((own_model_folder / "grounding.json").read_text())["recipe"]
    change_json(own_model_folder / "grounding.json", recipe=recipe | {"places": "auto"})
    ground = ("ground", phantom_file, "pleural effusion", PHRASE, "--model", own_model_folder, "--device", "cpu")
    ground = (*ground, "--format", "json")
    lines = cxr_ground(*ground, "--out", tmp_path / "out").out.splitlines()
    assert lines[0] == "pleural effusion - in doubt", "the user's own words stay the title"
    placed, placed_not = (json.loads(path.read_text()) for path in sorted((tmp_path / "out").glob("*.json")))
    place = placed["place"]
    told = " ".join(" ".join(lines[1:4]).split())
    assert told.startswith(f"Best explained at: {place['words']} ({place['chosen'][0]['explained']:.2f}); next: ")
    assert f'The map is of "{place["phrase"]}", asked in its stead.' in told
    assert " ".join(lines).count("Best explained at") == 1
    assert place["places"][0]["standing"] == "best"
    assert (placed["phrase"], placed_not["phrase"]) == ("pleural effusion", PHRASE)
    assert placed_not["place"] is None
    told = cxr_ground(*ground, "--out", tmp_path / "never", "--places", "never")
    assert "Best explained" not in told.out


def test_a_precision_is_followed_and_written(ground) -> None:
    precisions = [
        ground(PHRASE, "--json", *asked).document["results"][0]["precision"]
        for asked in (("--precision", "half"), ("--precision", "single"), ("--device", "cpu"))
    ]
    assert precisions == ["half", "single", "single"]


def test_intensity_identity_takes_the_values_as_they_are(ground, tmp_path: Path) -> None:
    values = np.linspace(0.2, 0.7, 64 * 64).reshape(64, 64)
    np.save(tmp_path / "image.npy", values)
    kept = tmp_path / "frame.npz"
    told = ground(PHRASE, "--intensity", "identity", "--arrays", kept, image=tmp_path / "image.npy")
    assert told.code == 0
    np.testing.assert_allclose(np.load(kept)["frame_image"], values, atol=1e-6)
    assert "trained with 'min-max'" in told.err


def test_a_phrase_beyond_the_tokenizer_is_grounded_and_the_cut_is_named(ground) -> None:
    told = ground("effusion " * 80, "--json")
    assert told.code == 0
    (result,) = told.document["results"]
    assert result["cut"] == "effusion effusion effusion effusion effusion"
    assert any("not looked at" in warning for warning in result["warnings"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "There is no phrase to ground"),
        (("  ",), "The phrase is empty"),
        (("effusion", "--device", "tpu"), "There is no device 'tpu'"),
        (
            ("effusion", "--precision", "quarter"),
            "There is no precision 'quarter'. Choose one of: auto, single, half, bfloat16.",
        ),
        (("effusion", "--report", "/nowhere/report.txt"), "cannot be read"),
        (("effusion", "--steps", "5000"), "at most as many"),
        (("effusion", "--steps", "4"), "Ask for 10 steps or more"),
        (("effusion", "--preset", "faster"), "There is no preset 'faster'. Known are: full, paper, balanced, fast."),
        (("effusion", "--arrays", "/nowhere/frame.npz"), "cannot be written"),
        (("effusion", "--format", "png,tiff"), "There is no format 'tiff'. Choose among: png (the picture"),
    ],
)
def test_bad_input_is_one_sentence_exit_code_2_and_no_files(ground, tmp_path: Path, arguments, said: str) -> None:
    told = ground(*arguments)
    assert told.code == 2
    assert said in told.err
    assert "Traceback" not in told.err
    assert told.out == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "no"), (b"", "empty"), (b"hello, I am a letter", "not an image")],
)
def test_a_file_that_is_no_image_is_refused(ground, tmp_path: Path, content: bytes | None, said: str) -> None:
    image = tmp_path / "image.dcm"
    if content is not None:
        image.write_bytes(content)
    told = ground(PHRASE, image=image)
    assert (told.code, told.out) == (2, "")
    assert said in told.err.lower()
    assert not (tmp_path / "out").exists()


def test_a_broken_model_folder_is_refused(
    cxr_ground, phantom_file: Path, own_model_folder: Path, tmp_path: Path
) -> None:
    (own_model_folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"not weights")
    told = cxr_ground("ground", phantom_file, PHRASE, "--model", own_model_folder, "--out", tmp_path / "out")
    assert told.code == 2
    assert "diffusion_pytorch_model.safetensors" in told.err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(ground, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told = ground(PHRASE, out=tmp_path / "file" / "out")
    assert told.code == 2
    assert "Nothing can be written to" in told.err


def test_a_failure_while_writing_leaves_earlier_results_alone(ground, monkeypatch, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert ground(PHRASE, "--format", "json").code == 0
    earlier = (out / f"{STEM}.json").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cxr_grounding.answers.picture.write_overlay", full)
    told = ground(PHRASE, formats="json,png")
    assert told.code == 2
    assert "No space left on device" in told.err
    assert [file.name for file in out.iterdir()] == [f"{STEM}.json"]
    assert (out / f"{STEM}.json").read_bytes() == earlier


def test_ctrl_c_leaves_nothing_behind(ground, monkeypatch, tmp_path: Path) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cxr_grounding.answers.picture.write_overlay", stopped)
    assert ground(PHRASE, formats="json,png").code == 130
    assert not (tmp_path / "out").exists()


def test_a_second_run_replaces_the_first_one_s_files(ground, tmp_path: Path) -> None:
    assert ground(PHRASE, formats=None).code == 0
    before = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert ground(PHRASE, formats=None).code == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == before


def test_two_phrases_that_look_alike_in_file_names_keep_apart(ground, tmp_path: Path) -> None:
    assert ground("Ménière!", "meniere", formats="png").code == 0
    names = {file.name for file in (tmp_path / "out").glob("*.png")}
    assert names == {"01-meniere.png", "02-meniere.png"}


def test_a_defect_of_the_program_is_a_traceback_and_exit_code_1(
    phantom_file: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    import subprocess
    import sys

    program = (
        "import sys, cxr_grounding.cli.ground_one as g; g.find_model = lambda name: 1 / 0; "
        "from cxr_grounding.cli.main import main; main()"
    )
    arguments = ["ground", str(phantom_file), PHRASE, "--out", str(tmp_path / "out")]
    told = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "ZeroDivisionError" in told.stderr


def test_the_bundled_model_is_the_default_and_labels_its_results(
    cxr_ground, phantom_file: Path, tmp_path: Path
) -> None:
    quick = ("--preset", "fast", "--format", "json")
    told = cxr_ground("ground", phantom_file, PHRASE, *quick, "--device", "cpu", "--json", "--out", tmp_path / "out")
    (result,) = told.document["results"]
    assert result["model"]["name"] == "phantom-ldm"
    assert result["model"]["demonstration"] is True
    assert "says nothing about real patients" in result["model"]["label"]
    shutil.rmtree(tmp_path / "out")
