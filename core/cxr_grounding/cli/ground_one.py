"""`cxr-ground ground`, done: the words sorted out, and one radiograph grounded and written."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rich.padding
import rich.table
import rich.text

from cxr_grounding.answers.bundle import choose_formats, write_bundle
from cxr_grounding.answers.result import Files
from cxr_grounding.ask import SINGLE, Ask
from cxr_grounding.cli.console import out, print_json, print_preset, progress_bar, show_warning
from cxr_grounding.cli.from_archive import local_file, send_back
from cxr_grounding.cli.given import sort_out
from cxr_grounding.cli.ground_options import Output, Return
from cxr_grounding.cli.ground_several import ground_several
from cxr_grounding.cli.other_results import remove_others, results_of_others
from cxr_grounding.cli.pacs_send import check_all_there, print_sent, sent_dicts
from cxr_grounding.cli.said import Said
from cxr_grounding.disk.staging import staged
from cxr_grounding.disk.whole import written_whole
from cxr_grounding.engine import Asked, Engine
from cxr_grounding.errors import OutputError, PhraseError
from cxr_grounding.models.registry import find_model
from cxr_grounding.radiograph import Radiograph
from cxr_grounding.reading.read_image import read_image
from cxr_grounding.saving import HIDDEN_SOURCE, Saver
from cxr_grounding.signals.assertion import Sentence
from cxr_grounding.sources.address import is_address

if TYPE_CHECKING:
    from cxr_grounding.grounding import Grounding
    from cxr_grounding.placing import Placing
    from cxr_grounding.verdict import Verdict


def ground_as_told(
    image: Path, phrases: Sequence[str], ask: Ask, output: Output, said: Said, returned: Return, force: bool
) -> None:
    """Ground what the words name: one radiograph here, several by `ground_several`.

    Args:
        image: the first of the words.
        phrases: the others; there may be more images among them.
        ask: how it is computed.
        output: what is written, where.
        said: what else is looked for.
        returned: the archive that the image may come from.
        force: whether to ground also what is no radiograph.

    Raises:
        CXRGroundingError: when it cannot be done; results that were there before are then untouched.
    """
    of_report, rest = said.read()
    first = image.as_posix() if is_address(image.as_posix()) else str(image)
    given = sort_out(first, phrases, said.phrase or [], output.folder, reported=said.is_reported)
    asked: list[Asked] = [*map(_as_typed, given.phrases), *of_report]
    if not asked and not rest and said.reports is None:
        raise PhraseError("There is no phrase to ground. Give one in quotes after the image, or a text with --report.")
    if given.is_several or said.reports is not None:
        ground_several(given, asked, said, ask, output, returned, force)
        return
    returned.check(image, deidentified=output.deidentify)
    saving = dataclasses.replace(output.saving, formats=returned.formats(output.formats))
    choose_formats(saving.formats)  # before the image is read
    with local_file(image, returned) as found:
        radiograph = read_image(found.file, force=force)
        saver = Saver(radiograph, saving)
        find_model(ask.model)  # before anything is written
        _check_arrays(output.arrays)
        answers: list[Grounding] = []
        files: list[Files] = []
        if asked:
            others = results_of_others(output.folder, saver.radiograph, image, overwrite=output.overwrite)
            with staged(output.folder) as scratch:
                answers = saver.told(_answers(ask, radiograph, asked, keep_arrays=output.arrays is not None))
                results = saver.results(answers, found.source, scratch)
                files = write_bundle(results, saver.formats)
                if output.arrays is not None:
                    _write_arrays(output.arrays, answers)
                kept = {file.name for file in scratch.iterdir()}
            remove_others(others, kept)
    if not output.as_json:
        _print_answers(answers, files, output.folder)
        _print_rest(rest)
    sent = send_back(found.archive, output.folder, files, returned)
    if output.as_json:
        named = HIDDEN_SOURCE if output.deidentify else found.source
        documents = [
            answer.to_dict() | {"source": named, "files": names} for answer, names in zip(answers, files, strict=True)
        ]
        printed = {"image": named, "out": str(output.folder), "results": documents}
        printed |= {"not_grounded": [sentence.to_dict() for sentence in rest]} if said.report else {}
        print_json(printed | {"sent": sent_dicts(sent)} if returned.send else printed)
    else:
        print_sent(sent)
    check_all_there(sent)


def _answers(ask: Ask, radiograph: Radiograph, phrases: list[Asked], keep_arrays: bool) -> list[Grounding]:
    from cxr_grounding.grounder import Grounder  # only now, since it brings torch with it

    with progress_bar() as progress:
        engine: Engine = Grounder.open(ask, keep_arrays=keep_arrays)
        engine.set_radiograph(radiograph, progress=progress)
        return engine.ground(phrases, progress=progress)


def _as_typed(argument: str) -> str:
    """An argument in UTF-8, which Python does not take it for where the locale is plain C."""
    try:
        return os.fsencode(argument).decode()
    except UnicodeError:
        return argument


def _check_arrays(path: Path | None) -> None:
    """Refuse a path for the arrays where none can be written, before any work."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise OutputError(
            f"{path} cannot be written: it is a folder, or lies in none. Name a file in a folder that exists."
        )


def _write_arrays(path: Path, answers: list[Grounding]) -> None:
    """Write `frame_image` [size, size], and `heatmap_raw` and `heatmap_frame`, [size, size] or, for several phrases,
    [phrases, size, size]; with the method "noising" every stage too (docs/method.md, section 13.10), likewise."""
    kept = [answer.arrays for answer in answers if answer.arrays is not None]
    looks = [answer.noised for answer in answers if answer.noised is not None]
    of_phrases = [
        {"heatmap_raw": arrays.heatmap_raw, "heatmap_frame": arrays.heatmap_frame}
        | (dict(look.stages or {}) if look else {})
        for arrays, look in itertools.zip_longest(kept, looks)
    ]
    whole: dict[str, Any] = {name: np.stack([of_one[name] for of_one in of_phrases]) for name in of_phrases[0]}
    if len(kept) == 1:
        whole = {name: array[0] for name, array in whole.items()}
    with written_whole(path, ".npz") as temporary:
        np.savez_compressed(temporary, frame_image=kept[0].frame_image, **whole)


def _print_answers(answers: list[Grounding], files: list[Files], folder: Path) -> None:
    for sentence in dict.fromkeys(warning for answer in answers for warning in answer.warnings):
        show_warning(sentence)
    for answer, names in zip(answers, files, strict=True):
        out.print(answer.phrase.text, style="bold", markup=False, end="")
        _print_verdict(answer.verdict, answer.place)
        out.print(f"  {_where(answer)}", markup=False)
        if answer.noised is not None:
            out.print(f"  words looked at: {answer.noised.words_said}", markup=False)
        # The picture, where there is one.
        first = next(iter(names.values()))
        out.print(f"  {folder / (first if isinstance(first, str) else first[0])}", markup=False)
    if answers:
        out.print(f"Model {answers[0].model.name}: {answers[0].model.label}", markup=False)
        if answers[0].precision != SINGLE:
            out.print(f"Computed in {answers[0].precision} precision.", markup=False)
        print_preset(answers[0].recipe.preset)


def _print_verdict(verdict: Verdict | None, place: Placing | None) -> None:
    """Its words on the phrase's line; below where a phrase without a place was asked, and the reasons."""
    if verdict is None:
        out.print()
    else:
        color = "green" if verdict.kind.is_confident else "yellow"
        out.print(f" - [bold {color}]{verdict.kind.value}[/bold {color}]")
    sentences = [] if place is None else [place.sentence]
    sentences += [] if verdict is None else [reason for reason in verdict.reasons if reason not in sentences]
    for sentence in sentences:
        out.print(rich.padding.Padding(rich.text.Text(sentence), (0, 0, 0, 2), expand=False), soft_wrap=False)


def _print_rest(rest: list[Sentence]) -> None:
    """The sentences of the report that were not grounded, each with the reason."""
    if not rest:
        return
    rows = rich.table.Table.grid(padding=(0, 2, 0, 0))
    for sentence in rest:
        rows.add_row("", rich.text.Text(sentence.reason.value), rich.text.Text(sentence.text))
    out.print(f"\nNot grounded, as they affirm no finding (--all grounds them too): {len(rest)}")
    out.print(rows)


def _where(answer: Grounding) -> str:
    if not answer.regions:
        return "no heat anywhere"
    box, parts = answer.boxes[0], len(answer.boxes)
    text = f"most heat in columns {box.x:.0f} to {box.x + box.width:.0f}, rows {box.y:.0f} to {box.y + box.height:.0f}"
    if parts > 1:
        text += f", and {parts - 1} more place{'s' if parts > 2 else ''}"
    if answer.area_mm2 is not None and answer.spacing is not None:
        text += f"; {answer.area_mm2 / 100:.0f} cm2 in all (by {answer.spacing.source.value})"
    return text
