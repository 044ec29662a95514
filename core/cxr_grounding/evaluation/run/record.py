"""run.json: what a run was asked, so that only the same question is gone on with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxr_grounding.disk.digest import sha256_of
from cxr_grounding.disk.json_difference import difference
from cxr_grounding.disk.json_file import JsonError, read_json, write_json
from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.whole import leftovers
from cxr_grounding.errors import EvaluationError, OutputError

FILE_NAME = "run.json"

RESULTS = ("samples.csv", "problems.csv", "table.csv", "table.json", "report.html")
HEATMAPS = "heatmaps"
"""What a run writes beside its record."""

CONTROLS_ASKED = "controls"
"""What is asked: whether the controls were measured. A run whose record does not say it is older than they are."""


@dataclass(frozen=True)
class RunRecord:
    """One run.

    Args:
        asked: all that the figures depend on: dataset, options, model, recipe, program. JSON values.
        noted: what may differ when the run is gone on with: paths, limit, device. JSON values.
    """

    asked: Mapping[str, Any]
    noted: Mapping[str, Any]

    def begin(self, out: Path, *, restart: bool = False) -> None:
        """Make the folder ready: new, or with what an earlier run of the same question left.

        Args:
            out: the folder; made where it is missing.
            restart: whether to remove what an earlier run left, whatever it was asked.

        Raises:
            OutputError: when the folder cannot be written, or holds a run that was asked something else.
        """
        _make(out / HEATMAPS)
        earlier = _read(out / FILE_NAME)
        written = [leftover for name in (*RESULTS, FILE_NAME) for leftover in leftovers(out / name)]
        for leftover in (*written, *(out / HEATMAPS).glob(".*.png")):  # that a killed run was writing
            leftover.unlink(missing_ok=True)
        if earlier is None and any((out / name).exists() for name in RESULTS):
            raise OutputError(f"{out} holds results, but no {FILE_NAME} that says of what. Choose another --out.")
        if earlier is not None and restart:
            _remove(out)
        elif earlier is not None:
            self._refuse_another(out, earlier)
        write_json(out / FILE_NAME, {"asked": self.asked, "noted": self.noted})

    def _refuse_another(self, out: Path, earlier: Mapping[str, Any]) -> None:
        now = json.loads(json.dumps(self.asked))
        for name in sorted({*now, *earlier} - {CONTROLS_ASKED}):
            before, after = earlier.get(name), now.get(name)
            if before != after:
                raise OutputError(
                    f"{out} holds a run with another {name} ({difference(before, after)}). Choose another --out, or "
                    "begin anew with --restart, which removes it."
                )
        had, has = (bool(asked.get(CONTROLS_ASKED)) for asked in (earlier, now))
        if had != has:
            held, how = ("with", "leave --no-controls out") if had else ("without", "give --no-controls too")
            raise OutputError(
                f"{out} holds a run {held} controls. Go on as it began ({how}), choose another --out, or begin anew "
                "with --restart, which removes it."
            )


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits.

    Raises:
        EvaluationError: when it cannot be read.
    """
    try:
        return sha256_of(path)[0]
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read ({reason(error)}). Check its name and permissions.") from error


def model_sha256(folder: Path) -> str:
    """The SHA-256 over the names and contents of a model's parts: the files in the folders of its folder."""
    parts = sorted(path for path in folder.glob("*/*") if path.is_file())
    lines = [f"{part.relative_to(folder).as_posix()} {file_sha256(part)}\n" for part in parts]
    return hashlib.sha256("".join(lines).encode(errors="surrogatepass")).hexdigest()


def _read(path: Path) -> Mapping[str, Any] | None:
    """What an earlier run was asked; None where there was none."""
    try:
        document = read_json(path)
    except FileNotFoundError:
        return None
    except JsonError as error:
        raise OutputError(f"{path} cannot be read ({error}). Choose another --out.") from error
    asked = document.get("asked") if isinstance(document, dict) else None
    if not isinstance(asked, dict):
        raise OutputError(f"{path} is not the record of an evaluation. Choose another --out.")
    return asked


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"Nothing can be written to {folder} ({reason(error)}). Choose another --out.")


def _remove(out: Path) -> None:
    try:
        for name in (*RESULTS, FILE_NAME):
            (out / name).unlink(missing_ok=True)
        for heatmap in (out / HEATMAPS).glob("*.png"):
            heatmap.unlink()
    except OSError as error:
        raise OutputError(f"The earlier run in {out} cannot be removed ({reason(error)}).") from error
