"""The synthetic radiographs that come with the extension, offered by Slicer's Sample Data module.

They lie in the extension, drawn by `cxr-ground phantom --seed N --size 448`, so nothing is downloaded. A click in the
Sample Data module loads the file where it lies, through this module's logic, which then knows the file and with it
orientation and spacing. `SampleData.downloadSample(name)` in the Python console knows no such way: it copies the file
into Slicer's cache, compares it with the checksum, and loads the copy.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

CATEGORY = "CXRGrounding"
"""Under which Sample Data keeps them."""


@dataclass(frozen=True)
class Sample:
    """One radiograph in `Resources/SampleData`, with its report beside it as `<stem>.txt`.

    Args:
        name: by which Sample Data shows it, and by which it is asked for in the console.
        stem: of the names of its files, and of its volume node's.
        checksum: of the DICOM file, as Sample Data writes checksums.
    """

    name: str
    stem: str
    checksum: str


SAMPLES = (
    Sample(
        "Chest phantom (pneumothorax, effusion)",
        "phantom-2000012",
        "SHA256:6dcf5bfe4c06a5ebdd47daeee52a90deb4ac9da0cc33ef8dff690cbf4ebd3f63",
    ),
    Sample(
        "Chest phantom (pneumothorax, consolidation)",
        "phantom-2000035",
        "SHA256:ec385eeb190219ed2ddffd41fefca3978f489b65c0543e0a71f95ed0925f272e",
    ),
    Sample(
        "Chest phantom (enlarged heart, effusion)",
        "phantom-2000090",
        "SHA256:5288050f09cdea6ef652ed4dd4dd0878cce1b51d9abf4a709faf30dfaed98eef",
    ),
)


def registerSampleData(resourcesFolder: str | Path) -> None:
    """Make the samples known to Slicer's Sample Data module, if there is one; call it when Slicer has started.

    Args:
        resourcesFolder: the module's `Resources`.
    """
    # Inside, because SampleData is a module of Slicer itself: it can be imported once Slicer has loaded its modules.
    try:
        import SampleData
    except ImportError:
        logging.info("Slicer's Sample Data module is disabled, so the phantoms of CXRGrounding are not offered there")
        return
    from slicer.i18n import tr as _

    folder = Path(resourcesFolder).resolve()
    register = SampleData.SampleDataLogic
    if hasattr(register, "registerCustomSampleDataCategory"):  # since Slicer 5.12
        register.registerCustomSampleDataCategory(
            category=CATEGORY, title=_("CXRGrounding: synthetic chest radiographs")
        )
    for sample in SAMPLES:
        file = folder / "SampleData" / f"{sample.stem}.dcm"
        register.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=sample.name,
            uris=file.as_uri(),
            fileNames=file.name,
            nodeNames=sample.stem,
            customDownloader=loadSample,
            thumbnailFileName=str(folder / "Icons" / f"{sample.stem}.png"),
            loadFileTypes="VolumeFile",
            # Not left to the default, a dictionary that all sources share and that readers write to. Without
            # singleFile the reader looks for more slices among the other files of the cache.
            loadFileProperties={"singleFile": True},
            checksums=sample.checksum,
        )


def loadSample(source: Any) -> list[Any]:
    """Load a sample where it lies; what Sample Data calls when its button is clicked.

    Args:
        source: the `SampleDataSource` that `registerSampleData` made.

    Returns:
        The radiograph's volume node; nothing when it cannot be read, which a message then says.
    """
    # Inside: the doorway imports this file, and Slicer's start-up shall not load what only a click needs.
    import slicer

    from cxr_grounding import CXRGroundingError
    from CXRGrounding import CXRGroundingLogic
    from CXRGroundingLib import texts

    try:
        return [CXRGroundingLogic().loadRadiograph(url2pathname(urlsplit(source.uris[0]).path))]
    except CXRGroundingError as error:
        slicer.util.errorDisplay(texts.shown(str(error)))
        return []
