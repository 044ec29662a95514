"""What modules offer as samples, and what a click on one does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import slicer

from cxr_grounding_desktop.slicer_stand_in.host import Host
from cxr_grounding_desktop.slicer_stand_in.slicer_names.sample_data import (
    SampleDataSource,
    load_sample,
    samples_by_title,
)


def samples() -> dict[str, list[SampleDataSource]]:
    import SampleData

    return samples_by_title(SampleData)


def register(**changes: Any) -> None:
    import SampleData

    source = {"category": "Chests", "sampleName": "One", "uris": "file:///one.dcm", "fileNames": "one.dcm"}
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        **{**source, "nodeNames": "one", "customDownloader": id, **changes}
    )


def test_at_first_there_is_nothing(host_names: Host) -> None:
    assert samples() == {}


def test_the_module_offers_its_phantoms_under_a_title(host: Host) -> None:
    ((title, sources),) = samples().items()
    assert title == "CXRGrounding: synthetic chest radiographs"
    assert [source.sampleName for source in sources] == [
        "Chest phantom (pneumothorax, effusion)",
        "Chest phantom (pneumothorax, consolidation)",
        "Chest phantom (enlarged heart, effusion)",
    ]
    for source in sources:
        assert source.sampleDescription == source.sampleName
        assert Path(source.thumbnailFileName).is_file()
        assert source.uris[0].startswith("file:///")
        assert (source.loadFiles, source.loadFileTypes) == ([None], ["VolumeFile"])


def test_a_click_loads_the_radiograph(host: Host) -> None:
    (sources,) = samples().values()
    (volume,) = load_sample(sources[0])
    assert volume.GetName() == "phantom-2000012"
    assert volume.GetScene() is host.scene
    assert slicer.util.arrayFromVolume(volume).shape[0] == 1


def test_the_downloader_is_called_with_its_source(host_names: Host) -> None:
    got: list[Any] = []
    register(customDownloader=got.append)
    ((source,),) = samples().values()
    load_sample(source)
    assert got == [source]
    assert source.nodeNames == ["one"]


def test_a_source_is_registered_once(host_names: Host) -> None:
    register()
    register()
    register(sampleName="Two")
    assert [source.sampleName for source in samples()["Chests"]] == ["One", "Two"]


def test_a_category_without_a_title_shows_its_name(host_names: Host) -> None:
    import SampleData

    register()
    register(category="Arms")
    assert list(samples()) == ["Arms", "Chests"]
    SampleData.SampleDataLogic.registerCustomSampleDataCategory(category="Chests", title="Radiographs of chests")
    assert list(samples()) == ["Arms", "Radiographs of chests"]


def test_several_files_of_one_sample_are_lists_of_one_length(host_names: Host) -> None:
    register(uris=["file:///a", "file:///b"], fileNames=["a", "b"], nodeNames=None, loadFileTypes="VolumeFile")
    ((source,),) = samples().values()
    assert (source.nodeNames, source.loadFileTypes) == ([None, None], ["VolumeFile", "VolumeFile"])
    with pytest.raises(ValueError, match="One has 2 uris and 1 fileNames"):
        register(uris=["file:///a", "file:///b"], fileNames=["a"], nodeNames=None)


def test_sources_share_no_properties(host_names: Host) -> None:
    register()
    register(sampleName="Two")
    one, two = samples()["Chests"]
    assert one.loadFileProperties is not two.loadFileProperties


def test_a_source_that_slicer_would_download_is_refused(host_names: Host) -> None:
    with pytest.raises(NotImplementedError, match="One has no customDownloader"):
        register(customDownloader=None)


def test_what_was_registered_goes_with_the_host(qapp: Any) -> None:
    for _ in range(2):
        host = Host(testing=True)
        assert samples() == {}
        register()
        host.close()
