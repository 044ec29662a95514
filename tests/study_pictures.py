"""A real pass of a reader study: 24 phantom cases, two recipes, three made-up readers, and one at the window.

`make study-pictures` runs it, and leaves the window's picture and the report in docs/images and build/reader-study.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image

from cxr_grounding import Ask, Engine, read_image
from cxr_grounding.evaluation.datasets.dataset import Dataset
from cxr_grounding.evaluation.datasets.ms_cxr import read_ms_cxr
from cxr_grounding.phantom.ms_cxr_layout import write_ms_cxr
from cxr_grounding.study.making.check_study import problems_of
from cxr_grounding.study.making.from_results import found_in
from cxr_grounding.study.making.make_study import make_study
from cxr_grounding.study.questions import DEFAULT_QUESTIONS, DRAW_BOX
from cxr_grounding.study.results.study_report import headline, report_study
from cxr_grounding.study.statistics.simulate_readers import simulate_readers
from cxr_grounding.study.statistics.simulated import MadeUpReaders
from cxr_grounding.study.study_folder import Study
from cxr_grounding.study.study_settings import StudySettings
from desktop_pictures import save
from screen_in_memory import screen_in_memory

CASES, IMAGES, SEED, SIDE = 24, 12, 2_000_400, 512
RECIPES = {"paper": "paper", "refined": "full"}
"""What is compared, and its preset: as published, and all that the bundled model's recipe asks for."""

MADE_UP = MadeUpReaders(effect=0.8, agreement=0.6)
COLUMNS, ROWS = 1280, 800
PICTURED = 7
"""The case in which the right box is drawn, and of which a picture is taken."""


def results(folder: Path) -> Dataset:
    """Ground the phantoms with both recipes, unless that is done; gives their boxes."""
    written = folder / "phantoms"
    if not written.exists():
        write_ms_cxr(written, IMAGES, SEED, SIDE)
    dataset = read_ms_cxr(next(written.glob("*.csv")), written)
    samples = dataset.samples[:CASES]
    for name, preset in RECIPES.items():
        engine: Engine | None = None
        for image in dict.fromkeys(sample.image for sample in samples):
            out = folder / name / Path(str(image)).stem
            if out.exists():
                continue
            engine = engine or opened(preset)
            radiograph = read_image(image)
            engine.set_radiograph(radiograph)
            phrases = [sample.phrase for sample in samples if sample.image == image]
            for number, grounding in enumerate(engine.ground(phrases)):
                grounding.save(out / str(number), radiograph, formats="json")
    return Dataset(dataset.name, samples)


def opened(preset: str) -> Engine:
    """The bundled model; only now, since it brings torch with it."""
    from cxr_grounding import Grounder

    return Grounder.open(Ask(preset=preset))


def made(folder: Path, truth: Dataset) -> Study:
    """The study, checked."""
    found = [one for name in RECIPES for image in sorted((folder / name).iterdir()) for one in found_in(image, name)]
    questions = (*DEFAULT_QUESTIONS[:-1], DRAW_BOX, DEFAULT_QUESTIONS[-1])
    settings = StudySettings("Two recipes on phantoms", questions, seed=24, repeats=6, break_after=20)
    shutil.rmtree(folder / "study", ignore_errors=True)
    make_study(found, folder / "study", settings, read=read_image, truth=truth)
    study = Study.open(folder / "study")
    problems = list(problems_of(study, read_image))
    if problems:
        raise ValueError("\n".join(problems))
    return study


def read_at_the_window(study: Path, picture: Path) -> None:
    """One reader, with mouse and keys, on a screen of the reader's own; runs in a process that has one."""
    from PyQt5.QtCore import QPoint, QSettings, Qt
    from PyQt5.QtGui import QGuiApplication
    from PyQt5.QtTest import QTest
    from PyQt5.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton, QWidget

    from cxr_grounding_desktop.slicer_stand_in.host import Host
    from cxr_grounding_desktop.viewer.program import make_application, make_window
    from desktop.hands_and_eyes import bring_to_front, click, press, type_text

    QSettings.setPath(QSettings.NativeFormat, QSettings.UserScope, str(study.parent / "settings"))
    application = make_application(sys.argv[:1])
    host = Host()
    rng = random.Random(1)
    try:
        window = make_window(host)
        window.setGeometry(QGuiApplication.primaryScreen().availableGeometry())
        window.show()
        bring_to_front(window)
        host.widget.study.choose(str(study))
        QTest.qWait(100)
        window.findChild(QLineEdit, "studyReaderEdit").setFocus()
        type_text("window")
        press(Qt.Key_Return)
        case = 0
        while host.widget.study.isReading:
            case += 1
            label = window.findChild(QLabel, "studyCaseLabel")
            before = label.text()
            if case % 20 == 1 and case > 1:
                press(Qt.Key_B)  # the break that was offered
            if case == 2:
                press(Qt.Key_0)
                press(Qt.Key_0)
            rating = rng.randint(2, 5)
            if case <= 5:
                questions = window.findChildren(QWidget, "studyQuestions")[-1]
                buttons = questions.findChildren(QRadioButton)
                for button in (buttons[rating - 1], buttons[5]):
                    click(button, QPoint(12, button.height() // 2))  # to the right of its text is nothing
            else:
                press(Qt.Key_0 + rating)
                if case == PICTURED:
                    press(Qt.Key_D)
                    for key in (Qt.Key_Right, Qt.Key_Down):
                        for _ in range(3):
                            press(key)
                            press(key, Qt.ShiftModifier)
                    QTest.qWait(500)
                    if not QGuiApplication.primaryScreen().grabWindow(0).save(str(picture), "PNG"):
                        raise OSError(f"{picture} could not be written")
                    press(Qt.Key_Return)  # the box is done
                press(Qt.Key_1)
            if case == 3:
                press(Qt.Key_T)
                type_text("heat below the diaphragm")
            if case <= 5:
                click(window.findChild(QPushButton, "studyNextButton"))
            else:
                press(Qt.Key_Return)
            if host.widget.study.isReading and label.text() == before:
                raise ValueError(f"The case stayed: {before}")
        print(f"{case} cases read at the window")
    finally:
        host.close()
    application.processEvents()


def main(folder: Path, pictures: Path) -> None:
    """All of it."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = results(folder)
    study = made(folder, truth)
    simulate_readers(study.folder, ["simulated-1", "simulated-2", "simulated-3"], MADE_UP, seed=5)
    put_in = f"{MADE_UP.expected_difference():.2f} steps, alpha {MADE_UP.expected_alpha(3):.2f} of three such readers"
    print(f"Put in: {put_in}")
    print("\n".join(headline(report_study(study.folder, folder / "report-simulated"))))
    pictures.mkdir(parents=True, exist_ok=True)
    with screen_in_memory(COLUMNS, ROWS) as environment:
        subprocess.run(
            [sys.executable, __file__, "--window", study.folder, pictures / "reader-study.png"],
            env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True,
        )
    save(Image.open(pictures / "reader-study.png").convert("RGB"), pictures / "reader-study.png")
    print("\n".join(headline(report_study(study.folder, folder / "report"))))


if __name__ == "__main__":
    if sys.argv[1] == "--window":
        read_at_the_window(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
