"""How torch's threads wait for each other: briefly, so that a busy machine makes an answer slower, and not far slower.

The threads of an operation wait at its end for the last of them. GNU's OpenMP, which torch computes with on Linux,
has them spin for 300 000 turns before they sleep. Beside other programs the last thread waits for a processor, and
the others spin on the one that it needs: an answer of a second then takes a minute. Asleep at once, each of a small
network's thousands of operations waits to be woken: alone it takes twice as long. In between lies a count with which
neither happens (docs/performance.md, On a busy machine).
"""

from __future__ import annotations

from collections.abc import MutableMapping

SPIN_COUNT = "4000"
"""Turns that a thread spins before it sleeps."""

SAID = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
"""Environment variables by which a user has said how threads wait."""


def wait_briefly(environment: MutableMapping[str, str]) -> None:
    """Say so to torch, unless the user has said anything else.

    Args:
        environment: of a process of the program's own that has not loaded torch yet. Of a Python caller's process it
            is the caller's to say.
    """
    if not any(name in environment for name in SAID):
        environment["GOMP_SPINCOUNT"] = SPIN_COUNT
