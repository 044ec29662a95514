"""What the objects hold: the answer to the pixel, in the file's own study, said to be for research only."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.dataset import Dataset
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr._concepts_dict import concepts
from pydicom.uid import UID

from cxr_grounding.answers.dicom import codes as table
from cxr_grounding.answers.dicom.objects import dicom_objects
from cxr_grounding.errors import OutputError
from cxr_grounding.pathologies import Pathology
from cxr_grounding.reported import ReportedFinding

EFFUSION, HEART, HERNIA = "small left pleural effusion", "cardiomegaly", "hiatal hernia"


def reread(made: Dataset) -> Dataset:
    """An object as another program gets it."""
    written = io.BytesIO()
    made.save_as(written, enforce_file_format=True)
    written.seek(0)
    return pydicom.dcmread(written)


def texts_of(report: Dataset) -> list[str]:
    """The texts of a report's measurement groups, but for their names."""
    groups = report.ContentSequence[-2].ContentSequence
    items = [item for group in groups for item in group.ContentSequence if item.ValueType == "TEXT"]
    return [item.TextValue for item in items if item.RelationshipType == "CONTAINS"]


@pytest.fixture
def segmentation(source: Callable, found: Callable) -> Callable[..., tuple[Dataset, list[ReportedFinding]]]:
    """A segmentation of three phrases, read back, and what it was made of."""

    def make(kind: str = "BINARY") -> tuple[Dataset, list[ReportedFinding]]:
        image = source("CR", PixelSpacing=["0.2", "0.2"])
        apart = kind == "LABELMAP"
        answers = [found(image, EFFUSION), found(image, HEART, 45 if apart else 15), found(image, HERNIA, 30)]
        (made,) = dicom_objects(image, answers[:2] if apart else answers, kinds=["seg"], segmentation=kind)
        return reread(made), answers

    return make


def test_the_mask_is_the_answers_pixel_by_pixel_for_every_reader(segmentation: Callable, saved_as: Callable) -> None:
    made, answers = segmentation()
    expected = np.stack([answer.region for answer in answers])
    assert expected.sum() > 1000
    np.testing.assert_array_equal(made.pixel_array.astype(bool), expected)
    path = saved_as(made)
    about = [answers[0].identifiers.SOPInstanceUID]
    by_highdicom = highdicom.seg.segread(path).get_pixels_by_source_instance(about)
    np.testing.assert_array_equal(np.moveaxis(by_highdicom[0], -1, 0), expected)
    image = SimpleITK.ReadImage(str(path))
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image) > 0, expected)


def test_a_fractional_segmentation_holds_the_heat(segmentation: Callable) -> None:
    made, answers = segmentation("FRACTIONAL")
    heat = np.stack([np.nan_to_num(answer.heatmap) for answer in answers])
    np.testing.assert_array_equal(made.pixel_array, np.around(heat * 255).astype(np.uint8))
    assert (made.SegmentationFractionalType, made.MaximumFractionalValue) == ("PROBABILITY", 255)


def test_a_label_map_holds_numbers_and_refuses_places_that_two_phrases_point_at(
    segmentation: Callable, source: Callable, found: Callable
) -> None:
    made, answers = segmentation("LABELMAP")
    expected = np.where(answers[0].region, 1, np.where(answers[1].region, 2, 0))
    np.testing.assert_array_equal(made.pixel_array, expected)
    image = source()
    with pytest.raises(OutputError, match="point at the same place"):
        dicom_objects(image, [found(image), found(image, HEART)], kinds=["seg"], segmentation="LABELMAP")


def test_a_phrase_that_points_nowhere_has_its_frame_all_the_same(source: Callable, found: Callable) -> None:
    image = source()
    nothing = ReportedFinding.of(found(image))
    object.__setattr__(nothing, "heatmap", np.zeros_like(nothing.heatmap))
    object.__setattr__(nothing, "regions", ())
    seg, sr = map(reread, dicom_objects(image, [nothing], kinds=["seg", "sr"]))
    assert seg.NumberOfFrames == 1
    assert not seg.pixel_array.any()
    groups = highdicom.sr.ComprehensiveSR.from_dataset(sr).content.get_image_measurement_groups()
    assert len(groups) == 1


@pytest.mark.parametrize("directions", [["L", "F"], ["R", "F"], ["R", "H"], ["F", "L"], ["H", "R"]])
@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
def test_the_pixels_lie_on_those_of_the_file_however_it_is_turned(
    directions: list[str], polarity: str, grounder: Any, dicom: Callable[..., Path]
) -> None:
    from cxr_grounding.reading.read_image import read_image

    y, x = np.indices((80, 100))
    pixels = (x * 30 + y * 9 + 50 * (x > 60)).astype(np.uint16)
    elements = {"PatientOrientation": directions, "PhotometricInterpretation": polarity, "PatientName": "A^B"}
    file = dicom(pixels, bits=16, **elements)
    grounder.set_radiograph(read_image(file))
    answer = grounder.ground("left effusion")
    source = pydicom.dcmread(file)
    seg, sr = map(reread, dicom_objects(source, [answer], kinds=["seg", "sr"]))
    np.testing.assert_array_equal(seg.pixel_array.astype(bool), answer.region)
    assert list(seg.PatientOrientation) == directions
    assert (seg.Rows, seg.Columns) == (source.Rows, source.Columns)
    (first, *_) = highdicom.sr.ComprehensiveSR.from_dataset(sr).content.get_planar_roi_measurement_groups()
    corners = first.roi.value
    box = answer.boxes[0]
    assert (corners.min(axis=0) == (box.x, box.y)).all()
    assert (corners.max(axis=0) == (box.x + box.width, box.y + box.height)).all()


def test_patient_and_study_are_those_of_the_radiograph(source: Callable, found: Callable, pictures: Callable) -> None:
    image = source()
    for made in map(reread, dicom_objects(image, [found(image)], pictures=pictures(1))):
        for keyword in (
            "PatientName",
            "PatientID",
            "PatientBirthDate",
            "PatientSex",
            "StudyInstanceUID",
            "StudyDate",
            "StudyTime",
            "StudyID",
            "StudyDescription",
            "AccessionNumber",
            "ReferringPhysicianName",
        ):
            assert made[keyword].value == image[keyword].value, keyword
        assert made.SeriesInstanceUID != image.SeriesInstanceUID
        assert made.SpecificCharacterSet == "ISO_IR 192"


def test_a_demonstration_and_research_use_are_said_where_viewers_show_it(
    source: Callable, found: Callable, pictures: Callable
) -> None:
    image = source()
    seg, sr, sc = map(reread, dicom_objects(image, [found(image)], pictures=pictures(1)))
    assert [one.SeriesDescription for one in (seg, sr, sc)] == [
        f"Demonstration, research use only: CXRGrounding {what}" for what in ("regions", "report", "pictures")
    ]
    assert (seg.ContentLabel, seg.ContentDescription[:17]) == ("DEMO RESEARCH", "Research use only")
    assert "DEMONSTRATION MODEL" in sc.ImageComments
    assert (sc.BurnedInAnnotation, sc.ConversionType) == ("YES", "WSD")
    assert "burned-in text" in sc.DerivationDescription
    np.testing.assert_array_equal(sc.pixel_array, pictures(1)[0])


def test_a_segment_says_phrase_code_place_side_model_and_recipe(segmentation: Callable) -> None:
    made, answers = segmentation()
    effusion, heart, hernia = made.SegmentSequence
    assert [one.SegmentLabel for one in made.SegmentSequence] == [EFFUSION, HEART, HERNIA]
    types = [one.SegmentedPropertyTypeCodeSequence[0].CodeValue for one in made.SegmentSequence]
    assert types == ["60046008", "8186001", "111099"]
    region = effusion.AnatomicRegionSequence[0]
    assert (region.CodeMeaning, region.AnatomicRegionModifierSequence[0].CodeMeaning) == ("Pleura", "Left")
    assert heart.AnatomicRegionSequence[0].CodeMeaning == "Heart"
    algorithm = hernia.SegmentationAlgorithmIdentificationSequence[0]
    assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == ("tiny", "1")
    assert '"steps": 300' in algorithm.AlgorithmParameters
    assert effusion.SegmentDescription.splitlines()[:2] == [EFFUSION, str(answers[0].verdict)]


def test_the_side_of_a_phrase_that_names_none_is_that_where_it_was_best_explained(
    source: Callable, found: Callable
) -> None:
    image = source()
    answer = dataclasses.replace(found(image, "pleural effusion"), asked="moderate right pleural effusion")
    seg, sr = map(reread, dicom_objects(image, [answer], kinds=["seg", "sr"]))
    segment = seg.SegmentSequence[0]
    assert segment.SegmentLabel == "pleural effusion"
    assert segment.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeMeaning == "Right"
    assert "Asked in its stead: moderate right pleural effusion" in segment.SegmentDescription.splitlines()
    assert "moderate right pleural effusion" in texts_of(sr)


def test_a_denied_finding_is_not_coded_as_one() -> None:
    assert table.coded("no pneumothorax").finding is None
    assert table.coded("atelectasis and effusion").finding is None
    assert table.coded("possible right pneumothorax") == (
        table.FINDINGS[Pathology.PNEUMOTHORAX].code,
        table.PLEURA.code,
        table.SIDES[table.Laterality.RIGHT].code,
    )


def test_every_code_that_names_a_context_group_stands_in_it() -> None:
    verified = [*table.FINDINGS.values(), *table.SIDES.values(), *table.SITES.values()]
    verified += [table.CHEST, table.ABNORMAL_STRUCTURE, table.RELATIONAL_CONCEPT, table.SELECTED_REGION]
    verified.append(table.PLAIN_RADIOGRAPHY)
    assert len([one for one in verified if one.where.startswith("CID")]) > 15
    for code, where in verified:
        if where == table.PUBLIC:
            continue
        names = cid_concepts[int(where.removeprefix("CID "))][code.scheme_designator]
        values = {value for name in names for value in concepts[code.scheme_designator][name]}
        assert code.value in values, (code, where)
    assert table.FINDINGS[Pathology.CARDIOMEGALY].code.value != "287272002", "that one is of foetal hearts"


def test_uids_are_new_at_each_export_and_the_same_when_they_shall_be_stable(
    source: Callable, found: Callable, pictures: Callable
) -> None:
    image = source()

    def uids(answer: ReportedFinding, **how: Any) -> list[str]:
        made = dicom_objects(image, [answer], pictures=pictures(1), **how)
        return [value for one in made for value in (one.SeriesInstanceUID, one.SOPInstanceUID)]

    answer = found(image)
    first, second = uids(answer), uids(answer)
    assert len({*first, *second}) == 12
    stable = uids(answer, stable_uids=True)
    assert len({*stable}) == 6
    assert all(UID(uid).is_valid for uid in (*first, *stable))
    assert uids(answer, stable_uids=True) == stable
    assert not {*uids(found(image, at=11), stable_uids=True)} & {*stable}, "another content is another object"


def test_a_segment_and_its_group_in_the_report_have_one_tracking_uid(source: Callable, found: Callable) -> None:
    image = source()
    seg, sr = map(reread, dicom_objects(image, [found(image)], kinds=["seg", "sr"]))
    groups = highdicom.sr.ComprehensiveSR.from_dataset(sr).content.get_planar_roi_measurement_groups()
    assert groups[0].tracking_uid == seg.SegmentSequence[0].TrackingUID
    assert [group.tracking_identifier for group in groups] == [EFFUSION, EFFUSION]
    assert len(groups) == len(found(image).regions) == 2


@pytest.mark.parametrize("phrase", ["左胸水 \\ left", "Größe: œdème", "a" * 500, 'with "quotes" & <tags>'])
def test_any_phrase_stands_in_the_report_to_the_letter(source: Callable, found: Callable, phrase: str) -> None:
    image = source()
    seg, sr = map(reread, dicom_objects(image, [found(image, phrase)], kinds=["seg", "sr"]))
    assert phrase in texts_of(sr)
    assert len(seg.SegmentSequence[0].SegmentLabel) <= 64
    assert isinstance(seg.SegmentSequence[0].SegmentLabel, str), "a backslash parts a label into two"


@pytest.mark.parametrize(
    ("elements", "sentence"),
    [
        ({"SOPInstanceUID": None}, "SOPInstanceUID is missing"),
        ({"StudyInstanceUID": "no uid"}, "StudyInstanceUID is 'no uid', which is no UID"),
        ({"SeriesInstanceUID": "1.2.03"}, "SeriesInstanceUID is '1.2.03', which is no UID"),
        ({"NumberOfFrames": "3"}, "holds 3 frames"),
        ({"Rows": 91}, "another size"),
    ],
)
def test_a_radiograph_that_no_object_can_refer_to_is_refused(
    source: Callable, found: Callable, elements: dict[str, Any], sentence: str
) -> None:
    answer = found(source())
    with pytest.raises(OutputError, match=sentence):
        dicom_objects(source(**elements), [answer], kinds=["seg"])


def test_another_image_than_the_one_that_was_grounded_is_refused(source: Callable, found: Callable) -> None:
    answer = found(source())
    with pytest.raises(
        OutputError, match=r'"small left pleural effusion" was grounded on the image .*, and not on 1\.2\.3'
    ):
        dicom_objects(source(SOPInstanceUID="1.2.3"), [answer], kinds=["seg"])


def test_where_highdicom_is_missing_a_sentence_says_so(
    source: Callable, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxr_grounding.answers.dicom.objects.find_spec", lambda name: None)
    image = source()
    with pytest.raises(OutputError, match="pip install highdicom"):
        dicom_objects(image, [found(image)], kinds=["seg"])
