"""Measuring in a process of its own, which has nothing in memory of what was measured before."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def run_alone(module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a module of this folder.

    Args:
        module: its name.
        arguments: of its command line.
        environment: None for this program's.

    Returns:
        The JSON object that it prints last; its progress and warnings go where this program's go.
    """
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed
