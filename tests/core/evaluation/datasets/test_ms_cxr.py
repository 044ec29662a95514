"""MS-CXR, read from its CSV and its JSON."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.annotations import Selection
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.evaluation.datasets.prompt import Prompt
from cxr_grounding.phantom.drawing import draw_phantom
from cxr_grounding.phantom.ms_cxr_layout import ImageFormat, Written, write_ms_cxr
from cxr_grounding.radiograph import Box

HEADER = "dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height,split"
PATH = "files/p10/p10000001/s50000001/aa.jpg"


def row(phrase: str = "left effusion", box: str = "1,2,30,40", **other: str) -> str:
    cells = {"id": "aa", "class": "Pleural Effusion", "path": PATH, "size": "100,80", "split": "test"} | other
    return f"{cells['id']},{cells['class']},{phrase},{cells['path']},{box},{cells['size']},{cells['split']}"


def test_the_synthetic_dataset_reads_back_as_what_was_drawn(phantom_ms_cxr: Written) -> None:
    dataset = read_ms_cxr(phantom_ms_cxr.csv, phantom_ms_cxr.csv.parent)
    assert dataset.problems == ()
    assert dataset.name == "MS-CXR"
    drawn = [(p, d) for seed in range(7) for p in [draw_phantom(1_000_000 + seed, 96)] for d in p.drawn if d.boxes]
    assert len(dataset.samples) == len(drawn) == phantom_ms_cxr.sentences == 12
    for sample, (phantom, finding) in zip(dataset.samples, drawn, strict=True):
        assert (sample.phrase, sample.pathology) == (finding.sentence, finding.finding.pathology.value)
        assert sample.boxes == finding.boxes
        assert sample.image_size == phantom.values.shape[::-1]
        assert sample.image.is_file()


def test_csv_and_json_give_the_same_samples(phantom_ms_cxr: Written) -> None:
    from_csv, from_json = (read_ms_cxr(path, path.parent) for path in (phantom_ms_cxr.csv, phantom_ms_cxr.json))
    assert [sample.lines for sample in from_json.samples] == [
        tuple(line - 1 for line in sample.lines) for sample in from_csv.samples
    ]
    assert [dataclasses.replace(sample, lines=()) for sample in from_json.samples] == [
        dataclasses.replace(sample, lines=()) for sample in from_csv.samples
    ]


def test_boxes_of_one_image_and_one_sentence_are_one_sample_and_its_samples_stand_together(annotate) -> None:
    path = annotate(
        HEADER,
        row("bibasilar  opacities", "1,2,30,40"),
        row("edema", "5,5,5,5", id="bb", path="files/p10/bb.jpg"),
        row("bibasilar opacities", "50,2,30,40"),
        row("left effusion", "50,2,30,40"),
        row("left effusion", "50,2,30,40"),
        images=("aa.jpg", "bb.jpg"),
    )
    dataset = read_ms_cxr(path, path.parent)
    assert [(sample.image_id, sample.phrase, sample.lines) for sample in dataset.samples] == [
        ("aa", "bibasilar opacities", (2, 4)),
        ("aa", "left effusion", (5, 6)),
        ("bb", "edema", (3,)),
    ]
    assert dataset.samples[0].boxes == (Box(1, 2, 30, 40), Box(50, 2, 30, 40))
    assert dataset.samples[1].boxes == (Box(50, 2, 30, 40),)


@pytest.mark.parametrize(
    "place",
    [
        PATH,
        PATH.removeprefix("files/"),
        PATH.replace(".jpg", ".dcm"),
        PATH.removeprefix("files/").replace(".jpg", ".png"),
        "aa.jpg",
        "aa.dicom",
    ],
)
def test_an_image_is_found_where_the_published_datasets_and_people_put_it(annotate, place: str) -> None:
    path = annotate(HEADER, row(), images=(place,))
    (sample,) = read_ms_cxr(path, path.parent).samples
    assert sample.image == path.parent / place


def test_an_annotation_that_names_the_dicom_finds_the_jpg(annotate) -> None:
    path = annotate(HEADER, row(path=PATH.replace(".jpg", ".dcm")), images=(PATH,))
    (sample,) = read_ms_cxr(path, path.parent).samples
    assert sample.image == path.parent / PATH


def test_a_path_written_on_windows_and_an_id_with_its_suffix_find_the_image(annotate) -> None:
    windows = PATH.replace("/", "\\")
    path = annotate(
        HEADER, row(path=windows), row(path=windows, id="", box="5,5,5,5"), row(id="aa.dcm"), images=(PATH,)
    )
    (sample,) = read_ms_cxr(path, path.parent).samples
    assert (sample.image_id, sample.image, len(sample.boxes)) == ("aa", path.parent / PATH, 2)


def test_rows_without_an_id_are_not_one_image_called_nan(annotate) -> None:
    rows = (row(id="nan", path="files/aa.jpg"), row(id="nan", path="files/bb.jpg", size="nan,nan"))
    path = annotate(HEADER, *rows, images=("aa.jpg", "bb.jpg"))
    samples = read_ms_cxr(path, path.parent).samples
    assert [(sample.image_id, sample.image_size) for sample in samples] == [("aa", (100, 80)), ("bb", None)]


def test_the_dicom_variant_of_the_synthetic_dataset_is_read_by_the_same_annotations(tmp_path: Path) -> None:
    written = write_ms_cxr(tmp_path, 1, 1_000_000, 96, ImageFormat.DICOM)
    assert {sample.image.suffix for sample in read_ms_cxr(written.csv, tmp_path).samples} == {".dcm"}


def test_older_files_without_id_size_and_split_are_read(annotate) -> None:
    path = annotate("category_name,label_text,path,x,y,w,h", f"Edema,mild edema,{PATH},1,2,3,4", images=(PATH,))
    (sample,) = read_ms_cxr(path, path.parent).samples
    assert (sample.image_id, sample.image_size) == ("aa", None)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(box="1,2,abc,4"), "w is 'abc', which is not a number"),
        (row(box="nan,2,3,4"), "x is not given"),
        (row(box="1,2,0,4"), "has no area"),
        (row(box="1,2,-3,4"), "has no area"),
        (row(box="100,2,3,4"), "outside the image of 100 x 80"),
        (row(box="-9,2,9,4"), "outside the image"),
        (row(phrase=" "), "phrase is empty"),
        (row(size="0,80"), "0 x 80 pixels"),
        (row(id="gone", path="files/gone.jpg"), "The image gone, files/gone.jpg, is not in the folder"),
        (row(id="", path=""), "No image is named"),
        (row(id="gone", path="/"), "The image gone, /, is not in the folder"),
        ("too,short", "2 cells"),
    ],
)
def test_a_bad_row_is_a_problem_with_its_line_and_the_rest_is_read(annotate, bad: str, reason: str) -> None:
    path = annotate(HEADER, row('"two\nlines"'), bad, row("right effusion"), images=("aa.jpg",))
    dataset = read_ms_cxr(path, path.parent)
    assert [sample.phrase for sample in dataset.samples] == ["two lines", "right effusion"]
    (problem,) = dataset.problems
    assert problem.line == 4
    assert reason in problem.sentence


def test_a_box_partly_outside_is_kept(annotate) -> None:
    path = annotate(HEADER, row(box="90,-5,30,40"), images=("aa.jpg",))
    dataset = read_ms_cxr(path, path.parent)
    assert dataset.samples[0].boxes == (Box(90, -5, 30, 40),)
    assert dataset.problems == ()


def test_a_missing_column_is_an_error_that_names_it(annotate) -> None:
    path = annotate(HEADER.replace("label_text", "sentence"), row())
    with pytest.raises(EvaluationError, match=r"no column 'label_text'.*sentence"):
        read_ms_cxr(path, path.parent)


def test_a_sentence_under_two_classes_is_counted_under_the_first_and_said(annotate) -> None:
    path = annotate(HEADER, row("haze"), row("haze", "9,9,9,9", **{"class": "Edema"}), images=("aa.jpg",))
    dataset = read_ms_cxr(path, path.parent)
    assert [(sample.pathology, len(sample.boxes)) for sample in dataset.samples] == [("Pleural Effusion", 2)]
    assert [problem.line for problem in dataset.problems] == [3]
    (only,) = read_ms_cxr(path, path.parent, Selection(classes=("edema",))).samples
    assert (only.pathology, only.boxes) == ("Edema", (Box(9, 9, 9, 9),))


def test_class_split_and_limit_select(annotate) -> None:
    rows = [row(f"phrase {i}", split="val" if i % 2 else "test", **{"class": f"C{i // 4}"}) for i in range(8)]
    path = annotate(HEADER, *rows, images=("aa.jpg",))

    def phrases(**asked) -> list[str]:
        return [sample.phrase[-1] for sample in read_ms_cxr(path, path.parent, Selection(**asked)).samples]

    assert phrases() == list("01234567")
    assert phrases(split="val") == list("1357")
    assert phrases(classes=("c1",), split="test") == list("46")
    assert phrases(classes=("C0", "C1"), limit=3) == list("012")


@pytest.mark.parametrize(
    ("asked", "told"),
    [({"classes": ("Fracture",)}, "Pleural Effusion"), ({"split": "train"}, "Those there are: test")],
)
def test_a_class_or_split_that_is_not_there_is_an_error_with_those_that_are(annotate, asked: dict, told: str) -> None:
    path = annotate(HEADER, row(), images=("aa.jpg",))
    with pytest.raises(EvaluationError, match=told):
        read_ms_cxr(path, path.parent, Selection(**asked))


def test_phrases_that_a_prompt_makes_the_same_become_one_sample(annotate) -> None:
    path = annotate(
        HEADER, row("small left effusion"), row('"effusion, left"', "50,2,9,9"), row("effusion"), images=("aa.jpg",)
    )

    def asked(prompt: Prompt) -> list[tuple[str, int]]:
        samples = read_ms_cxr(path, path.parent, prompt=prompt).samples
        return [(sample.phrase, len(sample.boxes)) for sample in samples]

    assert asked(Prompt.LOCATION) == [("left Pleural Effusion", 2), ("Pleural Effusion", 1)]
    assert asked(Prompt.PATHOLOGY) == [("Pleural Effusion", 2)]
    assert asked(Prompt.SIDE) == [("Left pleural effusion", 2), ("Pleural effusion", 1)]
    assert asked(Prompt.NAME) == [("Pleural effusion", 2)]


def test_a_damaged_annotation_of_the_json_is_a_problem_with_its_place(phantom_ms_cxr: Written, tmp_path: Path) -> None:
    document = json.loads(phantom_ms_cxr.json.read_text())
    bad = [{"image_id": 999}, {"category_id": [1]}, {"bbox": [1, 2, 3]}, {"bbox": [1, 2, "x", True]}, {"label_text": 5}]
    bad += [{"label_text": "effusion \ud800"}, {"label_text": "left\0effusion"}]
    for entry, change in zip(document["annotations"], bad, strict=False):
        entry.update(change)
    document["annotations"].append("nothing")
    path = tmp_path / "annotations.json"
    path.write_text(json.dumps(document), encoding="utf-8-sig")
    dataset = read_ms_cxr(path, phantom_ms_cxr.json.parent)
    count = len(document["annotations"])
    assert [problem.line for problem in dataset.problems] == [1, 2, 3, 4, 5, 6, 7, count]
    assert "image_id is 999" in dataset.problems[0].sentence
    assert "w is 'x'" in dataset.problems[3].sentence
    assert "half a character" in dataset.problems[5].sentence
    assert "control characters" in dataset.problems[6].sentence


@pytest.mark.parametrize("content", ["{", "[1]", '{"images": [], "categories": []}', "[" * 100_000])
def test_a_json_that_is_not_ms_cxr_s_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "annotations.json"
    path.write_text(content)
    with pytest.raises(EvaluationError, match=r"cannot be read as JSON|does not hold the three lists"):
        read_ms_cxr(path, tmp_path)


def test_a_missing_folder_of_images_is_an_error(annotate, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="There is no folder"):
        read_ms_cxr(annotate(HEADER), tmp_path / "nowhere")
