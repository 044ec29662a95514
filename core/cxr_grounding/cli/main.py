"""The entry point: commands are gathered here, and errors are caught here and nowhere else."""

from __future__ import annotations

import os
import sys
from types import MappingProxyType

import typer

from cxr_grounding import __version__
from cxr_grounding.cli.console import BAD_INPUT, out, print_every_letter, show_error
from cxr_grounding.cli.first_words import first_words
from cxr_grounding.cli.loaded_when_run import Listed, LoadedWhenRun
from cxr_grounding.cli.stopping import OrderlyEnd
from cxr_grounding.errors import CXRGroundingError
from cxr_grounding.waiting import wait_briefly


class Commands(LoadedWhenRun):
    """All of them, in the order in which they are shown."""

    listed = MappingProxyType(
        {
            "ground": Listed(
                "ground.ground",
                "Show where phrases point on a radiograph: heatmap, label map, picture and JSON for each.",
            ),
            "cohort": Listed(
                "cohort.cohort",
                "Ground the phrases of a manifest's images: Parquet parts, gone on with after a stop.",
            ),
            "import": Listed(
                "import_object.import_object",
                "Read findings back from a DICOM object: print them, and draw them over their radiograph.",
            ),
            "report": Listed(
                "report.report",
                "Show what each sentence of a report says: the findings that it affirms, denies or doubts, and where "
                "they are.",
            ),
            "calibrate": Listed(
                "calibrate.calibrate",
                "Fit what a model's evidence means to a set with boxes, and write it beside the model, into its "
                "grounding.json.",
            ),
            "phantom": Listed(
                "phantom.phantom",
                "Draw synthetic chest radiographs: a DICOM file, a report and the truth of each; or a benchmark of "
                "them.",
            ),
            "demo": Listed(
                "demo.demo",
                "Draw a radiograph and show where the sentences of its report point: the program at work, with nothing "
                "at hand.",
            ),
            "doctor": Listed(
                "doctor.doctor",
                "Show versions, devices, extras and where things lie: what to send along with a question. It holds no "
                "secrets.",
            ),
            "evaluate": Listed("evaluate.app", "Measure how well a model grounds."),
            "models": Listed("models.app", "See which models there are, and get others."),
            "pacs": Listed("pacs.app", "Get radiographs from an archive (DICOMweb), and send results to it."),
            "study": Listed("study.app", "Ask readers how good the maps are, and what their answers come to."),
        }
    )


app = typer.Typer(
    name="cxr-ground",
    cls=Commands,
    help="Where on the chest radiograph does a phrase point? Research use only.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        out.print(f"cxr-ground {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Show the version."),
) -> None:
    """Where on the chest radiograph does a phrase point? Research use only."""
    if context.invoked_subcommand is None:
        first_words()


def main() -> None:
    """Run the command line.

    Exits with 0 when done, 2 for usage or bad input, 1 (and a traceback) for a failure of the program itself;
    typer answers Ctrl+C with the shell's own 130; other signals end it with 128 and their number.
    """
    wait_briefly(os.environ)  # no command has loaded torch yet
    OrderlyEnd().listen()
    print_every_letter()
    try:
        app(prog_name="cxr-ground")
    except CXRGroundingError as error:
        show_error(error)
        sys.exit(BAD_INPUT)


if __name__ == "__main__":
    main()
