"""Which heat is drawn in full."""

from __future__ import annotations

import pytest

from cxr_grounding.answers.doubted import Doubted
from cxr_grounding.verdict import Verdict, VerdictKind


@pytest.mark.parametrize("doubted", Doubted)
def test_what_is_believed_and_what_nobody_judged_is_always_drawn_in_full(doubted: Doubted) -> None:
    assert doubted.strength_of(Verdict(VerdictKind.POINTS_HERE, ())) == 1
    assert doubted.strength_of(None) == 1


@pytest.mark.parametrize("kind", [kind for kind in VerdictKind if kind is not VerdictKind.POINTS_HERE])
def test_no_other_verdict_is_drawn_in_full_unless_asked_for(kind: VerdictKind) -> None:
    verdict = Verdict(kind, ())
    assert 0 < Doubted.PALE.strength_of(verdict) < 0.5
    assert Doubted.HIDDEN.strength_of(verdict) == 0
    assert Doubted.FULL.strength_of(verdict) == 1
