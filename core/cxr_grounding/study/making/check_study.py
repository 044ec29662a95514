"""What is wrong with a study, before a reader meets it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cxr_grounding.errors import CXRGroundingError, StudyError
from cxr_grounding.progress import Progress, report
from cxr_grounding.study.making.make_study import ReadImage
from cxr_grounding.study.sealed_key import open_key
from cxr_grounding.study.study_folder import KEY_FILE, Study
from cxr_grounding.study.study_map import read_study_map

FEWEST_CASES = 10
"""Pairs of radiograph and phrase below which hardly anything can be found."""


def problems_of(
    study: Study, read: ReadImage, *, key: Path | None = None, progress: Progress | None = None
) -> Iterator[str]:
    """Sentences about what is wrong; none where all is well.

    Args:
        study: as it is now.
        read: reads a radiograph.
        key: of the study; None for the one in its folder, which may have been taken away.
        progress: told after every case.
    """
    shapes: dict[str, tuple[int, int]] = {}
    for number, case in enumerate(study.cases):
        report(progress, "cases", number, len(study.cases))
        try:
            found = read_study_map(study.map_file(case))
            if case.image not in shapes:
                shapes[case.image] = read(study.image_file(case)).shape
        except CXRGroundingError as error:
            yield str(error)
            continue
        if found.phrase != case.phrase:
            yield f'The map of case {case.item} is of "{found.phrase}", and not of "{case.phrase}".'
        if found.frame.shape != shapes[case.image]:
            yield f"The map of case {case.item} is of another image than {case.image}."
    report(progress, "cases", len(study.cases), len(study.cases))
    pairs = Counter(case.pair for case in study.cases)
    if len(pairs) < FEWEST_CASES:
        yield f"There are {len(pairs)} phrases on radiographs; below {FEWEST_CASES} hardly anything can be found."
    if len(set(pairs.values())) > 1:
        yield "Some phrases have more maps than others, so that the models are not compared on the same cases."
    if study.settings.repeats > len(study.cases) // 2:
        yield f"{study.settings.repeats} cases shall come twice, more than half of {len(study.cases)}."
    yield from _problems_of_key(study, key)
    yield from _problems_of_readers(study)


def _problems_of_key(study: Study, key: Path | None) -> Iterator[str]:
    try:
        entries = open_key(key or study.folder / KEY_FILE, study.settings.key_sha256).entries
    except StudyError as error:
        yield str(error)
        return
    if set(entries) != set(study.case_of):
        yield "The key and the case table are not about the same cases."


def _problems_of_readers(study: Study) -> Iterator[str]:
    try:
        readings = study.readings()
    except StudyError as error:
        yield str(error)
        return
    for reading in readings:
        header = reading.header
        try:
            study.refuse_change([header.study, *(answer.study for answer in reading.answers)])
        except StudyError as error:
            yield f"{header.reader}: {error}"
