"""What a long training leaves behind while it runs: checkpoints to go on from, and a log."""

from __future__ import annotations

import time
from pathlib import Path

import torch
from torch import Tensor


def save_checkpoint(path: Path, parts: dict, step: int) -> None:
    """Write the parts' states; the old checkpoint stays until the new one is whole."""
    unfinished = path.with_suffix(".unfinished")
    torch.save({"step": step} | {name: part.state_dict() for name, part in parts.items()}, unfinished)
    unfinished.replace(path)


def load_checkpoint(path: Path, parts: dict) -> int:
    """Restore the parts; returns the step that was reached, 0 without a checkpoint."""
    if not path.exists():
        return 0
    states = torch.load(path, map_location="cpu", weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(states[name])
    return int(states["step"])


class TrainingLog:
    """Loss and time left, one line every 25 steps, to a file and the terminal."""

    def __init__(self, path: Path, steps: int) -> None:
        self.path, self.steps, self.losses, self.since = path, steps, list[float](), time.monotonic()

    def add(self, step: int, loss: Tensor) -> None:
        """Note one step's loss."""
        self.losses.append(float(loss.detach()))
        if step % 25 == 0:
            pace = (time.monotonic() - self.since) / len(self.losses)
            mean = sum(self.losses) / len(self.losses)
            left = pace * (self.steps - step) / 60
            line = f"step {step} of {self.steps}  loss {mean:.4f}  {pace:.2f} s a step, {left:.0f} min left"
            print(f"{self.path.stem}: {line}", flush=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            self.losses, self.since = [], time.monotonic()
