"""What others say of the objects: dciodvfy finds no error in them, and dsrdump prints the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from cxr_grounding.answers.dicom.objects import dicom_objects
from cxr_grounding.reported import ReportedFinding

LONG = "a very long phrase about the left costophrenic angle and what lies behind it, " * 6
JAPANESE = "左胸水の貯留 \\ left pleural effusion"

SOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "CR": ("CR", {}),
    "CR with PixelSpacing": ("CR", {"PixelSpacing": ["0.2", "0.2"]}),
    "CR, MONOCHROME1": ("CR", {"PhotometricInterpretation": "MONOCHROME1"}),
    "DX": ("DX", {}),
    "DX in a frame of reference": ("DX", {"FrameOfReferenceUID": generate_uid(entropy_srcs=["frame"])}),
    "SC": ("SC", {"ImagerPixelSpacing": None}),
    "SC in a frame of reference": ("SC", {"FrameOfReferenceUID": generate_uid(entropy_srcs=["frame"])}),
    "without a patient": ("CR", dict.fromkeys(("PatientName", "PatientID", "PatientBirthDate", "PatientSex"))),
    "without a study": ("DX", dict.fromkeys(("StudyDate", "StudyTime", "StudyID", "AccessionNumber"))),
    "with nonsense": ("CR", {"PatientBirthDate": "1950", "StudyTime": "noon", "PatientSex": "X", "Modality": "cr\\x"}),
    "without orientation": ("CR", {"PatientOrientation": None}),
    "in Japanese": ("CR", {"SpecificCharacterSet": ["", "ISO 2022 IR 87"], "PatientName": "Yamada^Tarou=山田^太郎"}),
}
PHRASES: dict[str, list[str]] = {
    "one": ["small left pleural effusion"],
    "none of the eight": ["hiatal hernia", "no pneumothorax"],
    "long": [LONG],
    "Japanese": [JAPANESE],
    "twelve": [f"opacity number {number} on the right" for number in range(12)],
}


def errors(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("Error")]


def check(made: list[Dataset], judge: Callable, saved_as: Callable[[Dataset], Path]) -> None:
    for one in made:
        path = saved_as(one)
        said = judge(["dciodvfy", path])
        assert errors(said) == [], said
        if one.Modality == "SR":
            printed = judge(["dsrdump", "+Pl", "+Pc", path])
            assert "Comprehensive SR Document" in printed
            assert "E: " not in printed
            assert printed.count('(125007,DCM,"Measurement Group")') == printed.count("SCOORD")


@pytest.mark.parametrize("name", SOURCES)
def test_objects_of_every_source_are_without_error(
    name: str, source: Callable, found: Callable[..., ReportedFinding], pictures: Callable, judge, saved_as
) -> None:
    kind, elements = SOURCES[name]
    image = source(kind, **elements)
    check(dicom_objects(image, [found(image)], pictures=pictures(1)), judge, saved_as)


@pytest.mark.parametrize("name", PHRASES)
def test_objects_of_every_phrase_are_without_error(
    name: str, source: Callable, found: Callable[..., ReportedFinding], pictures: Callable, judge, saved_as
) -> None:
    image = source("DX")
    answers = [found(image, phrase, at=5 + number) for number, phrase in enumerate(PHRASES[name])]
    check(dicom_objects(image, answers, pictures=pictures(len(answers))), judge, saved_as)


def test_a_fractional_segmentation_is_without_error(source: Callable, found: Callable, judge, saved_as) -> None:
    image = source("DX")
    check(dicom_objects(image, [found(image)], kinds=["seg"], segmentation="FRACTIONAL"), judge, saved_as)


def test_the_printed_report_says_phrase_finding_side_verdict_and_research_use_only(
    source: Callable, found: Callable, judge, saved_as
) -> None:
    image = source("CR")
    (report,) = dicom_objects(image, [found(image)], kinds=["sr"])
    printed = judge(["dsrdump", "+Pl", "+Pc", saved_as(report)])
    for said in (
        '(112039,DCM,"Tracking Identifier")="small left pleural effusion"',
        '(121071,DCM,"Finding")=(60046008,SCT,"Pleural effusion")',
        '(363698007,SCT,"Finding Site")=(3120008,SCT,"Pleura")',
        '(272741003,SCT,"Laterality")=(7771000,SCT,"Left")',
        '(verdict,99CXRG,"Verdict")=(doubt,99CXRG,"in doubt")',
        '(contested,99CXRG,"Evidence against rivals, a rank")="-0.5"',
        '(phrase,99CXRG,"Phrase")="small left pleural effusion"',
        '(111001,DCM,"Algorithm Name")="tiny"',
        "Research use only, not for diagnosis.",
        "Verification Flag   : UNVERIFIED",
        "POLYLINE",
    ):
        assert said in printed, printed
