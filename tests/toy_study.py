"""A reader study of small pictures, with two phrases each and maps of two models, made without any model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from cxr_grounding.frame import ModelFrame
from cxr_grounding.radiograph import Box, Orientation
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.recipe import Recipe
from cxr_grounding.study.making.arms import Arm, Found, FoundAnswer
from cxr_grounding.study.making.make_study import make_study
from cxr_grounding.study.questions import DEFAULT_QUESTIONS, DRAW_BOX
from cxr_grounding.study.study_settings import StudySettings

PHRASES = ("left pleural effusion", "right pneumothorax")
ROWS, COLUMNS, SIZE = 80, 64, 16
ARMS = ("plain", "refined")
ANSWERS_FILE = "readers/{}.jsonl"


def found_answers(folder: Path, arm: str, images: int = 6) -> Found:
    """Answers to both phrases on pictures in a folder, which are made where they are missing."""
    answers = []
    for number in range(images):
        rng = np.random.default_rng(number)
        path = folder / f"patient-{number}.png"
        if not path.exists():
            Image.fromarray(rng.integers(0, 255, (ROWS, COLUMNS), dtype=np.uint8)).save(path)
        for phrase in PHRASES:
            heat = np.zeros((SIZE, SIZE), dtype=np.float32)
            heat[number : number + 4, 2:9] = 1 if arm == "plain" else 0.5
            answers.append(
                FoundAnswer(
                    path,
                    phrase,
                    heat,
                    ModelFrame((ROWS, COLUMNS), Orientation(), SIZE, antialias=False),
                    metrics={"miou": 0.1 * number + (0.2 if arm == "refined" else 0.0)},
                    verdict="points here" if number % 2 else "in doubt",
                    truth=1,
                    boxes=(Box(5.0, 6.0, 20.0, 10.0),),
                )
            )
    return Found(Arm(arm, f"toy {arm}", Recipe().as_dict(), str(folder / arm)), tuple(answers))


def write_study(folder: Path, images: int = 6, repeats: int = 4, break_after: int = 5) -> Path:
    """The study, with a question for a box."""
    questions = (*DEFAULT_QUESTIONS[:-1], DRAW_BOX, DEFAULT_QUESTIONS[-1])
    settings = StudySettings("Two toys", questions, seed=3, repeats=repeats, break_after=break_after)
    (folder / "results").mkdir()
    found = [found_answers(folder / "results", arm, images) for arm in ARMS]
    return make_study(found, folder / "study", settings, read=read_image).folder
