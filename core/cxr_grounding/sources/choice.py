"""The one radiograph that is meant by a study or a series: the frontal one, where there is one."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
)

from cxr_grounding.errors import ArchiveError
from cxr_grounding.radiograph import names_lateral
from cxr_grounding.reading.dicom.open_dicom import RADIOGRAPH_CLASSES, RADIOGRAPH_MODALITIES
from cxr_grounding.sources.address import Address
from cxr_grounding.sources.listing import ListedObject

_TAKEN_BY_X_RAY = frozenset(
    {
        ComputedRadiographyImageStorage,
        DigitalXRayImageStorageForPresentation,
        DigitalXRayImageStorageForProcessing,
    }
)
"""Kinds of objects that nothing but an X-ray device makes; secondary captures may be pictures of results."""

_MOST_LISTED = 20


def choose_radiograph(address: Address, listed: Sequence[ListedObject]) -> ListedObject:
    """The radiograph to ground.

    Args:
        address: that was asked for.
        listed: what the archive has of it.

    Raises:
        ArchiveError: when there is none, or several may be meant; the sentence names them.
    """
    if not listed:
        raise ArchiveError(f"The archive has nothing at {address}. Check the UIDs; `cxr-ground pacs find` prints them.")
    if address.instance:
        return listed[0]
    candidates = radiographs_of(listed)
    frontal = [one for one in candidates if not names_lateral(one.view)]
    if not candidates:
        kinds = ", ".join(sorted({one.modality or "?" for one in listed}))
        raise ArchiveError(f"{address} holds no radiograph, only {kinds}. Name another study.")
    if len(frontal or candidates) > 1:
        named = "\n".join(f"{one.modality} {one.view}: {one.address}" for one in candidates[:_MOST_LISTED])
        raise ArchiveError(f"{address} holds {len(candidates)} radiographs. Say which:\n{named}")
    return (frontal or candidates)[0]


def radiographs_of(listed: Sequence[ListedObject]) -> list[ListedObject]:
    """Those that are radiographs, lateral views last; secondary captures only where no device's image is there."""
    radiographs = [
        one for one in listed if one.sop_class in RADIOGRAPH_CLASSES and one.modality.upper() in RADIOGRAPH_MODALITIES
    ]
    devices = [one for one in radiographs if one.sop_class in _TAKEN_BY_X_RAY]
    return sorted(devices or radiographs, key=lambda one: names_lateral(one.view))
