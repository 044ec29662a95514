"""What the forms of a phrase take is told beside a sentence of the same round."""

from __future__ import annotations

from benchmarks.asked import BESIDE, FORMS, PRESETS, Seconds, as_table


def a_round(sentence: float, other: float) -> Seconds:
    return {
        (preset, form, turn): sentence if form == BESIDE else other
        for preset in PRESETS
        for form in FORMS
        for turn in ("first", "next")
    }


def test_each_form_is_compared_with_a_sentence_within_its_round() -> None:
    rows = as_table([a_round(2.0, 3.0), a_round(4.0, 8.0)]).splitlines()
    assert len(rows) == 2 + len(PRESETS) * len(FORMS)
    assert rows[2] == f"| `full` | {BESIDE} | 1.00 (1.00 to 1.00), 3.0 s | 1.00 (1.00 to 1.00), 3.0 s |"
    assert "| 1.75 (1.50 to 2.00), 5.5 s |" in rows[3]
