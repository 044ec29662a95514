"""Make a study of results: radiographs and maps under names that say nothing, and a key that says all."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cxr_grounding.disk.digest import sha256_of
from cxr_grounding.disk.json_file import write_json
from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.staging import new_folder
from cxr_grounding.errors import RadiographError, StudyError
from cxr_grounding.evaluation.datasets.dataset import Dataset, Sample
from cxr_grounding.evaluation.score import score_sample
from cxr_grounding.frame import ModelFrame
from cxr_grounding.progress import Progress, report
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.recipe import Recipe
from cxr_grounding.signals.assertion import read_sentence
from cxr_grounding.study.case_table import CASES_FILE, StudyCase, cases_text
from cxr_grounding.study.making.arms import Found, FoundAnswer
from cxr_grounding.study.sealed_key import KeyEntry, StudyKey
from cxr_grounding.study.study_folder import IMAGES, KEY_FILE, MAPS, READERS
from cxr_grounding.study.study_map import StudyMap
from cxr_grounding.study.study_settings import SETTINGS_FILE, StudySettings

ReadImage = Callable[[Path], Radiograph]


@dataclass(frozen=True)
class MadeStudy:
    """What was made.

    Args:
        folder: of the study.
        key: where its key is.
        cases: how many maps readers rate.
        images: how many radiographs.
        arms: how many maps there are of each thing compared.
        left_out: sentences about what was not taken.
    """

    folder: Path
    key: Path
    cases: int
    images: int
    arms: Mapping[str, int]
    left_out: tuple[str, ...] = ()


@dataclass
class _Gathered:
    """One pair of radiograph and phrase: an answer of each arm."""

    image: Path
    image_sha256: str
    phrase: str
    answers: dict[str, FoundAnswer] = field(default_factory=dict)


def make_study(
    found: Sequence[Found],
    out: Path,
    settings: StudySettings,
    *,
    read: ReadImage,
    truth: Dataset | None = None,
    key: Path | None = None,
    progress: Progress | None = None,
) -> MadeStudy:
    """Make a study, whole or not at all.

    Pairs of radiograph and phrase that one of the compared has not answered are left out: what is compared must be
    compared on the same cases.

    Args:
        found: answers, by `found_in`.
        out: the folder to make.
        settings: what is asked, and in which order; the key's digest is put in here.
        read: reads a radiograph.
        truth: boxes of annotators; figures of the maps are measured against them where results bring none.
        key: where the key shall be; None for the study's folder.
        progress: told after every radiograph.

    Raises:
        StudyError: when nothing is left, two answers claim one place, or a radiograph does not fit its answer.
        OutputError: when it cannot be written, or is there already.
    """
    arms = _arms(found)
    gathered, left_out = _complete(_gather(found), list(arms))
    rng = np.random.default_rng(settings.seed)
    placed = _placed(gathered, list(arms), rng)
    boxes = _samples_of(truth)
    with _gone_after_an_error(key), new_folder(out) as folder:
        for name in (IMAGES, MAPS, READERS):
            (folder / name).mkdir()
        cases: list[StudyCase] = []
        entries: dict[str, KeyEntry] = {}
        images: dict[str, str] = {}
        for number, one in enumerate(gathered):
            report(progress, "radiographs", number, len(gathered))
            radiograph = _read(one.image, read)
            if one.image_sha256 not in images:
                images[one.image_sha256] = _copied(one.image, folder, len(images) + 1)
            for place in (place for place in placed if place.pair == number):
                answer = one.answers[place.arm]
                study_map = _map_of(answer, radiograph, arms[place.arm])
                path = f"{MAPS}/map-{place.item}.json"
                write_json(folder / path, study_map.to_document())
                image = images[one.image_sha256]
                digest = sha256_of(folder / path)[0]
                name = f"{number + 1:04d}"
                cases.append(
                    StudyCase(
                        place.item, name, image, one.image_sha256, path, digest, one.phrase, place.turn, place.again
                    )
                )
                entries[place.item] = _entry(place.arm, answer, study_map, boxes.get((one.image.name, one.phrase)))
        report(progress, "radiographs", len(gathered), len(gathered))
        cases.sort(key=lambda case: case.item)
        sealed = StudyKey({name: vars(one.arm) for name, one in arms.items()}, entries).sealed()
        settings = dataclasses.replace(settings, key_sha256=hashlib.sha256(sealed).hexdigest())
        (folder / SETTINGS_FILE).write_text(settings.to_toml(), encoding="utf-8", errors="replace")
        (folder / CASES_FILE).write_text(cases_text(cases), encoding="utf-8", errors="replace")
        _write_key(key or folder / KEY_FILE, sealed)
    counts = {name: sum(entry.arm == name for entry in entries.values()) for name in arms}
    return MadeStudy(out, key or out / KEY_FILE, len(cases), len(images), counts, tuple(left_out))


def _arms(found: Sequence[Found]) -> dict[str, Found]:
    """One of each thing compared, by its name.

    Raises:
        StudyError: when two of one name are different things.
    """
    arms: dict[str, Found] = {}
    for one in found:
        known = arms.setdefault(one.arm.name, one)
        if known.arm.identity != one.arm.identity:
            raise StudyError(
                f"{known.arm.source} and {one.arm.source} hold answers of different models or recipes, and both are "
                f'called "{one.arm.name}". Name them: --from before={known.arm.source} --from after={one.arm.source}'
            )
    return arms


def _gather(found: Sequence[Found]) -> list[_Gathered]:
    """All answers by radiograph, whatever its file is called, and phrase."""
    digests: dict[Path, str] = {}
    pairs: dict[tuple[str, str], _Gathered] = {}
    for one in found:
        for answer in one.answers:
            if answer.image not in digests:
                digests[answer.image] = _digest(answer.image)
            sha256 = digests[answer.image]
            pair = pairs.setdefault((sha256, answer.phrase), _Gathered(answer.image, sha256, answer.phrase))
            if one.arm.name in pair.answers:
                raise StudyError(
                    f'"{answer.phrase}" on {answer.image} is answered twice by "{one.arm.name}". Give each folder of '
                    "results once, or name them: --from first=DIR --from second=DIR"
                )
            pair.answers[one.arm.name] = answer
    return sorted(pairs.values(), key=lambda pair: (str(pair.image), pair.phrase))


def _complete(pairs: Sequence[_Gathered], arms: Sequence[str]) -> tuple[list[_Gathered], list[str]]:
    complete = [pair for pair in pairs if len(pair.answers) == len(arms)]
    left_out = []
    for pair in pairs:
        missing = [arm for arm in arms if arm not in pair.answers]
        if missing:
            left_out.append(f'"{pair.phrase}" on {pair.image.name}: not answered by {", ".join(missing)}.')
    if not complete:
        raise StudyError(
            f"No radiograph and phrase is answered by all of {', '.join(arms)}. Ground the same phrases on the same "
            "radiographs with each of them."
        )
    return complete, left_out


@dataclass(frozen=True)
class _Place:
    """Where in the study the map of an arm stands; `pair` counts from 0."""

    item: str
    pair: int
    arm: str
    turn: int
    again: int


def _placed(pairs: Sequence[_Gathered], arms: Sequence[str], rng: np.random.Generator) -> list[_Place]:
    """Names, rounds and repeats, so that none of them tells an arm (`reading_order`)."""
    count = len(arms)
    order = rng.permutation(len(pairs))
    # A Latin square: in each round as many maps of every arm as of any other, but for what cannot be shared evenly.
    turn_of = {(int(pair), arm): (row + at) % count for row, pair in enumerate(order) for at, arm in enumerate(arms)}
    keys = list(turn_of)
    names = rng.permutation(len(keys))
    again = {
        (int(pair), arm): place * count + at
        for at, arm in enumerate(arms)
        for place, pair in enumerate(rng.permutation(len(pairs)))
    }
    return [
        _Place(f"{int(name) + 1:04d}", pair, arm, turn_of[pair, arm], again[pair, arm])
        for name, (pair, arm) in zip(names, keys, strict=True)
    ]


def _read(path: Path, read: ReadImage) -> Radiograph:
    try:
        return read(path)
    except RadiographError as error:
        raise StudyError(f"A radiograph cannot be shown to readers. {error}") from error


def _map_of(answer: FoundAnswer, radiograph: Radiograph, found: Found) -> StudyMap:
    """The map as readers see it; refuses one that is of another image."""
    frame = answer.frame or ModelFrame.of(radiograph, Recipe.from_dict(dict(found.arm.recipe)))
    uid = radiograph.identifiers.SOPInstanceUID
    is_another = bool(answer.sop_instance_uid and uid and answer.sop_instance_uid != uid)
    if is_another or frame.shape != radiograph.shape or answer.heatmap_frame.shape != (frame.size, frame.size):
        raise StudyError(
            f'The answer to "{answer.phrase}" in {found.arm.source} is about another image than {answer.image} is now. '
            "Ground it again, or put the right image there."
        )
    return StudyMap(answer.phrase, frame, answer.heatmap_frame)


def _entry(arm: str, answer: FoundAnswer, study_map: StudyMap, sample: Sample | None) -> KeyEntry:
    """What is known of a map, with its figures where only the boxes are known."""
    figures, truth, boxes = dict(answer.metrics), answer.truth, answer.boxes
    pathology = answer.pathology
    if sample is not None:
        boxes, truth, pathology = sample.boxes, 1, pathology or sample.pathology
        if not figures:
            soft = None if answer.soft_frame is None else study_map.frame.to_radiograph(answer.soft_frame)
            scored = score_sample(sample, study_map.frame.to_radiograph(answer.heatmap_frame), soft)
            figures = {name: float(value) for name, value in scored.figures.items() if np.isfinite(value)}
    return KeyEntry(
        arm, pathology or _pathology(answer.phrase), figures, answer.verdict, truth, boxes, str(answer.image)
    )


def _pathology(phrase: str) -> str:
    """Of the first finding that a phrase names; "" where none is known."""
    return next((finding.pathology for finding in read_sentence(phrase).findings), "")


def _samples_of(truth: Dataset | None) -> dict[tuple[str, str], Sample]:
    """By the file's name, without its folder, and the phrase."""
    samples: dict[tuple[str, str], Sample] = {}
    for sample in () if truth is None else truth.samples:
        if isinstance(sample.image, Path):
            samples[sample.image.name, sample.phrase] = sample
    return samples


def _copied(image: Path, folder: Path, number: int) -> str:
    suffix = "".join(one for one in image.suffixes[-2:] if one.lower() in (".nii", ".gz")) or image.suffix
    name = f"{IMAGES}/image-{number:04d}{suffix.lower()}"
    try:
        shutil.copyfile(image, folder / name)
    except OSError as error:
        raise StudyError(f"{image} cannot be copied into the study ({reason(error)}).") from error
    return name


def _digest(image: Path) -> str:
    try:
        return sha256_of(image)[0]
    except OSError as error:
        raise StudyError(f"The radiograph {image} cannot be read ({reason(error)}). Put it back.") from error


@contextmanager
def _gone_after_an_error(path: Path | None) -> Iterator[None]:
    """Leave no key outside of the folder of a study that was not made."""
    was_there = path is None or path.exists()
    try:
        yield
    except BaseException:
        if path is not None and not was_there:
            path.unlink(missing_ok=True)
        raise


def _write_key(path: Path, sealed: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(sealed)
    except FileExistsError as error:
        raise StudyError(f"{path} is there already. Name another file for the key.") from error
    except OSError as error:
        raise StudyError(f"The key cannot be written to {path} ({reason(error)}). Choose another place.") from error
