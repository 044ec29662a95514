"""What is said about models that are fetched and removed, from plain values: no Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from cxr_grounding import readable
from CXRGroundingLib.texts import TimeLeft, durationText

if TYPE_CHECKING:
    from cxr_grounding import FetchOffer, Terms


def licenceName(terms: Terms) -> str:
    """The name of a licence, or that it is not known."""
    return terms.name or _("unknown licence")


def licenceHeading(terms: Terms) -> str:
    """What stands above the text of a licence."""
    said = f"{terms.origin}: {licenceName(terms)}"
    if not terms.said_by:
        return said
    if terms.said_by == terms.document:
        return said + " " + _("(as its file {name} reads)").format(name=terms.document)
    return said + " " + _("(as its model card states)")


def licenceBody(terms: Terms) -> str:
    """The licence in full, or what there is in its place."""
    if not terms.text:
        return _("There is no file that says under which terms it may be used.")
    if terms.document.lower().startswith("readme"):
        head = _("There is no file with the licence's own text. This is what the model card says:")
        return f"{head}\n\n{terms.text}"
    return terms.text


def acceptText(terms: Terms) -> str:
    """Of the box to tick."""
    if not terms.name:
        return _("I know that the licence of {origin} is unknown, and may use it").format(origin=terms.origin)
    return _("I accept the licence {licence} of {origin}").format(licence=terms.name, origin=terms.origin)


def whatText(offer: FetchOffer) -> str:
    """What it is, what comes from where, how large it is, and where it goes."""
    lines = [
        offer.order.model.label,
        *offer.origins,
        _("To download: {size}. The model takes about {disk}, in {folder}.").format(
            size=readable(offer.bytes_to_download), disk=readable(offer.bytes_on_disk), folder=offer.folder
        ),
    ]
    folders: dict[tuple[str, str], list[str]] = {}
    for space in offer.spaces:  # two folders on one disk share a line
        folders.setdefault((readable(space.needed), readable(space.free)), []).append(space.folder)
    lines += [
        _("The disk of {folders}: {needed} needed, {free} free.").format(
            folders=_(" and ").join(on_one_disk), needed=needed, free=free
        )
        for (needed, free), on_one_disk in folders.items()
    ]
    return "\n".join(lines)


def spaceProblem(offer: FetchOffer) -> str:
    """Why it does not fit, or ""."""
    for space in offer.spaces:
        if space.needed > space.free:
            return _(
                "The disk of {folder} has too little space: {needed} needed, {free} free. Free some, or set {setting} "
                "to a folder on another disk."
            ).format(
                folder=space.folder, needed=readable(space.needed), free=readable(space.free), setting=space.setting
            )
    return ""


class FetchProgress:
    """What is said while a model is fetched."""

    def __init__(self) -> None:
        self._timeLeft = TimeLeft()

    def text(self, stage: str, done: int, total: int) -> str:
        """How far it is; of a download with its rate and the time that is left."""
        left = self._timeLeft.update(stage, done, total)
        if stage != "download":
            names = {
                "starting": _("Starting"),
                "offer": _("Asking where the model is"),
                "fetch": _("Asking where the model is"),
                "checking": _("Comparing checksums"),
                "conversion": _("Converting the model"),
            }
            said = names.get(stage, stage)
            return _("{stage}, {done} of {total}").format(stage=said, done=done, total=total) if total > 1 else said
        said = _("{done} of {total}").format(done=readable(done), total=readable(total))
        if left is None or left <= 0:
            return said
        return _("{done}, {rate}/s, {duration} left").format(
            done=said, rate=readable(round((total - done) / left)), duration=durationText(left)
        )


def removalQuestion(entry: Any) -> str:
    """What is asked before a model is removed."""
    if entry.added:
        return _("Forget the model {name}? Its files stay in {folder}.").format(name=entry.name, folder=entry.folder)
    return _("Delete the model {name}, {size} in {folder}? What was downloaded for it stays in the cache.").format(
        name=entry.name, size=readable(entry.bytes_on_disk), folder=entry.folder
    )
