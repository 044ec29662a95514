"""What is asked for when a published model is fetched, and what is offered: plain values, for every door."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from cxr_grounding.models.catalogue import PublishedModel, Source
from cxr_grounding.models.licences import Terms


@dataclass(frozen=True)
class FetchOrder:
    """Which model, and from where.

    Args:
        model: that is fetched.
        name: that it gets here.
        changed: repositories, by what they hold, in place of the published ones.
        places: folders and archives on this machine, which are looked into before a repository is asked.
        replace: whether a model of that name in the models folder may be there already.
        accepted: what the terms were accepted for, as `FetchOffer.stamp`; () before they were.
    """

    model: PublishedModel
    name: str
    changed: Mapping[str, Source] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    replace: bool = False
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Space:
    """What a disk must have free.

    Args:
        folder: that is written to.
        setting: the environment variable that names another one.
        needed: bytes, of all that goes to the same disk.
        free: bytes.
    """

    folder: str
    setting: str
    needed: int
    free: int


@dataclass(frozen=True)
class FetchOffer:
    """What will be fetched once its terms are accepted.

    Args:
        order: it is the answer to.
        origins: a line for each repository, folder or archive: what comes from there.
        terms: of each of these.
        folder: where the model will be.
        bytes_to_download: that are not here yet.
        bytes_on_disk: about how large the model will be.
        spaces: what the disks must have free.
        warnings: sentences that must be read first.
        stamp: what was offered, so that nothing else is fetched in its place.
    """

    order: FetchOrder
    origins: tuple[str, ...]
    terms: tuple[Terms, ...]
    folder: str
    bytes_to_download: int
    bytes_on_disk: int
    spaces: tuple[Space, ...]
    warnings: tuple[str, ...]
    stamp: tuple[str, ...]

    def accepted(self) -> FetchOrder:
        """The order, with the terms that were offered accepted."""
        return dataclasses.replace(self.order, accepted=self.stamp)
