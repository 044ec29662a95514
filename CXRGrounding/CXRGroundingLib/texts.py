"""What the panel says, from plain values: no Qt, no scene."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from cxr_grounding import GET_BUTTON, Box, Laterality, Zone, place_region

if TYPE_CHECKING:
    from cxr_grounding import Orientation

HISTORY_LENGTH = 20
"""Phrases that the phrase field remembers."""


def shown(text: str) -> str:
    """A text as it can be given to Qt: "\ufffd" stands for what is no character.

    In Python, the name of a file can hold bytes that are no UTF-8, as halves of surrogate pairs. Slicer's binding of Qt
    raises SystemError for those, and ends a text at NUL.
    """
    return re.sub("[\ud800-\udfff\0]", "\ufffd", text)


def undecodableModelProblem(name: str) -> str:
    """Why a model cannot be used whose name cannot be written; `name` as it is shown."""
    return _("The name of the model's folder {name} holds bytes that are no UTF-8. Rename the folder.").format(
        name=name
    )


def modelText(name: str, demonstration: bool, problem: str) -> str:
    """One line of the model list: the name, and in what state the model is."""
    if problem:
        return _("{name} - cannot be used").format(name=name)
    if demonstration:
        return _("{name} - demonstration").format(name=name)
    return _("{name} - ready").format(name=name)


def missingModelProblem(name: str, canBeDownloaded: bool) -> str:
    """Why a model cannot be used that this computer lacks, and what to do."""
    if canBeDownloaded:
        return _(
            "The model {name} is not on this computer. Press {button} beside it to download it, or choose another one."
        ).format(name=name, button=GET_BUTTON.rstrip("."))
    return _("The model {name} is not on this computer. Choose another one, or add it; see Advanced.").format(name=name)


def whyNotGround(radiographProblem: str | None, modelProblem: str, phrases: Sequence[str], report: bool) -> str:
    """Why a Ground button is disabled: a sentence, or "" when it is not.

    Args:
        radiographProblem: None without a radiograph, "" for one that can be grounded, else what is wrong with it.
        modelProblem: what is wrong with the chosen model, or "".
        phrases: what would be grounded.
        report: whether they come from the report.
    """
    if radiographProblem is None:
        return _("Select a radiograph, or load one.")
    if radiographProblem or modelProblem:
        return radiographProblem or modelProblem
    if not any(phrase.strip() for phrase in phrases):
        if report:
            return _("Paste a report, or open one, and tick a sentence below that is to be grounded.")
        return _("Write a phrase to ground, for example: small left pleural effusion")
    return ""


class TimeLeft:
    """Estimates how long a stage still takes, from the pace since its first report.

    Args:
        clock: gives the time in s.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage: str | None = None
        self._first = self._last = self._advances = 0
        self._start = 0.0

    def update(self, stage: str, done: int, total: int) -> float | None:
        """Note a report; seconds left in this stage, None before the work has advanced twice."""
        now = self._clock()
        if stage != self._stage or done < self._last:
            self._stage, self._first, self._last, self._start, self._advances = stage, done, done, now, 0
            return None
        if done > self._last:
            self._last, self._advances = done, self._advances + 1
        if self._advances < 2:
            return None
        return (now - self._start) * (total - done) / (done - self._first)


def progressText(stage: str, done: int, total: int, secondsLeft: float | None) -> str:
    """What stands on the progress bar."""
    names = {
        "starting": _("Starting"),
        "loading": _("Opening the model"),
        "encoding": _("Preparing the radiograph"),
        "inversion": _("Reading the radiograph"),
        "places": _("Asking at every place"),
        "attention": _("Looking for the phrase"),
    }
    text = names.get(stage, stage)
    if total > 1:
        text = _("{stage}, {done} of {total}").format(stage=text, done=done, total=total)
    if secondsLeft is None or done >= total:
        return text
    return _("{progress}, {duration} left").format(progress=text, duration=durationText(secondsLeft))


def durationText(seconds: float) -> str:
    """A duration as coarse as an estimate is: "about 8 s", "about 35 s", "about 4 min"."""
    if seconds >= 90:
        return _("about {minutes} min").format(minutes=round(seconds / 60))
    if seconds > 20:
        return _("about {seconds} s").format(seconds=5 * round(seconds / 5))
    return _("about {seconds} s").format(seconds=max(1, round(seconds)))


@dataclass(frozen=True)
class FindingTexts:
    """One row of the table: what the cells say, and what their tooltips add."""

    phrase: str
    phraseHint: str
    region: str
    regionHint: str


def findingTexts(result: Mapping[str, Any], orientation: Orientation | None = None) -> FindingTexts:
    """The row of one finding.

    Args:
        result: `Grounding.to_dict()`.
        orientation: of its radiograph; None where that is gone, and with it where the patient's left is.
    """
    region, hint = _region(result, orientation)
    return FindingTexts(*_phrase(result), region, f"{hint}\n{_area(result)}")


def _phrase(result: Mapping[str, Any]) -> tuple[str, str]:
    """The phrase, below it the verdict and the place; a finding of before there were any has not got them."""
    verdict, place = result.get("verdict"), result.get("place")
    lines = [result["phrase"]]
    if verdict is not None:
        lines.append(f"\N{RIGHTWARDS ARROW} {verdict['kind']}")
    reasons = [] if verdict is None else verdict["reasons"]
    return "\n".join(lines if place is None else (*lines, placeText(place))), "\n".join((*lines, *reasons))


def placeText(place: Mapping[str, Any]) -> str:
    """Where a phrase without a place is best explained, and how far behind the next place is.

    Args:
        place: of the answer's document.
    """
    behind = next((one for one in place["places"] if one not in place["chosen"]), None)
    if behind is None:
        return _("best explained at: {place}").format(place=place["words"])
    return _("best explained at: {place}; next: {next}, {standing}").format(
        place=place["words"], next=behind["words"], standing=behind["standing"]
    )


def placesText(phrase: str) -> str:
    """What stands above the list of places; `phrase` is the user's, which names none."""
    return _('Places asked for "{phrase}"; click one to see its map:').format(phrase=phrase)


@dataclass(frozen=True)
class PlaceRow:
    """One row of the list of places.

    Args:
        phrase: that is asked there.
        place, explains: what the cells say.
        hint: their tooltip.
        isShown: whether its map lies over the radiograph.
    """

    phrase: str
    place: str
    explains: str
    hint: str
    isShown: bool


def placeRows(asked: Mapping[str, Any], shown: Mapping[str, Any]) -> list[PlaceRow]:
    """The list of places of a finding, best first.

    Args:
        asked: `Grounding.to_dict()` of the phrase that names no place.
        shown: of the finding over the radiograph: that one, or one of a place's phrase.
    """
    place = asked["place"]
    phrases = {one["phrase"] for one in place["chosen"]} if shown == asked else {shown["phrase"]}
    rows = []
    for one in place["places"]:
        isShown = one["phrase"] in phrases
        explains = _("{standing}, shown").format(standing=one["standing"]) if isShown else one["standing"]
        hint = _('Asked: "{phrase}". It explains {share} of the noise (P).').format(
            phrase=one["phrase"], share=f"{one['explained']:.2f}"
        )
        rows.append(PlaceRow(one["phrase"], one["words"], explains, hint, isShown))
    return rows


def regionName(side: Laterality | None, zone: Zone | None) -> str:
    """A region's place in the words of a report."""
    zones = {Zone.UPPER: _("upper zone"), Zone.MIDDLE: _("middle zone"), Zone.LOWER: _("lower zone")}
    place = "" if zone is None else zones[zone]
    if side is Laterality.LEFT:
        return _("left {place}").format(place=place).strip()
    if side is Laterality.RIGHT:
        return _("right {place}").format(place=place).strip()
    return _("{place}, both sides").format(place=place) if side is not None and place else place


def lengthText(millimetres: float) -> str:
    """A length in cm, the one unit of all lengths and areas of the list."""
    return f"{millimetres / 10:.1f}"


def _region(result: Mapping[str, Any], orientation: Orientation | None) -> tuple[str, str]:
    boxes, spacing = result["boxes_pixels"], result["spacing_mm"]
    if not boxes:
        return _("none"), _("The phrase points nowhere on this radiograph.")
    strongest = boxes[0]
    values = {name: round(strongest[name]) for name in ("x", "y", "width", "height")}
    hint = _(
        "{width} columns by {height} rows from column {x}, row {y}; strength {strength}; "
        "regions in all: {count}. The strength is the highest heat in a region, 0 to 1; it is no probability."
    ).format(strength=f"{strongest['strength']:.2f}", count=len(boxes), **values)
    if spacing is None:
        size = _("{width} x {height} px").format(**values)
    else:
        size = _("{width} x {height} cm").format(
            width=lengthText(strongest["width"] * spacing["column"]),
            height=lengthText(strongest["height"] * spacing["row"]),
        )
    seen = result.get("seen_pixels")
    if orientation is None or seen is None:
        return size, hint
    box = Box(*(strongest[name] for name in ("x", "y", "width", "height")))
    name = regionName(*place_region(box, Box(**seen), orientation))
    if not name:
        return size, hint
    said = _("Side and zone by the middle and the thirds of what the model saw, not by the lungs.")
    if not orientation.known:
        said += " " + _("The file does not say which side is which; the standard view is assumed.")
    return f"{name}\n{size}", f"{hint}\n{said}"


def _area(result: Mapping[str, Any]) -> str:
    area, spacing = result["area_mm2"], result["spacing_mm"]
    if area is None or spacing is None:
        return _("The area is unknown: the image does not say how large its pixels are.")
    squares = area / 100
    said = f"{squares:.1f}" if squares < 10 else f"{squares:.0f}"
    return _("Area of all regions: {area} cm²; pixel size from {source}.").format(area=said, source=spacing["source"])


def byText(result: Mapping[str, Any]) -> str:
    """Which model has answered, where several have answered the same phrase."""
    return _("by {model}").format(model=result["model"]["name"])


def engineText(result: Mapping[str, Any] | None) -> str:
    """Where the shown finding was computed, how precisely, by which model, and how long that took; "" where nothing is
    known."""
    if result is None or not result.get("device"):
        return ""
    model = " ".join(part for part in (result["model"]["name"], result["model"]["version"]) if part)
    seconds = sum(result.get("seconds", {}).values())
    device = {"cpu": _("processor"), "mps": _("Apple graphics processor")}.get(result["device"], result["device"])
    said = {"single": _("single precision"), "half": _("half precision")}
    precision = said.get(result.get("precision", ""), result.get("precision", ""))
    parts = (device, precision, model, _("{seconds} s").format(seconds=f"{seconds:.1f}"))
    return " \N{MIDDLE DOT} ".join(part for part in parts if part)


def warningsText(result: Mapping[str, Any] | None) -> str:
    """What has to be known beside the shown finding: its warnings, one a line."""
    return "" if result is None else "\n".join(result["warnings"])


def historyFrom(stored: str | Iterable[str] | None) -> list[str]:
    """The remembered phrases, from what the settings give back: nothing, one text, or several."""
    if not stored:
        return []
    return [stored] if isinstance(stored, str) else [str(phrase) for phrase in stored]


def historyWith(history: Sequence[str], phrase: str) -> list[str]:
    """The history after a phrase was used: that phrase first, each one once, the oldest forgotten."""
    return [phrase, *(old for old in history if old != phrase)][:HISTORY_LENGTH]
