"""The attention of runs without an image, which phrases share across radiographs: in memory and on disk. METHOD 13.5.

On disk each lies in a file of its own, named by a digest of all that determines it; no phrase can be read off it.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.disk.own_folder import own_folder
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.errors import OutputError
from cxr_grounding.phrase import Phrase
from cxr_grounding.recipe import Recipe

LIMIT_BYTES, DISK_LIMIT_BYTES = 2**26, 2**28
"""Of all runs together, in memory and on disk: 12 and 49 phrases with the published model, 5.4 MB each."""

FOLDER, SUFFIX = "text-runs", ".run"
"""In the user's own folder, and of the files there."""

VERSION = 1
"""Of what the files hold; another one is not read."""

Run = list[NDArray[np.float32]]
"""Per layer [steps, rows, columns]: the attention to the phrase's kept words, mean over them."""


def run_key(model: LatentDiffusionModel, phrase: Phrase, positions: Sequence[int], recipe: Recipe) -> str:
    """A digest of all that a run depends on: model, phrase, its kept tokens, and of the recipe what the run follows."""
    entries = (recipe.noised_steps, recipe.guidance, recipe.text_seed, recipe.frame_size)
    padding = (recipe.encode_padding, recipe.attend_padding)
    whole = (VERSION, model.key, phrase.padded_ids, tuple(positions), entries, padding)
    return hashlib.blake2b(repr(whole).encode(errors="surrogatepass"), digest_size=20).hexdigest()


class TextRuns:
    """Runs that were made, by `run_key`. What cannot be read or written is as if it were not there.

    Args:
        folder: for the files; None for that of the user.
        limit_bytes, disk_limit_bytes: the runs that were asked for longest ago are forgotten beyond them.
    """

    def __init__(
        self,
        folder: Path | None = None,
        limit_bytes: int = LIMIT_BYTES,
        disk_limit_bytes: int = DISK_LIMIT_BYTES,
    ) -> None:
        self._folder = folder
        self._limit_bytes, self._disk_limit_bytes = limit_bytes, disk_limit_bytes
        self._runs: OrderedDict[str, Run] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        """Of all runs in memory together."""
        return sum(layer.nbytes for run in self._runs.values() for layer in run)

    def find(self, key: str) -> Run | None:
        """A run that is still here, from memory or else from the disk."""
        if key not in self._runs:
            run = self._read(key)
            if run is None:
                return None
            self._remember(key, run)
            return run
        self._runs.move_to_end(key)
        return self._runs[key]

    def keep(self, key: str, run: Run, *, on_disk: bool) -> None:
        """Add a run.

        Args:
            key: of it.
            run: that was made.
            on_disk: whether the disk gets it too; not of a model that no folder holds, which nobody opens again.
        """
        self._remember(key, run)
        if on_disk:
            with suppress(OSError, OutputError):
                self._write(key, run)

    def _remember(self, key: str, run: Run) -> None:
        self._runs[key] = run
        while self.size_bytes > self._limit_bytes:
            self._runs.popitem(last=False)

    def _path(self, key: str) -> Path:
        return (own_folder() / FOLDER if self._folder is None else self._folder) / f"{key}{SUFFIX}"

    def _read(self, key: str) -> Run | None:
        path = self._path(key)
        try:
            if path.stat().st_size > self._disk_limit_bytes:
                return None
            content = path.read_bytes()
            layers = load(_checked(content))
            run = [layers[str(number)] for number in range(len(layers))]
            os.utime(path)  # asked for just now
        except (OSError, SafetensorError, LookupError, ValueError):
            return None
        return run

    def _write(self, key: str, run: Run) -> None:
        path = self._path(key)
        content = save({str(number): np.ascontiguousarray(layer) for number, layer in enumerate(run)})
        if len(content) > self._disk_limit_bytes:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path, SUFFIX) as temporary:
            temporary.write_bytes(_digest(content) + content)
        self._forget_oldest(path.parent)

    def _forget_oldest(self, folder: Path) -> None:
        found = [(file, file.stat()) for file in folder.glob(f"[!.]*{SUFFIX}")]
        found.sort(key=lambda entry: entry[1].st_mtime_ns)
        total = sum(at.st_size for _, at in found)
        for file, at in found:
            if total <= self._disk_limit_bytes:
                return
            file.unlink(missing_ok=True)
            total -= at.st_size


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=32).digest()


def _checked(content: bytes) -> bytes:
    """What stands behind a digest of itself.

    Raises:
        ValueError: when the two do not belong together.
    """
    told, rest = content[:32], content[32:]
    if told != _digest(rest):
        raise ValueError("the file is damaged")
    return rest
