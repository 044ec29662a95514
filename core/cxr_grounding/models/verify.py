"""Is a model folder still what was made, and does it open?"""

from __future__ import annotations

from dataclasses import dataclass

from cxr_grounding.errors import ModelError, RecipeError
from cxr_grounding.models.provenance import changed_files, read_provenance
from cxr_grounding.models.registry import ModelEntry


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Args:
        recorded: whether there is a `provenance.json` to compare the files with; if not, only opening was checked.
        problems: a sentence for each file that is not as recorded, and for what kept the model from opening.
    """

    recorded: bool
    problems: tuple[str, ...]


def verify_model(entry: ModelEntry) -> Verdict:
    """Compare every file with its record, and open the model whole: each weight exactly once.

    Raises:
        ModelError: when the record is damaged.
        DeviceError: when there is too little memory to open the model.
    """
    from cxr_grounding.diffusion.model import LatentDiffusionModel

    if entry.problem and not entry.folder.is_dir():
        return Verdict(False, (entry.problem,))
    recorded = read_provenance(entry.folder) is not None
    problems = changed_files(entry.folder)
    try:
        LatentDiffusionModel.open(entry.folder, "cpu")
    except (ModelError, RecipeError) as error:
        problems.append(str(error))
    return Verdict(recorded, tuple(problems))
