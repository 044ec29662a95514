"""`cxr-ground ground` over several radiographs: one opening of the model, a folder an image, one table."""

from __future__ import annotations

import dataclasses
import enum
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from cxr_grounding import __version__
from cxr_grounding.answers.bundle import choose_formats, write_bundle
from cxr_grounding.answers.earlier import earlier_results
from cxr_grounding.answers.result import Files
from cxr_grounding.ask import Ask
from cxr_grounding.cli.console import SOME_FAILED, err, out, print_preset, show_warning
from cxr_grounding.cli.from_archive import local_file
from cxr_grounding.cli.given import Given
from cxr_grounding.cli.ground_options import Output, Return
from cxr_grounding.cli.other_results import remove_others, results_of_others
from cxr_grounding.cli.plain_progress import ToldOfImages, told_of_images
from cxr_grounding.cli.said import Said
from cxr_grounding.disk.owned import alone_in
from cxr_grounding.disk.staging import staged
from cxr_grounding.engine import Asked, Engine
from cxr_grounding.errors import ArchiveError, ModelError, OutputError, PhraseError
from cxr_grounding.evaluation.run.record import model_sha256
from cxr_grounding.grounding import Grounding
from cxr_grounding.many.found_images import names_for, written
from cxr_grounding.many.ground_many import OF_ONE_IMAGE
from cxr_grounding.many.reports_at_hand import ReportsAtHand
from cxr_grounding.many.result_rows import Named, Status, row_without_answer, rows_of_answers
from cxr_grounding.many.run_folder import PARQUET, RunFolder
from cxr_grounding.models.registry import find_model
from cxr_grounding.saving import HIDDEN_SOURCE, Saver, Saving
from cxr_grounding.signals.assertion import Sentence
from cxr_grounding.worker.reader import shared_reader

NOTHING_TO_GROUND = "Its report affirms no finding (--all grounds every sentence)."


def ground_several(
    given: Given, asked: list[Asked], said: Said, ask: Ask, output: Output, returned: Return, force: bool
) -> None:
    """Ground phrases, and the sentences of reports, on several radiographs, and write a table of all.

    Args:
        given: the images.
        asked: what is looked for on each of them.
        said: where reports come from.
        ask: how it is computed.
        output: what is written, where.
        returned: the archive that images may come from.
        force: whether to ground also what is no radiograph.

    Raises:
        CXRGroundingError: what is about more than one image, before anything is written where that can be seen.
        typer.Exit: with `SOME_FAILED` when an image failed; its row in the table says why.
    """
    _refuse_what_is_for_one(output, returned)
    choose_formats(output.formats)
    for phrase in asked:
        if isinstance(phrase, str) and not phrase.strip():
            raise PhraseError("A phrase is empty. Write what to look for, for example: small left pleural effusion.")
    question = _question(ask, output.saving, said, force)
    reports = said.at_hand()
    with alone_in(output.folder, "Another run"):
        folder = RunFolder(output.folder, question, overwrite=output.overwrite)
        run = _Run(folder, asked, said, ask, output, returned, force, reports)
        try:
            run.ground(given)
        finally:
            tables = folder.finish()
    run.tell_the_end(given, tables)
    if run.failed:
        raise typer.Exit(SOME_FAILED)


def _refuse_what_is_for_one(output: Output, returned: Return) -> None:
    if output.arrays is not None:
        raise OutputError("--arrays keeps the arrays of one image. Leave it out, or name one image.")
    if returned.send:
        raise ArchiveError(
            "--send is for one radiograph. Write --format seg,sr,sc, look at what was found, and send that: "
            "cxr-ground pacs send DIR"
        )


def _question(ask: Ask, saving: Saving, said: Said, force: bool) -> Mapping[str, Any]:
    """All that answers depend on but for the phrases, which each row tells, and the device; without opening a model.

    Raises:
        ModelError: when there is no such model.
        RecipeError: when its recipe cannot be followed so.
    """
    entry = find_model(ask.model)
    if entry.identity is None or entry.recipe is None:
        raise ModelError(entry.problem)
    options = {
        name: value for name, value in vars(ask).items() if name not in ("model", "device") and value is not None
    }
    return {
        "program": __version__,
        "model": entry.identity.as_dict(),
        "weights": model_sha256(entry.folder),
        "setting": {name: _plain(value) for name, value in options.items()},
        "recipe": ask.followed(entry.recipe).as_dict(),
        "output": {name: _plain(value) for name, value in dataclasses.asdict(saving).items()},
        "every sentence": said.every,
        "forced": force,
    }


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else str(value) if isinstance(value, Path) else value


@dataclass
class _Run:
    """One run over several images: what it was given, and how many images failed, are done, were there before."""

    folder: RunFolder
    asked: list[Asked]
    said: Said
    ask: Ask
    output: Output
    returned: Return
    force: bool
    reports: ReportsAtHand | None
    failed: int = 0
    done: int = 0
    earlier: int = 0
    engine: Engine | None = field(default=None, repr=False)
    preset: str = ""

    def ground(self, given: Given) -> None:
        """Ground all that is not there yet."""
        names = names_for(given.images, self.folder.names, hidden=self.output.deidentify)
        there = self._there(given.images, names)
        left = [(image, name) for image, name in zip(given.images, names, strict=True) if name not in there]
        self.earlier = len(given.images) - len(left)
        with told_of_images(len(left)) as told:
            for number, (image, name) in enumerate(left, 1):
                self._one(image, name, told)
                told.images(number, self.failed)

    def tell_the_end(self, given: Given, tables: Sequence[str]) -> None:
        """What was done, and where it is."""
        console = err if self.output.as_json else out
        parts = [f"{self.done} of {len(given.images)} images done"]
        parts += [f"{self.earlier} were there already"] if self.earlier else []
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{given.others} DICOM files that are no radiographs passed over"] if given.others else []
        console.print(", ".join(parts), markup=False)
        console.print("  " + ", ".join(str(self.folder.out / table) for table in tables), markup=False)
        if PARQUET not in tables:
            err.print(
                f'{PARQUET} is left out: pip install "cxr-grounding[tables]" brings what writes it.', markup=False
            )
        if not self.output.as_json:
            print_preset(self.preset)

    def _there(self, images: Sequence[Path | str], names: Sequence[str]) -> set[str]:
        """The images whose answers are there.

        Raises:
            OutputError: when one of them was asked something else.
        """
        there = set()
        for image, name in zip(images, names, strict=True):
            before = self.folder.phrases_of(name)
            if before is None:
                continue
            now: list[str] = []
            with suppress(PhraseError):
                now = [" ".join(text.split()) for text in map(_text, self._asked(image)[0])]
            if before != now:
                raise OutputError(
                    f"{self.folder.out} holds answers about {name} to other phrases (there: {_listed(before)}; now: "
                    f"{_listed(now)}). Choose another --out, or begin anew with --overwrite, which replaces them."
                )
            there.add(name)
        return there

    def _asked(self, image: Path | str) -> tuple[list[Asked], list[Sentence]]:
        """What is looked for on one image, and the sentences of its report that are not.

        Raises:
            PhraseError: when it has no report.
        """
        if self.reports is None:
            return self.asked, []
        of_report, rest = self.said.parted(self.reports.sentences_for(image))
        return [*self.asked, *of_report], rest

    def _one(self, image: Path | str, name: str, told: ToldOfImages) -> None:
        """One image: its files, its rows, what is printed of it."""
        named = Named(name, HIDDEN_SOURCE if self.output.deidentify else written(image))
        answers: list[Grounding] = []
        files: list[Files] = []
        rest: list[Sentence] = []
        try:
            asked, rest = self._asked(image)
            if asked:
                answers, files = self._grounded(Path(image), name, asked, told)
        except OF_ONE_IMAGE as error:
            self.failed += 1
            self.folder.append([row_without_answer(named, Status.FAILED, str(error))])
            self._tell_failure(named, str(error))
            return
        self.done += 1
        if answers:
            self.folder.append(rows_of_answers(named, answers, files))
        else:
            self.folder.append([row_without_answer(named, Status.NOTHING, NOTHING_TO_GROUND)])
        self._tell(named, answers, files, rest)

    def _grounded(
        self, image: Path, name: str, asked: list[Asked], told: ToldOfImages
    ) -> tuple[list[Grounding], list[Files]]:
        """The answers about one image, once they are written to its folder."""
        own = self.folder.out / name
        with local_file(image, self.returned) as found:
            radiograph = shared_reader().read_image(found.file, force=self.force)
            saver = Saver(radiograph, self.output.saving)
            others = results_of_others(own, saver.radiograph, image, overwrite=self.output.overwrite)
            others = earlier_results(own) if self.output.overwrite else others
            engine = self._opened()
            engine.set_radiograph(radiograph, progress=told)
            answers = saver.told(engine.ground(asked, progress=told))
            with staged(own) as scratch:
                files = write_bundle(saver.results(answers, found.source, scratch), saver.formats)
                kept = {file.name for file in scratch.iterdir()}
            remove_others(others, kept)
        self.preset = answers[0].recipe.preset
        return answers, files

    def _opened(self) -> Engine:
        """The engine, opened for the first image that needs it."""
        if self.engine is None:
            from cxr_grounding.grounder import Grounder  # only now, since it brings torch with it

            self.engine = Grounder.open(self.ask)
        return self.engine

    def _tell_failure(self, named: Named, sentence: str) -> None:
        if self.output.as_json:
            _print_line({"name": named.name, "image": named.image, "status": Status.FAILED.value, "error": sentence})
        else:
            show_warning(f"{named.name}: {sentence}")

    def _tell(
        self, named: Named, answers: Sequence[Grounding], files: Sequence[Files], rest: Sequence[Sentence]
    ) -> None:
        own = self.folder.out / named.name
        status = Status.DONE if answers else Status.NOTHING
        if self.output.as_json:
            results = [
                one.to_dict() | {"source": named.image, "files": at} for one, at in zip(answers, files, strict=True)
            ]
            line = {
                "name": named.name,
                "image": named.image,
                "status": status.value,
                "out": str(own),
                "results": results,
            }
            _print_line(line | ({"not_grounded": [one.to_dict() for one in rest]} if self.reports else {}))
            return
        out.print(named.name, style="bold", markup=False)
        for answer, names in zip(answers, files, strict=True):
            first = next(iter(names.values()))
            verdict = "" if answer.verdict is None else f" - {answer.verdict.kind.value}"
            out.print(f"  {answer.phrase.text}{verdict}", markup=False)
            out.print(f"    {own / (first if isinstance(first, str) else first[0])}", markup=False)
        if not answers:
            out.print(f"  {NOTHING_TO_GROUND}", markup=False)
        sys.stdout.flush()  # a log is read while it grows


def _text(asked: Asked) -> str:
    return asked if isinstance(asked, str) else asked.text


def _listed(phrases: Sequence[str]) -> str:
    shown = ", ".join(map(repr, phrases[:3])) or "none"
    return shown if len(phrases) <= 3 else f"{shown} and {len(phrases) - 3} more"


def _print_line(document: Mapping[str, Any]) -> None:
    """One line of JSON on stdout, at once."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()
