"""What came of a run, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from fuzzing.inputs import FORMATS, LARGE, format_of
from fuzzing.trial import Outcome, Verdict

_SHOWN = tuple(Verdict)


@dataclass
class Tally:
    """Counts of outcomes.

    Args:
        verdicts: by format and verdict.
        seconds: the most of a file of each format.
        memory: the most bytes that a process had taken that read files of each format.
        bad: those that should not have come.
    """

    verdicts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    memory: Counter[str] = field(default_factory=Counter)
    bad: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        name = format_of(outcome.index).name
        self.verdicts[name, outcome.verdict] += 1
        self.seconds[name] = max(self.seconds[name], outcome.seconds)  # type: ignore[assignment]
        self.memory[name] = max(self.memory[name], outcome.memory)
        if not outcome.verdict.is_good:
            self.bad.append(outcome)

    def as_markdown(self) -> str:
        """A table with a line for each format, and one for all."""
        heads = ["", *(verdict.value for verdict in _SHOWN), "longest, s", "most memory, MB"]
        rows = [heads, ["---", *["---:"] * (len(heads) - 1)]]
        names = [kind.name for kind in (*FORMATS, LARGE) if any(name == kind.name for name, _ in self.verdicts)]
        for name in names:
            counts = [str(self.verdicts[name, verdict]) for verdict in _SHOWN]
            rows.append([name, *counts, f"{self.seconds[name]:.2f}", f"{self.memory[name] / 1e6:.0f}"])
        sums = [str(sum(self.verdicts[name, verdict] for name in names)) for verdict in _SHOWN]
        most = [f"{max(self.seconds.values(), default=0):.2f}", f"{max(self.memory.values(), default=0) / 1e6:.0f}"]
        rows.append(["**all**", *sums, *most])
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)
