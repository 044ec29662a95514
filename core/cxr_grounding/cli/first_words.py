"""What `cxr-ground` alone says: the lines that somebody who has just installed it may type."""

from __future__ import annotations

import importlib.util

from cxr_grounding.cli.console import out

WINDOW = "cxr-ground-desktop"
"""The command that opens the window; it is installed with the package, and works with the extra `desktop`."""


def first_words() -> None:
    """Say what to type next."""
    out.print("Where on the chest radiograph does a phrase point? Research use only.\n")
    lines = [
        ("cxr-ground demo", "see it work, on a radiograph that it draws itself"),
        ('cxr-ground ground chest.dcm "small left effusion" --out results', "your radiograph, and what to look for"),
        ("cxr-ground ground chest.dcm --report report.txt --out results", "... the sentences of its report"),
        ("cxr-ground report report.txt", "what a report's sentences say"),
        _window(),
        ("cxr-ground --help", "all commands; cxr-ground COMMAND --help tells of one"),
    ]
    width = max(len(typed) for typed, _ in lines)
    for typed, what in lines:
        out.print(f"  {typed:<{width}}   {what}", markup=False)
    out.print(
        "\nThe model that comes with it shows how all this works, and says nothing about real patients. Others:\n"
        "cxr-ground models list, and cxr-ground models fetch.",
        markup=False,
    )


def _window() -> tuple[str, str]:
    if importlib.util.find_spec("PyQt5") is None:
        return 'pip install "cxr-grounding[desktop]"', f"brings a window: {WINDOW}"
    return f"{WINDOW} chest.dcm", "the same in a window"
