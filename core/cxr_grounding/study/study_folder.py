"""A study as a folder: its settings, its cases, and what was said of changes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from cxr_grounding.disk.digest import sha256_of
from cxr_grounding.disk.json_fields import JsonFields
from cxr_grounding.disk.sentences import reason, shortened
from cxr_grounding.errors import StudyError
from cxr_grounding.study.answers_file import Reading, read_answers
from cxr_grounding.study.case_table import CASES_FILE, StudyCase, read_cases
from cxr_grounding.study.reader_names import stem_of_reader
from cxr_grounding.study.study_settings import SETTINGS_FILE, StudySettings, read_settings

READERS, IMAGES, MAPS = "readers", "images", "maps"
KEY_FILE, CHANGES_FILE = "key.sealed", "changes.jsonl"


@dataclass(frozen=True)
class AcceptedChange:
    """A change of a study after reading began, that somebody stands for.

    Args:
        before, after: digests of the study.
        note: why.
        at: ISO 8601, UTC.
    """

    before: str
    after: str
    note: str
    at: str


@dataclass(frozen=True)
class Study:
    """A study, opened.

    Args:
        folder: where it is.
        settings: of study.toml.
        cases: of cases.csv.
        digest: over both, and so over the digests of all images and maps, and of the key.
    """

    folder: Path
    settings: StudySettings
    cases: tuple[StudyCase, ...]
    digest: str

    @classmethod
    def open(cls, folder: Path | str) -> Study:
        """The study in a folder.

        Raises:
            StudyError: when it is none, or damaged.
        """
        folder = Path(folder)
        settings, cases = read_settings(folder / SETTINGS_FILE), read_cases(folder / CASES_FILE)
        return cls(folder, settings, cases, _digest(folder))

    @cached_property
    def case_of(self) -> dict[str, StudyCase]:
        """The cases by their items."""
        return {case.item: case for case in self.cases}

    def image_file(self, case: StudyCase) -> Path:
        """The radiograph of a case.

        Raises:
            StudyError: when it is gone, or another one.
        """
        return self._checked(case, "image", case.image, case.image_sha256)

    def map_file(self, case: StudyCase) -> Path:
        """The map of a case; likewise."""
        return self._checked(case, "map", case.map, case.map_sha256)

    def _checked(self, case: StudyCase, what: str, name: str, sha256: str) -> Path:
        path = self.folder / name
        try:
            found, _ = sha256_of(path)
        except OSError as error:
            raise StudyError(
                f"The {what} of case {case.item}, {path}, cannot be read ({reason(error)}). Copy the study's folder "
                "again, or put the file back."
            ) from error
        if found != sha256:
            raise StudyError(
                f"The {what} of case {case.item}, {path}, is not the one that the study was made with. Copy the "
                "study's folder again, or put the file back."
            )
        return path

    # Readers

    @property
    def readers_folder(self) -> Path:
        """Where their answers are."""
        return self.folder / READERS

    def answers_path(self, reader: str) -> Path:
        """Of a reader's answers."""
        return self.readers_folder / f"{stem_of_reader(reader)}.jsonl"

    def readings(self) -> list[Reading]:
        """What all readers have answered, by their names.

        Raises:
            StudyError: when a file cannot be read, or is damaged.
        """
        files = sorted(self.readers_folder.glob("[!.]*.jsonl"))
        return sorted(map(read_answers, files), key=lambda reading: stem_of_reader(reading.header.reader))

    # Changes

    def changes(self) -> tuple[AcceptedChange, ...]:
        """Those that were accepted, the first one first.

        Raises:
            StudyError: when the file of them is damaged.
        """
        path = self.folder / CHANGES_FILE
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            entries = [JsonFields(json.loads(line)) for line in lines]
            return tuple(
                AcceptedChange(*(one.text(name) for name in ("before", "after", "note", "at"))) for one in entries
            )
        except (OSError, ValueError) as error:
            raise StudyError(f"{path} is damaged ({reason(error)}). Put a copy in its place.") from error

    def refuse_change(self, digests: Sequence[str]) -> None:
        """Refuse to go on with answers to another study than this one has become.

        Args:
            digests: of the study when answers were given.

        Raises:
            StudyError: when it was changed since, and nobody has accepted that.
        """
        known = {self.digest} | {change.before for change in self.changes() if self._leads_here(change.before)}
        if not set(digests) <= known:
            raise StudyError(
                f"The study in {self.folder} was changed after reading began: {SETTINGS_FILE} or {CASES_FILE} is not "
                "what it was. Put them back, or accept the change with a note: "
                f'cxr-ground study check {self.folder} --accept-change "why it was changed"'
            )

    def accept_change(self, note: str) -> AcceptedChange | None:
        """Stand for what was changed since the last answer; None where nothing was.

        Args:
            note: why; it is printed with the results.

        Raises:
            StudyError: for an empty note, or when it cannot be written.
        """
        note = shortened(note, 500)
        if not note:
            raise StudyError("A change is accepted with a note that says why. Write one after --accept-change.")
        given = [answer.study for reading in self.readings() for answer in reading.answers]
        given += [reading.header.study for reading in self.readings()]
        befores = [digest for digest in dict.fromkeys(given) if digest != self.digest and not self._leads_here(digest)]
        if not befores:
            return None
        at = datetime.now(UTC).isoformat(timespec="seconds")
        made = [AcceptedChange(before, self.digest, note, at) for before in befores]
        text = "".join(json.dumps(vars(change), ensure_ascii=False) + "\n" for change in made)
        try:
            with (self.folder / CHANGES_FILE).open("ab") as file:
                file.write(text.encode(errors="replace"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StudyError(f"{self.folder / CHANGES_FILE} cannot be written ({reason(error)}).") from error
        return made[-1]

    def _leads_here(self, before: str) -> bool:
        """Whether accepted changes lead from a digest to this one."""
        reached, changes = {before}, self.changes()
        for _ in changes:
            reached |= {change.after for change in changes if change.before in reached}
        return self.digest in reached and before != self.digest


def _digest(folder: Path) -> str:
    try:
        parts = [sha256_of(folder / name)[0] for name in (SETTINGS_FILE, CASES_FILE)]
    except OSError as error:
        raise StudyError(f"The study in {folder} cannot be read ({reason(error)}).") from error
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()
