"""Results of other images in a folder that is written to: refused, or removed where that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from cxr_grounding.answers.earlier import EarlierResult, of_other_images, said
from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import OutputError
from cxr_grounding.radiograph import Radiograph


def results_of_others(folder: Path, radiograph: Radiograph, image: Path, *, overwrite: bool) -> list[EarlierResult]:
    """The results in the folder that this one is not to be mixed with.

    Raises:
        OutputError: where there are some, unless they are to be overwritten.
    """
    others = list(of_other_images(folder, radiograph, image))
    if others and not overwrite:
        raise OutputError(
            f"{folder} holds {said(others[0])}. Choose another --out, or write there all the same with "
            "--overwrite, which removes another image's results."
        )
    return others


def remove_others(others: Iterable[EarlierResult], kept: Collection[str]) -> None:
    """Remove results of other images; files that only look like some stay, and so do those that were just written."""
    for file in (file for one in others if one.source for file in one.files if file.name not in kept):
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{file} cannot be removed ({reason(error)}). Remove it by hand.") from error
