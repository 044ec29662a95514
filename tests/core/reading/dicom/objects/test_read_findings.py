"""Findings that come back: this program's to the pixel, others' boxes, and damaged objects in a sentence."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import highdicom.sr as hd
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import RLELossless, generate_uid

from cxr_grounding.answers.dicom.objects import dicom_objects
from cxr_grounding.answers.dicom.source_header import source_header
from cxr_grounding.errors import RadiographError
from cxr_grounding.evidence import Evidence
from cxr_grounding.maps import find_regions
from cxr_grounding.radiograph import Box, Identifiers, Radiograph
from cxr_grounding.reading.dicom.objects.read_findings import read_findings
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.recipe import ModelIdentity, Recipe
from cxr_grounding.reported import ReportedFinding, phrase_of
from cxr_grounding.verdict import Verdict, VerdictKind

MODEL = ModelIdentity("tiny", "1", "DEMONSTRATION MODEL. Research use only.", demonstration=True)
VERDICT = Verdict(VerdictKind.OTHER_SIDE, ("The other side explains more.",))
PHRASES = ("左胸水 left pleural effusion", "cardiomegaly")


@pytest.fixture
def image(dicom: Callable[..., Path]) -> Path:
    pixels = np.arange(80 * 100, dtype=np.uint16).reshape(80, 100)
    return dicom(pixels, "CR", bits=16, PatientName="A^B", ImagerPixelSpacing=["0.2", "0.4"])


@pytest.fixture
def radiograph(image: Path) -> Radiograph:
    return read_image(image)


@pytest.fixture
def findings(radiograph: Radiograph) -> list[ReportedFinding]:
    found = []
    for number, phrase in enumerate(PHRASES):
        heat = np.zeros(radiograph.shape, np.float32)
        heat[10 + number : 30, 5:25] = 0.5
        heat[50:60, 40 : 44 + number] = 1
        found.append(
            ReportedFinding(
                phrase_of(phrase),
                heat,
                tuple(find_regions(heat)),
                MODEL,
                Identifiers(SOPInstanceUID=radiograph.identifiers.SOPInstanceUID),
                Recipe().as_dict(),
                Evidence(0.25, -0.5, None, (), (1,), ()),
                VERDICT,
            )
        )
    return found


@pytest.fixture
def write(image: Path, findings: list[ReportedFinding], tmp_path: Path) -> Callable[..., Path]:
    """Writes a segmentation or a report of the findings and gives its path."""

    def make(kind: str, **how: str) -> Path:
        (made,) = dicom_objects(pydicom.dcmread(image), findings, kinds=[kind], **how)
        path = tmp_path / f"{kind}.dcm"
        made.save_as(path, enforce_file_format=True)
        return path

    return make


def changed(path: Path, change: Callable[[Dataset], object]) -> Path:
    """The object with something else in it."""
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)
    return path


def test_a_segmentation_of_this_program_comes_back_to_the_pixel(write, radiograph, findings) -> None:
    back = read_findings(write("seg"), radiograph)
    for one, other in zip(findings, back, strict=True):
        np.testing.assert_array_equal(one.region, other.region)
        assert other.phrase.text == one.phrase.text
        assert (other.model, other.verdict, other.recipe) == (MODEL, VERDICT, one.recipe)
        assert sorted(other.boxes, key=str) == sorted(one.boxes, key=str)
        assert other.identifiers.SOPInstanceUID == radiograph.identifiers.SOPInstanceUID


def test_a_fractional_one_brings_its_heat(write, radiograph, findings) -> None:
    back = read_findings(write("seg", segmentation="FRACTIONAL"), radiograph)
    for one, other in zip(findings, back, strict=True):
        np.testing.assert_allclose(other.heatmap, one.heatmap, atol=0.5 / 255 + 1e-6)


def test_a_report_of_this_program_comes_back_with_boxes_evidence_and_verdict(write, radiograph, findings) -> None:
    back = read_findings(write("sr"), radiograph)
    for one, other in zip(findings, back, strict=True):
        assert [(region.box, region.strength) for region in other.regions] == [
            (region.box, region.strength) for region in one.regions
        ]
        assert (other.phrase.text, other.model, other.verdict) == (one.phrase.text, MODEL, VERDICT)
        assert other.evidence is not None
        assert (other.evidence.explained, other.evidence.contested) == (0.25, -0.5)
        np.testing.assert_array_equal(other.heatmap[10:30, 5:25].max(), 0.5)


def test_boxes_of_another_programs_report_come_back_as_far_as_they_lie_on_the_image(
    image: Path, radiograph: Radiograph, findings: list[ReportedFinding], tmp_path: Path
) -> None:
    header = source_header(pydicom.dcmread(image), findings)
    source = hd.SourceImageForRegion(header.SOPClassUID, header.SOPInstanceUID)
    another = copy.deepcopy(header)
    another.SOPInstanceUID = generate_uid()
    elsewhere = hd.SourceImageForRegion(another.SOPClassUID, another.SOPInstanceUID)
    shapes = [
        ("nodule", "POLYLINE", [[10, 20], [30, 20], [30, 50], [10, 50], [10, 20]], source),
        ("circle", "CIRCLE", [[50, 40], [50, 45]], source),
        ("over the edge", "POLYLINE", [[90, 70], [130, 70], [130, 99], [90, 99], [90, 70]], source),
        ("a point", "POINT", [[3, 4]], source),
        ("on another image", "CIRCLE", [[50, 40], [50, 45]], elsewhere),
    ]
    groups = [
        hd.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=hd.TrackingIdentifier(uid=generate_uid(), identifier=name),
            referenced_region=hd.ImageRegion(kind, np.array(points, np.float32), where),
            finding_type=codes.SCT.Nodule,
        )
        for name, kind, points, where in shapes
    ]
    observer = hd.DeviceObserverIdentifyingAttributes(uid=generate_uid())
    context = hd.ObservationContext(observer_device_context=hd.ObserverContext(codes.DCM.Device, observer))
    report = hd.MeasurementReport(context, codes.SCT.PlainRadiography, groups)
    made = hd.ComprehensiveSR(
        [header, another], report[0], generate_uid(), 1, generate_uid(), 1, manufacturer="Other Company"
    )
    path = tmp_path / "other.dcm"
    made.save_as(path, enforce_file_format=True)
    back = read_findings(path, radiograph)
    assert [(one.phrase.text, one.boxes) for one in back] == [
        ("nodule", [Box(10, 20, 20, 30)]),
        ("circle", [Box(45, 35, 10, 10)]),
        ("over the edge", [Box(90, 70, 10, 10)]),
    ]
    assert {(one.model.name, one.model.label, one.verdict) for one in back} == {
        ("Other Company", "Read from a DICOM object of Other Company.", None)
    }
    assert back[0].region.sum() == 600


@pytest.mark.parametrize("kind", ["seg", "sr"])
def test_an_object_about_another_image_is_refused(write, radiograph, dicom, kind: str) -> None:
    path = write(kind)
    other = read_image(dicom(np.arange(8000, dtype=np.uint16).reshape(80, 100), SOPInstanceUID="1.2.3"))
    with pytest.raises(RadiographError, match=r"about another image than this radiograph \(.*, not 1\.2\.3\)"):
        read_findings(path, other)


def test_a_radiograph_that_is_no_dicom_file_has_no_objects(write, radiograph: Radiograph) -> None:
    with pytest.raises(RadiographError, match="The radiograph is no DICOM file"):
        read_findings(write("seg"), Radiograph(radiograph.pixels))


def test_what_is_no_finding_is_refused(image: Path, radiograph: Radiograph, tmp_path: Path) -> None:
    with pytest.raises(RadiographError, match="is no finding but Computed Radiography Image Storage"):
        read_findings(image, radiograph)
    text = tmp_path / "text.dcm"
    text.write_text("no DICOM at all, but long enough to be looked at. " * 9)
    with pytest.raises(RadiographError, match="is not a DICOM file"):
        read_findings(text, radiograph)
    with pytest.raises(RadiographError, match="There is no file"):
        read_findings(tmp_path / "missing.dcm", radiograph)


def test_a_compressed_segmentation_is_refused(write, radiograph: Radiograph) -> None:
    """It would have to pass a decoder."""
    path = write("seg", segmentation="FRACTIONAL")
    with pytest.raises(RadiographError, match="is compressed"):
        read_findings(changed(path, lambda made: made.compress(RLELossless)), radiograph)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda made: setattr(made, "Rows", 79), "The segmentation has 100 x 79 pixels"),
        (lambda made: setattr(made, "NumberOfFrames", 4000), "4000 frames"),
        (lambda made: setattr(made, "NumberOfFrames", 100), "was cut off"),
        (lambda made: setattr(made, "BitsAllocated", 32), "frames of 32 bits"),
        (lambda made: delattr(made, "SegmentSequence"), "is damaged or cut off"),
        (lambda made: delattr(made, "PixelData"), "is damaged or cut off"),
        (lambda made: setattr(made, "PixelData", bytes(len(made.PixelData))), "holds no region on this radiograph"),
    ],
)
def test_a_damaged_segmentation_is_refused_in_a_sentence(write, radiograph, change, sentence: str) -> None:
    with pytest.raises(RadiographError, match=sentence):
        read_findings(changed(write("seg"), change), radiograph)


@pytest.mark.parametrize("kind", ["seg", "sr"])
def test_an_object_that_was_cut_anywhere_is_refused_or_read(write, radiograph, kind: str) -> None:
    """Whatever is left of it: never another kind of error."""
    path, refused = write(kind), 0
    whole = path.read_bytes()
    for end in range(140, len(whole) - 1, max(len(whole) // 60, 1)):
        path.write_bytes(whole[:end])
        try:
            read_findings(path, radiograph)
        except RadiographError:
            refused += 1
    assert refused > 20


def test_bytes_that_were_changed_anywhere_are_no_other_error(write, radiograph) -> None:
    generator = np.random.default_rng(5)
    for kind in ("seg", "sr"):
        path = write(kind)
        whole = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(60):
            damaged = whole.copy()
            places = generator.integers(132, len(damaged), 8)
            damaged[places] = generator.integers(0, 256, 8)
            path.write_bytes(damaged.tobytes())
            try:
                read_findings(path, radiograph)
            except RadiographError:
                continue
