"""Says where a lower bound of pyproject.toml is lower than any version that can be installed with the others.

Run in an environment that was made with the lowest direct versions: `make test-lowest`.
"""

from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

NEEDED = ("desktop", "keyring", "tables", "cluster")


def main() -> int:
    """Print what does not hold; 1 where anything does not."""
    with (Path(__file__).parents[2] / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = [line for name in NEEDED for line in project["optional-dependencies"][name]]
    wrong = 0
    for line in [*project["dependencies"], *extras]:
        asked = Requirement(line)
        if asked.name == project["name"] or (asked.marker and not asked.marker.evaluate()):
            continue
        floor = min(Version(bound.version) for bound in asked.specifier)
        there = Version(importlib.metadata.version(asked.name))
        if there.release[: len(floor.release)] != floor.release:
            print(f"{asked.name}: {floor} is allowed, but {there} is the lowest that the others take.")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
