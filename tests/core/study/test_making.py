"""Studies out of results: what readers see says nothing of whose it is, and what does not fit is refused."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cxr_grounding.diffusion.text import TextTokenizer
from cxr_grounding.disk.json_file import write_json
from cxr_grounding.errors import OutputError, StudyError
from cxr_grounding.evaluation.datasets.dataset import Dataset, Sample
from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounding import Grounding
from cxr_grounding.phrase import Phrase
from cxr_grounding.radiograph import Box, Identifiers, Orientation
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.recipe import ModelIdentity, Recipe
from cxr_grounding.study.making.arms import Found, FoundAnswer
from cxr_grounding.study.making.check_study import problems_of
from cxr_grounding.study.making.from_results import found_in
from cxr_grounding.study.making.make_study import make_study
from cxr_grounding.study.sealed_key import open_key
from cxr_grounding.study.study_folder import Study
from cxr_grounding.study.study_map import read_study_map
from cxr_grounding.study.study_settings import StudySettings
from toy_study import ARMS, COLUMNS, PHRASES, ROWS, SIZE, found_answers

SETTINGS = StudySettings("Study", seed=1)


@pytest.fixture
def found(tmp_path: Path) -> list[Found]:
    (tmp_path / "results").mkdir()
    return [found_answers(tmp_path / "results", arm, images=2) for arm in ARMS]


def test_a_study_is_made_whole_and_checks(made_study: Path) -> None:
    study = Study.open(made_study)
    assert len(study.cases) == 24
    assert {case.phrase for case in study.cases} == set(PHRASES)
    assert sorted(path.name for path in (made_study / "images").iterdir()) == [
        f"image-000{number}.png" for number in range(1, 7)
    ]
    assert list(problems_of(study, read_image)) == []


def test_nothing_that_readers_see_tells_a_model_a_figure_or_a_file(made_study: Path) -> None:
    for path in [path for path in made_study.rglob("*") if path.is_file() and path.parent.name != "images"]:
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("plain", "refined", "miou", "patient", "points here")), path
    maps = [json.loads(path.read_text()) for path in (made_study / "maps").iterdir()]
    assert {tuple(one) for one in maps} == {("schema", "schema_version", "phrase", "image", "kept")}


def test_the_key_knows_it_all(made_study: Path) -> None:
    study = Study.open(made_study)
    key = open_key(made_study / "key.sealed", study.settings.key_sha256)
    assert list(key.arms) == list(ARMS)
    assert Counter(entry.arm for entry in key.entries.values()) == {"plain": 12, "refined": 12}
    entry = key.entries[study.cases[0].item]
    assert entry.pathology in ("Pleural Effusion", "Pneumothorax")
    assert entry.truth == 1
    assert "patient-" in entry.source


def test_a_key_can_be_kept_elsewhere_and_another_is_refused(found: list[Found], tmp_path: Path) -> None:
    made = make_study(found, tmp_path / "study", SETTINGS, read=read_image, key=tmp_path / "key")
    assert not (made.folder / "key.sealed").exists()
    sha256 = Study.open(made.folder).settings.key_sha256
    assert len(open_key(tmp_path / "key", sha256).entries) == 8
    (tmp_path / "key").write_bytes((tmp_path / "key").read_bytes() + b"\n")
    with pytest.raises(StudyError, match="is not the key of this study"):
        open_key(tmp_path / "key", sha256)
    assert any("key" in problem for problem in problems_of(Study.open(made.folder), read_image))


def test_the_heat_is_that_of_the_answer(made_study: Path) -> None:
    study = Study.open(made_study)
    found = read_study_map(study.map_file(study.cases[0]))
    assert set(np.unique(found.heatmap_frame)) < {0.0, 1.0, np.float32(128 / 255)}
    assert found.finding().shape == (ROWS, COLUMNS)
    assert found.finding().verdict is None
    assert found.finding().model.name == ""


def test_a_pair_that_one_model_has_not_answered_is_left_out_and_said(found: list[Found], tmp_path: Path) -> None:
    fewer = Found(found[1].arm, found[1].answers[:-1])
    made = make_study([found[0], fewer], tmp_path / "study", SETTINGS, read=read_image)
    assert made.cases == 6
    assert made.left_out == (f'"{PHRASES[1]}" on patient-1.png: not answered by refined.',)


def test_two_answers_to_one_thing_are_refused(found: list[Found], tmp_path: Path) -> None:
    with pytest.raises(StudyError, match='is answered twice by "plain"'):
        make_study([*found, found[0]], tmp_path / "study", SETTINGS, read=read_image)
    assert not (tmp_path / "study").exists()


def test_an_answer_of_another_image_is_refused_and_nothing_is_left(found: list[Found], tmp_path: Path) -> None:
    image = found[0].answers[0].image
    shutil.copy(read_turned(image, tmp_path), image)
    with pytest.raises(StudyError, match="is about another image"):
        make_study(found, tmp_path / "study", SETTINGS, read=read_image, key=tmp_path / "key")
    assert not (tmp_path / "study").exists()
    assert not (tmp_path / "key").exists()


def read_turned(image: Path, folder: Path) -> Path:
    """The picture, lying on its side."""
    Image.open(image).transpose(Image.Transpose.ROTATE_90).save(folder / "turned.png")
    return folder / "turned.png"


def test_a_folder_that_is_there_is_not_touched(found: list[Found], tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    with pytest.raises(OutputError, match="is there already"):
        make_study(found, tmp_path / "study", SETTINGS, read=read_image)


def test_maps_are_measured_where_annotators_boxes_are_given(found: list[Found], tmp_path: Path) -> None:
    bare = [
        Found(one.arm, tuple(FoundAnswer(a.image, a.phrase, a.heatmap_frame, a.frame) for a in one.answers))
        for one in found
    ]
    samples = tuple(
        Sample("x", a.image, a.phrase, "Pleural Effusion", (Box(10, 10, 20, 30),)) for a in found[0].answers
    )
    made = make_study(bare, tmp_path / "study", SETTINGS, read=read_image, truth=Dataset("boxes", samples))
    key = open_key(made.key, Study.open(made.folder).settings.key_sha256)
    entry = next(iter(key.entries.values()))
    assert entry.boxes == (Box(10, 10, 20, 30),)
    assert 0 < entry.metrics["miou"] < 1


def test_a_check_names_what_is_gone_and_what_was_changed(study_folder: Path) -> None:
    study = Study.open(study_folder)
    study.map_file(study.cases[0]).unlink()
    other = study_folder / study.cases[1].map
    other.write_text(other.read_text().replace("left", "right").replace("pneumo", "hydro"))
    problems = list(problems_of(study, read_image))
    assert len(problems) == 2
    assert "cannot be read" in problems[0]
    assert "is not the one that the study was made with" in problems[1]


def saved_answer(folder: Path, image: Path, tokenizer: Path, **changes: object) -> Grounding:
    """An answer as `ground` saves it."""
    heat = np.zeros((SIZE, SIZE), dtype=np.float32)
    heat[2:5, 2:5] = 1
    values: dict = {
        "phrase": Phrase.of(PHRASES[0], TextTokenizer.open(tokenizer, 77)),
        "heatmap_frame": heat,
        "regions": (),
        "peak": None,
        "frame": ModelFrame((ROWS, COLUMNS), Orientation(), SIZE, antialias=False),
        "spacing": None,
        "identifiers": Identifiers(),
        "model": ModelIdentity("toy", version="1"),
        "recipe": Recipe(frame_size=SIZE),
        "device": "cpu",
        "precision": "single",
        "seconds": {},
        "unet_calls": {},
    }
    grounding = Grounding(**values | changes)
    folder.mkdir(exist_ok=True)
    write_json(folder / "01-left-pleural-effusion.json", grounding.to_document(source=str(image)))
    return grounding


def test_saved_answers_of_ground_are_found_with_their_radiograph(
    found: list[Found], tmp_path: Path, tiny_model_folder: Path
) -> None:
    image = found[0].answers[0].image
    saved_answer(tmp_path / "a", image, tiny_model_folder / "tokenizer")
    (one,) = found_in(tmp_path / "a")
    (answer,) = one.answers
    assert (one.arm.name, one.arm.model) == ("toy full", "toy 1")
    assert (answer.image, answer.phrase, answer.frame.size) == (image, PHRASES[0], SIZE)
    (named,) = found_in(tmp_path / "a", "before")
    assert named.arm.name == "before"
    image.unlink()
    with pytest.raises(StudyError, match="is gone"):
        found_in(tmp_path / "a")


def test_a_folder_without_answers_is_said(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="holds no answers"):
        found_in(tmp_path)
    with pytest.raises(StudyError, match="is no folder"):
        found_in(tmp_path / "nowhere")
