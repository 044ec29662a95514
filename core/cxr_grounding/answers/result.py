"""One answer on its way to files, as every format gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cxr_grounding.answers.dicom.export import DicomExport
from cxr_grounding.answers.doubted import Doubted
from cxr_grounding.grounding import Grounding
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reported import ReportedFinding

Files = Mapping[str, str | list[str]]
"""Names of files by what they hold: one name, or a list where several formats may hold the same."""


@dataclass(frozen=True)
class Result:
    """One answer on its way to files.

    Args:
        answer: the answer.
        radiograph: that it is about; volumes are placed as it is, the picture is drawn over it.
        source: where the radiograph was read, as it was named.
        stem: folder and beginning of the names of all of its files.
        files: that formats before this one wrote, without their folder.
        doubted: how the picture shows heat that is not to be believed.
        dicom: what DICOM objects take; None where the radiograph is no DICOM file.
    """

    answer: Grounding | ReportedFinding
    radiograph: Radiograph
    source: str
    stem: Path
    files: Files = field(default_factory=dict)
    doubted: Doubted = Doubted.PALE
    dicom: DicomExport | None = None

    def path(self, ending: str) -> Path:
        """Of a file of this answer.

        Args:
            ending: with its dot; what stands before is the same for all of an answer's files.
        """
        return self.stem.with_name(self.stem.name + ending)
