"""VinDr-CXR, and any CSV of phrases and boxes."""

from __future__ import annotations

import pytest

from cxr_grounding.errors import EvaluationError
from cxr_grounding.evaluation.datasets.annotations import Selection
from cxr_grounding.evaluation.datasets.phrase_csv import read_phrase_csv
from cxr_grounding.evaluation.datasets.prompt import Prompt
from cxr_grounding.evaluation.datasets.vindr_cxr import read_vindr_cxr
from cxr_grounding.radiograph import Box

TEST = "image_id,class_name,x_min,y_min,x_max,y_max"
TRAIN = "image_id,rad_id,class_name,x_min,y_min,x_max,y_max"


def test_vindr_asks_the_class_name_for_all_its_boxes(annotate) -> None:
    path = annotate(
        TEST,
        "aa,Nodule/Mass,10,20,30.5,60",
        "bb,No finding,,,,",
        "aa,Nodule/Mass,1,2,3,4",
        "aa,Pleural effusion,1,2,3,4",
        images=("test/aa.dicom",),
    )
    dataset = read_vindr_cxr(path, path.parent)
    assert dataset.problems == ()
    assert [(sample.phrase, sample.pathology, sample.boxes) for sample in dataset.samples] == [
        ("Nodule/Mass", "Nodule/Mass", (Box(10, 20, 20.5, 40), Box(1, 2, 2, 2))),
        ("Pleural effusion", "Pleural effusion", (Box(1, 2, 2, 2),)),
    ]
    assert dataset.samples[0].image == path.parent / "test" / "aa.dicom"


def test_vindr_training_boxes_are_those_of_all_readers_or_of_one(annotate) -> None:
    rows = ("aa,R1,ILD,1,1,5,5", "aa,R2,ILD,2,2,6,6", "aa,R3,No finding,,,,")
    path = annotate(TRAIN, *rows, images=("aa.png",))
    assert read_vindr_cxr(path, path.parent).samples[0].boxes == (Box(1, 1, 4, 4), Box(2, 2, 4, 4))
    assert read_vindr_cxr(path, path.parent, reader="R2").samples[0].boxes == (Box(2, 2, 4, 4),)
    with pytest.raises(EvaluationError, match=r"no reader 'R9'.*R1, R2, R3"):
        read_vindr_cxr(path, path.parent, reader="R9")


def test_vindr_rows_without_a_usable_box_are_problems(annotate) -> None:
    rows = ("aa,ILD,,,,", "aa,ILD,5,5,5,9", "gone,ILD,1,1,2,2", ",ILD,1,1,2,2", "aa,ILD,1,1,2,2")
    path = annotate(TEST, *rows, images=("aa.jpg",))
    dataset = read_vindr_cxr(path, path.parent)
    assert [problem.line for problem in dataset.problems] == [2, 3, 4, 5]
    assert len(dataset.samples) == 1


def test_any_csv_needs_six_columns_and_takes_class_location_and_size(annotate) -> None:
    path = annotate(
        "Phrase;PATH;x;y;w;h;Class;Location;image_width;image_height",
        "an effusion;sub/aa.png;1,5;2;3;4;Effusion;left base;100;80",
        "an effusion;sub/aa.png;90;2;30;4;Effusion;left base;100;80",
        "elsewhere;sub/aa.png;190;2;30;4;Effusion;;100;80",
        images=("sub/aa.png",),
    )
    dataset = read_phrase_csv(path, path.parent)
    (sample,) = dataset.samples
    assert dataset.name == "annotations.csv"
    assert (sample.phrase, sample.pathology, sample.image_size) == ("an effusion", "Effusion", (100, 80))
    assert sample.boxes == (Box(1.5, 2, 3, 4), Box(90, 2, 30, 4))
    assert [problem.line for problem in dataset.problems] == [4]
    (sample,) = read_phrase_csv(path, path.parent, prompt=Prompt.LOCATION).samples
    assert sample.phrase == "left base Effusion"


def test_a_csv_without_classes_is_read_and_cannot_be_asked_by_class(annotate) -> None:
    path = annotate("path,phrase,x,y,w,h", "aa,left effusion,1,2,3,4", images=("aa.png",))
    (sample,) = read_phrase_csv(path, path.parent).samples
    assert (sample.pathology, sample.image) == ("", path.parent / "aa.png")
    with pytest.raises(EvaluationError, match="no column for the class"):
        read_phrase_csv(path, path.parent, prompt=Prompt.PATHOLOGY)
    with pytest.raises(EvaluationError, match="names no classes"):
        read_phrase_csv(path, path.parent, Selection(classes=("Effusion",)))
    with pytest.raises(EvaluationError, match="names no splits"):
        read_phrase_csv(path, path.parent, Selection(split="test"))


@pytest.mark.parametrize(
    "nothing",
    [
        "No finding,0,0,1,1",
        "No finding,nan,nan,nan,nan",
        "no_finding,None,None,None,None",
        "No Finding,0.0,0.0,1.0,1.0",
    ],
)
def test_no_finding_is_skipped_however_its_box_is_written(annotate, nothing: str) -> None:
    vindr = annotate(TEST, "aa,Pleural effusion,10,20,30,60", f"aa,{nothing}", images=("aa.png",))
    dataset = read_vindr_cxr(vindr, vindr.parent)
    assert [(sample.pathology, sample.boxes) for sample in dataset.samples] == [
        ("Pleural effusion", (Box(10, 20, 20, 40),))
    ]
    assert dataset.problems == ()
    phrases = annotate(
        "path,class,phrase,x,y,w,h", "aa,ILD,ILD,1,2,3,4", "aa,{},nothing,{},{},{},{}".format(*nothing.split(","))
    )
    dataset = read_phrase_csv(phrases, phrases.parent)
    assert [sample.pathology for sample in dataset.samples] == ["ILD"]
    assert dataset.problems == ()


def test_no_finding_with_a_real_box_is_a_problem(annotate) -> None:
    path = annotate(TEST, "aa,No finding,10,20,30,60", images=("aa.png",))
    dataset = read_vindr_cxr(path, path.parent)
    assert dataset.samples == ()
    assert [problem.sentence for problem in dataset.problems] == [
        "The class is 'No finding', but a box is drawn (10, 20, 30, 60)."
    ]


def test_a_class_of_vindr_cxr_is_asked_as_it_is_written_or_by_the_name_of_its_finding(annotate) -> None:
    path = annotate(TEST, "aa,Lung Opacity,10,20,30,60", "aa,Nodule/Mass,1,2,3,6", images=("aa.png",))

    def asked(prompt: Prompt) -> list[tuple[str, str]]:
        samples = read_vindr_cxr(path, path.parent, prompt=prompt).samples
        return [(sample.phrase, sample.pathology) for sample in samples]

    classes = ("Lung Opacity", "Nodule/Mass")
    for prompt in (Prompt.SENTENCE, Prompt.PATHOLOGY, Prompt.LOCATION):
        assert asked(prompt) == [(name, name) for name in classes]
    for prompt in (Prompt.SIDE, Prompt.NAME):
        assert asked(prompt) == [("Opacity", "Lung Opacity"), ("Nodule/Mass", "Nodule/Mass")]


def test_an_image_id_with_and_without_its_suffix_is_one_image(annotate) -> None:
    path = annotate(
        TEST, "aa.dicom,ILD,1,1,5,5", "aa,ILD,2,2,6,6", "1.2.840.5,ILD,1,1,5,5", images=("aa.dicom", "1.2.840.5.png")
    )
    dataset = read_vindr_cxr(path, path.parent)
    assert [(sample.image_id, len(sample.boxes)) for sample in dataset.samples] == [("aa", 2), ("1.2.840.5", 1)]


def test_a_path_written_on_windows_is_the_same_image(annotate) -> None:
    rows = (r"sub\aa.png,effusion,1,2,3,4", "sub/aa.png,effusion,5,6,7,8", r".\sub\aa.png,effusion,9,6,7,8")
    path = annotate("path,phrase,x,y,w,h", *rows, images=("sub/aa.png",))
    (sample,) = read_phrase_csv(path, path.parent).samples
    assert (sample.image_id, len(sample.boxes)) == ("sub/aa.png", 3)
