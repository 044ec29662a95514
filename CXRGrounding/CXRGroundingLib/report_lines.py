"""The sentences of a report as the panel's list has them: what is proposed, what the user changed, what is under way.

No Qt, no scene.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cxr_grounding import LeftOut, Proposal, Sentence, read_sentence

MOST_CHANGES = 10_000
"""That are taken out of a scene, which may come from anywhere."""

LATER = ("impression", "recommendation", "technique", "comparison", "indication")
"""Sections whose sentences are grounded behind those of the findings, in this order."""


@dataclass(frozen=True)
class ReportLine:
    """One statement of the report.

    Args:
        key: the sentence as the report has it, by which the user's changes are kept.
        sentence: as it is grounded.
        isChosen: whether it is.
        leftOut: why it was not proposed, where it affirms a finding.
        alsoIn: other sections that say the same.
    """

    key: str
    sentence: Sentence
    isChosen: bool
    leftOut: LeftOut | None = None
    alsoIn: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it is grounded, by which its finding is found."""
        return self.sentence.text

    @property
    def isEdited(self) -> bool:
        """Whether the user wrote it otherwise."""
        return self.key != self.text


@dataclass
class Changes:
    """What the user changed of the proposals, by the sentences as the report has them.

    Args:
        chosen: whether it is grounded.
        texts: how it reads.
    """

    chosen: dict[str, bool] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def fromText(cls, text: str) -> Changes:
        """Of `toText`; what cannot be read, or is none, is no change."""
        try:
            stored = json.loads(text) if text else {}
            chosen, texts = dict(stored.get("chosen", {})), dict(stored.get("texts", {}))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return cls()
        if len(chosen) > MOST_CHANGES or len(texts) > MOST_CHANGES:
            return cls()
        return cls(
            {key: value for key, value in chosen.items() if isinstance(value, bool)},
            {key: value for key, value in texts.items() if isinstance(value, str) and value.strip()},
        )

    def toText(self) -> str:
        """As the scene keeps it; "" for none."""
        return json.dumps({"chosen": self.chosen, "texts": self.texts}) if self.chosen or self.texts else ""

    def choose(self, line: ReportLine, isChosen: bool) -> None:
        """Have a sentence grounded, or not."""
        self.chosen[line.key] = isChosen

    def write(self, line: ReportLine, text: str) -> None:
        """Give a sentence another text; none gives back the report's."""
        text = " ".join(text.split())
        self.chosen.pop(line.key, None)
        self.texts.pop(line.key, None)
        if text not in ("", line.key):
            self.texts[line.key] = text
            self.chosen[line.key] = True  # whoever writes a sentence wants it


def isAnother(before: str, after: str) -> bool:
    """Whether a report was put in the place of another, and not worked on: less than half of it is left as it was."""
    start = _same(before, after)
    end = _same(before[start:][::-1], after[start:][::-1])
    return 2 * (start + end) < len(before.strip())


def _same(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def linesOf(proposals: Iterable[Proposal], changes: Changes) -> list[ReportLine]:
    """The statements of a report, each text once, as the user has them."""
    lines: dict[str, ReportLine] = {}
    for proposal in proposals:
        key = proposal.sentence.text
        sentence = proposal.sentence
        if key in changes.texts:
            sentence = read_sentence(changes.texts[key], sentence.section)
        isChosen = changes.chosen.get(key, proposal.is_proposed)
        line = ReportLine(key, sentence, isChosen, proposal.left_out, proposal.also_in)
        lines.setdefault(line.text, line)
    return list(lines.values())


def inTheirOrder(lines: Sequence[ReportLine]) -> list[Sentence]:
    """The chosen sentences as they are grounded one by one: first those of the findings."""
    chosen = [line.sentence for line in lines if line.isChosen]
    return sorted(chosen, key=lambda one: LATER.index(one.section) + 1 if one.section in LATER else 0)


@dataclass(frozen=True)
class Entry:
    """A row of the list: a finding, a sentence of the report, both, or a phrase that is not answered yet.

    Args:
        text: of the phrase or sentence.
        labelNode: the finding; None where there is none yet.
        line: the sentence; None for a phrase that was typed.
        isRunning, isWaiting: whether it is being looked for, or waits in line.
        isOneOfSeveral: whether other models have answered the same text, a row each.
    """

    text: str
    labelNode: Any = None
    line: ReportLine | None = None
    isRunning: bool = False
    isWaiting: bool = False
    isOneOfSeveral: bool = False


def entriesOf(
    findings: Iterable[tuple[str, Any]], lines: Iterable[ReportLine], running: Sequence[str], waiting: Sequence[str]
) -> list[Entry]:
    """The rows of the list: the report in its order, then what was typed.

    Args:
        findings: phrase and label map of each, in the order of their making.
        lines: of the report.
        running: phrases of the run under way without an answer; the first is looked for now.
        waiting: phrases in line behind it.
    """
    nodes: dict[str, list[Any]] = {}
    for text, node in findings:
        nodes.setdefault(text, []).append(node)
    later = {*running[1:], *waiting}
    now = set(running[:1])
    byText = {line.text: line for line in lines}
    texts = dict.fromkeys([*byText, *nodes, *running, *waiting])
    return [
        Entry(text, node, byText.get(text), text in now, text in later - now, len(nodes.get(text, ())) > 1)
        for text in texts
        for node in nodes.get(text, [None])
    ]
