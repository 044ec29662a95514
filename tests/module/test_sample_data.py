"""The samples in Slicer's Sample Data module, whose place a double with the same signatures takes."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import urlretrieve

import pytest
import slicer
from PIL import Image

from cxr_grounding import read_image, split_report
from CXRGroundingLib import sample_data
from CXRGroundingLib.logic import GroundingLogic

RESOURCES = Path(sample_data.__file__).parents[1] / "Resources"


class SampleDataSource:
    """Slicer's, for sources with one file: it keeps lists, and takes its own copy of nothing."""

    def __init__(self, **fields: Any) -> None:
        for name, value in fields.items():
            several = name in {"uris", "fileNames", "nodeNames", "loadFiles", "loadFileTypes", "checksums"}
            setattr(self, name, [value] if several else value)


class SampleDataLogic:
    """Slicer 5.12's: the same parameters with the same defaults."""

    sources: dict[str, list[SampleDataSource]]
    titles: dict[str, str]

    @classmethod
    def registerCustomSampleDataCategory(cls, category, title):
        cls.titles[category] = title

    @classmethod
    def registerCustomSampleDataSource(
        cls,
        category="Custom",
        sampleName=None,
        uris=None,
        fileNames=None,
        nodeNames=None,
        customDownloader=None,
        thumbnailFileName=None,
        loadFileTypes=None,
        loadFiles=None,
        loadFileProperties={},  # noqa: B006 - as in Slicer: what callers must not rely on
        checksums=None,
        loadFileType=None,
    ):
        if loadFileType is not None:
            raise ValueError("loadFileType is deprecated")
        fields = {name: value for name, value in locals().items() if name not in {"cls", "category", "loadFileType"}}
        cls.sources.setdefault(category, []).append(SampleDataSource(**fields))


@pytest.fixture
def sampleData(monkeypatch: pytest.MonkeyPatch, untranslated: None) -> type[SampleDataLogic]:
    """The logic of the Sample Data module, with nothing registered."""
    logic = type("SampleDataLogic", (SampleDataLogic,), {"sources": {}, "titles": {}})
    module = ModuleType("SampleData")
    module.SampleDataLogic = logic
    monkeypatch.setitem(sys.modules, "SampleData", module)
    return logic


@pytest.fixture
def sources(sampleData: type[SampleDataLogic]) -> list[SampleDataSource]:
    """What the module registers."""
    sample_data.registerSampleData(str(RESOURCES))
    (registered,) = sampleData.sources.values()
    return registered


@pytest.fixture
def doorway(monkeypatch: pytest.MonkeyPatch, scene: Any) -> None:
    """`CXRGrounding.py` as the samples see it."""
    module = ModuleType("CXRGrounding")
    module.CXRGroundingLogic = GroundingLogic
    monkeypatch.setitem(sys.modules, "CXRGrounding", module)


def test_three_samples_are_registered_under_the_modules_category(
    sampleData: type[SampleDataLogic], sources: list[SampleDataSource]
) -> None:
    assert [source.sampleName for source in sources] == [sample.name for sample in sample_data.SAMPLES]
    assert list(sampleData.sources) == list(sampleData.titles) == ["CXRGrounding"]


def test_where_sample_data_is_disabled_nothing_is_registered_and_slicer_starts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "SampleData", None)  # as Python marks what cannot be imported
    with caplog.at_level("INFO"):
        sample_data.registerSampleData(RESOURCES)
    assert "Sample Data module is disabled" in caplog.text


def test_slicers_before_5_12_have_no_titles_for_categories(
    sampleData: type[SampleDataLogic], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(SampleDataLogic, "registerCustomSampleDataCategory")
    sample_data.registerSampleData(RESOURCES)
    assert len(sampleData.sources["CXRGrounding"]) == 3
    assert sampleData.titles == {}


def test_every_shipped_radiograph_is_registered_with_its_report_and_picture(sources: list[SampleDataSource]) -> None:
    assert sorted(source.fileNames[0] for source in sources) == sorted(
        path.name for path in (RESOURCES / "SampleData").glob("*.dcm")
    )
    for source in sources:
        report = (RESOURCES / "SampleData" / source.fileNames[0]).with_suffix(".txt").read_text(encoding="utf-8")
        assert len(split_report(report)) >= 2
        with Image.open(source.thumbnailFileName) as picture:
            assert picture.size == (260, 280)


def test_a_download_copies_the_shipped_file_and_agrees_with_the_checksum(
    sources: list[SampleDataSource], tmp_path: Path
) -> None:
    for source in sources:
        assert source.uris[0].startswith("file://")
        copy, _ = urlretrieve(source.uris[0], tmp_path / source.fileNames[0])  # as Sample Data does
        assert source.checksums == ["SHA256:" + sha256(Path(copy).read_bytes()).hexdigest()]


def test_the_samples_share_no_properties_that_a_reader_writes_to(sources: list[SampleDataSource]) -> None:
    assert [source.loadFileProperties for source in sources] == [{"singleFile": True}] * 3
    assert len({id(source.loadFileProperties) for source in sources}) == 3


def test_the_samples_are_synthetic_and_say_so(sources: list[SampleDataSource]) -> None:
    for source in sources:
        radiograph = read_image(RESOURCES / "SampleData" / source.fileNames[0])
        assert "phantom" in source.sampleName
        assert b"CXRGrounding phantom, not a patient" in (RESOURCES / "SampleData" / source.fileNames[0]).read_bytes()
        assert min(radiograph.pixels.shape) == 448


def test_the_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in (RESOURCES / "SampleData").iterdir()) < 1_500_000


@pytest.mark.usefixtures("doorway")
def test_a_click_loads_the_shipped_file_where_it_lies(sources: list[SampleDataSource]) -> None:
    for source in sources:
        (volumeNode,) = source.customDownloader(source)
        assert volumeNode.GetClassName() == "vtkMRMLScalarVolumeNode"
        assert volumeNode.GetName() == source.nodeNames[0]
        file = Path(volumeNode.GetStorageNode().GetFullNameFromFileName())
        assert file.samefile(RESOURCES / "SampleData" / source.fileNames[0])


@pytest.mark.usefixtures("doorway")
def test_a_damaged_sample_gives_a_message_and_no_node(
    sources: list[SampleDataSource], scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(slicer.util, "errorDisplay", shown.append)
    damaged = tmp_path / "a sample with a space.dcm"
    damaged.write_bytes((RESOURCES / "SampleData" / sources[0].fileNames[0]).read_bytes()[:50_000])
    sources[0].uris = [damaged.as_uri()]
    assert sources[0].customDownloader(sources[0]) == []
    assert len(shown) == 1
    assert "a sample with a space.dcm" in shown[0]
    assert scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
