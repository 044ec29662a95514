"""Slicer's module `SampleData`, as far as modules register radiographs there, and what the window does with these.

What is registered lies in `slicer.modules`, where Slicer keeps it too (Modules/Scripted/SampleData/SampleData.py), and
so goes when the host closes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import slicer

__all__ = ["SampleDataLogic", "SampleDataSource"]


@dataclass
class SampleDataSource:
    """Files that belong together, and how they come into the scene.

    The arguments are Slicer's. Those that are given for a single file become lists of one. `customDownloader` is
    called with the source when the user chooses it, and loads the files itself.
    """

    sampleName: str | None = None
    sampleDescription: str | None = None
    uris: Any = None
    fileNames: Any = None
    nodeNames: Any = None
    checksums: Any = None
    loadFiles: Any = None
    customDownloader: Callable[[SampleDataSource], Any] | None = None
    thumbnailFileName: str | None = None
    loadFileTypes: Any = None
    loadFileProperties: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.sampleDescription is None:
            self.sampleDescription = self.sampleName
        if self.loadFileProperties is None:
            self.loadFileProperties = {}
        for name in ("fileNames", "nodeNames", "checksums", "loadFiles", "loadFileTypes"):
            setattr(self, name, self._listed(name))
        self.uris = [self.uris] if isinstance(self.uris, str) else list(self.uris)

    def _listed(self, name: str) -> list[Any]:
        """One entry for each of the uris."""
        value = getattr(self, name)
        if isinstance(self.uris, str):
            return [value]
        if value is None or (name == "loadFileTypes" and isinstance(value, str)):
            value = [value] * len(self.uris)
        if len(value) != len(self.uris):
            raise ValueError(f"{self.sampleName} has {len(self.uris)} uris and {len(value)} {name}")
        return list(value)


class SampleDataLogic:
    """What modules register."""

    @staticmethod
    def registerCustomSampleDataCategory(category: str, title: str) -> None:
        """Give a category the title by which it is shown."""
        _kept("sampleDataSourceCategories").setdefault(category, {})["title"] = title

    @staticmethod
    def registerCustomSampleDataSource(
        category: str = "Custom",
        sampleName: str | None = None,
        uris: Any = None,
        fileNames: Any = None,
        nodeNames: Any = None,
        customDownloader: Callable[[SampleDataSource], Any] | None = None,
        thumbnailFileName: str | None = None,
        loadFileTypes: Any = None,
        loadFiles: Any = None,
        loadFileProperties: dict[str, Any] | None = None,
        checksums: Any = None,
    ) -> None:
        """Add a source to a category; one that is there already stays there once.

        Raises:
            NotImplementedError: when it has no `customDownloader`: this host downloads nothing by itself.
        """
        if customDownloader is None:
            raise NotImplementedError(f"{sampleName} has no customDownloader: this host downloads nothing by itself")
        source = SampleDataSource(
            sampleName=sampleName,
            uris=uris,
            fileNames=fileNames,
            nodeNames=nodeNames,
            checksums=checksums,
            loadFiles=loadFiles,
            customDownloader=customDownloader,
            thumbnailFileName=thumbnailFileName,
            loadFileTypes=loadFileTypes,
            loadFileProperties=loadFileProperties,
        )
        sources = _kept("sampleDataSources").setdefault(category, [])
        if source not in sources:
            sources.append(source)

    @staticmethod
    def categoryTitle(category: str) -> str:
        """The title of a category; its name when it has none."""
        return _kept("sampleDataSourceCategories").get(category, {}).get("title", category)

    @staticmethod
    def sampleDataSourcesByCategory(category: str | None = None) -> Any:
        """The sources of a category; for None those of all, by category."""
        sources = _kept("sampleDataSources")
        return sources if category is None else sources.get(category, [])


def _kept(name: str) -> dict[str, Any]:
    return vars(slicer.modules).setdefault(name, {})


def samples_by_title(sample_data: ModuleType) -> dict[str, list[SampleDataSource]]:
    """What is registered, by the titles of the categories, in the order of the categories' names.

    Args:
        sample_data: the module `SampleData` of the open host.
    """
    logic = sample_data.SampleDataLogic
    sources = logic.sampleDataSourcesByCategory()
    return {logic.categoryTitle(category): sources[category] for category in sorted(sources)}


def load_sample(source: SampleDataSource) -> Any:
    """Load a sample as a click in Slicer's Sample Data does; gives what its `customDownloader` gives."""
    download: Any = source.customDownloader  # never None: such a source cannot be registered
    return download(source)
