"""A terminal that answers."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts somebody in front of a terminal, who answers every question so."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    return lambda answer: monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
