"""The images of the small cohort that tests/core/cohort grounds, and an engine that may be held, and killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cxr_grounding.ask import Ask
from cxr_grounding.cohort.manifest import Entry, read_manifest
from cxr_grounding.cohort.part_grounder import Plan

IMAGES = 24
GONE, DAMAGED = 5, 10
"""Of the images, one that is not there, and one that is none."""

HOLD_WHEN_BEGUN, HOLD_NODE, HELD, DEADLY = "hold-when-begun", "hold-node", "held", "deadly"
"""Files by which `unsteady_engine` is told what to do: hold once a part is written; hold on the node that is
named in this JSON file, but not over the images that it spares (it says so by a file "held"; elsewhere it waits for
that); end with the process over the image that this file names."""


def cohort_of(manifest: object, model: object, out: object, images: int) -> tuple[list[Entry], Plan]:
    """The first images of the small cohort, and a plan for the tiny model with few steps."""
    plan = Plan(str(out), Ask(Path(str(model)), device="cpu", steps=10), readers=1)
    return read_manifest(Path(str(manifest)))[:images], plan


def unsteady_engine(notes: Path, out: Path) -> Callable[[Ask], Any]:
    """Opens an engine that does as files in a folder say.

    All of it is made inside, so that it travels to workers whole: they do not know this file.
    """
    when_begun, hold_node, held, deadly = (notes / name for name in (HOLD_WHEN_BEGUN, HOLD_NODE, HELD, DEADLY))

    def opens(ask: Ask) -> Any:
        import json
        import os
        import signal
        import time

        import ray

        from cxr_grounding.grounder import Grounder

        def has_to_wait(image: str) -> bool:
            if when_begun.exists() and any(out.glob("results/part-*.parquet")):
                return True
            if not hold_node.exists():
                return False
            told = json.loads(hold_node.read_text())
            if told["node"] != ray.get_runtime_context().get_node_id():
                return not held.exists()
            if image in told["spared"]:
                return False
            held.touch()
            return True

        class Unsteady(Grounder):
            def set_radiograph(self, radiograph: Any, *given: Any, **named: Any) -> None:
                while has_to_wait(radiograph.source.name):
                    time.sleep(0.02)
                if deadly.exists() and radiograph.source.name == deadly.read_text():
                    os.kill(os.getpid(), signal.SIGKILL)
                super().set_radiograph(radiograph, *given, **named)

        return Unsteady.open(ask)

    return opens
