"""What the panel says of a report's sentences, from plain values: no Qt."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from cxr_grounding import LeftOut, Reason

if TYPE_CHECKING:
    from CXRGroundingLib.report_lines import Entry, ReportLine


def reasonText(reason: Reason) -> str:
    """What a sentence is that affirms no finding."""
    return {
        Reason.AFFIRMED: _("affirms a finding"),
        Reason.UNCERTAIN: _("in doubt"),
        Reason.DENIED: _("denies a finding"),
        Reason.HISTORY: _("tells of the past"),
        Reason.COMMUNICATION: _("not a finding: names people or times"),
        Reason.RECOMMENDATION: _("not a finding: says what is to be done"),
        Reason.NORMAL: _("not a finding: calls anatomy normal"),
        Reason.COMPARISON: _("not a finding: only compares"),
        Reason.TECHNIQUE: _("not a finding: about the examination"),
        Reason.NO_FINDING: _("not a finding that is known"),
        Reason.UNKNOWN_LANGUAGE: _("not in English, so it was not read"),
    }[reason]


def lineText(line: ReportLine) -> str:
    """Whether a sentence will be grounded, and why not."""
    parts = [_lineState(line)]
    if line.alsoIn:
        parts.append(_("also under {sections}").format(sections=", ".join(line.alsoIn)))
    if line.isEdited:
        parts.append(_("edited"))
    return "; ".join(parts)


def _lineState(line: ReportLine) -> str:
    affirms = line.sentence.is_groundable
    if affirms and line.leftOut is None:
        return _("will be grounded") if line.isChosen else _("left out by you")
    if line.leftOut is LeftOut.SECTION and affirms:
        why = _("stands under {section}").format(section=line.sentence.section)
    elif affirms:
        why = _("names people or times")
    else:
        why = reasonText(line.sentence.reason)
    return _("will be grounded all the same; {why}").format(why=why) if line.isChosen else why


def stateText(entry: Entry) -> str:
    """What becomes of a phrase that is not answered yet; "" for one that nobody asked for."""
    if entry.isRunning:
        return _("being looked for")
    return _("waiting") if entry.isWaiting else ""


def lineHint(line: ReportLine) -> str:
    """What is told of a sentence when it is pointed at."""
    section = line.sentence.section
    lines = [_("Under {section}.").format(section=section)] if section else []
    lines += [f'{one.pathology}: {one.assertion.value}, "{one.because}"' for one in line.sentence.findings]
    if line.isEdited:
        lines.append(_("In the report: {sentence}").format(sentence=line.key))
    lines.append(_("Tick it to ground it. A double click, or F2, edits it."))
    return "\n".join(lines)


def markedHtml(text: str, places: Iterable[tuple[int, int]], below: str) -> str:
    """A sentence as rich text with the words at some places marked, and a quiet line below it.

    Args:
        text: of the sentence; nothing in it is taken for markup.
        places: (start, stop) of the words, in order.
        below: the line; "" for none.
    """
    pieces, end = [], 0
    for start, stop in places:
        if start < end:
            continue
        pieces.append(f"{html.escape(text[end:start])}<b><u>{html.escape(text[start:stop])}</u></b>")
        end = stop
    pieces.append(html.escape(text[end:]))
    quiet = f"<br/><i>{html.escape(below)}</i>" if below else ""
    return "".join(pieces) + quiet


def manyQuestion(count: int) -> str:
    """What is asked before a report with very many sentences is grounded."""
    return _(
        "{count} sentences of the report would be grounded, one after the other. That takes a while; what is there "
        "when you cancel stays. Ground them all?"
    ).format(count=count)


def reportButtonText(count: int, areLeft: bool) -> str:
    """What the report's button says.

    Args:
        count: sentences that it grounds.
        areLeft: whether others of the report are grounded already, or under way.
    """
    if count == 0:
        return _("Ground report")
    if areLeft:
        return _("Ground the other {count}").format(count=count)
    return _("Ground 1 sentence") if count == 1 else _("Ground {count} sentences").format(count=count)


def cancelText(kept: int) -> str:
    """What is said after a run was cancelled, by how many of its answers stay."""
    if kept == 0:
        return _("Cancelled. Nothing was added to the scene.")
    return _("Cancelled. 1 answer stays.") if kept == 1 else _("Cancelled. {count} answers stay.").format(count=kept)
