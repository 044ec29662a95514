"""What the desktop may use of the core; import-linter says who may import whom in it (pyproject.toml)."""

from __future__ import annotations

import cxr_grounding
from sources import assert_none, imported, name_of, python_files


def test_the_core_is_used_by_what_it_exports() -> None:
    exported = {f"cxr_grounding.{name}" for name in (*cxr_grounding.__all__, "__version__")}
    files = python_files("desktop")
    assert len(files) > 50
    assert_none(
        [
            f"{name_of(path)} uses {name}"
            for path in files
            for name in sorted(imported(path))
            if name.startswith("cxr_grounding.") and name not in exported
        ]
    )
