"""The entry point: commands are gathered here, and errors are caught here and nowhere else."""

from __future__ import annotations

import os
import sys

import typer

from cxr_grounding import __version__
from cxr_grounding.cli import (
    calibrate,
    cohort,
    demo,
    doctor,
    evaluate,
    ground,
    import_object,
    models,
    pacs,
    phantom,
    report,
    study,
)
from cxr_grounding.cli.console import BAD_INPUT, out, print_every_letter, show_error
from cxr_grounding.cli.first_words import first_words
from cxr_grounding.cli.stopping import OrderlyEnd
from cxr_grounding.errors import CXRGroundingError
from cxr_grounding.waiting import wait_briefly

app = typer.Typer(
    name="cxr-ground",
    help="Where on the chest radiograph does a phrase point? Research use only.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ground")(ground.ground)
app.command("cohort")(cohort.cohort)
app.command("import")(import_object.import_object)
app.command("report")(report.report)
app.command("calibrate")(calibrate.calibrate)
app.command("phantom")(phantom.phantom)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(models.app, name="models")
app.add_typer(pacs.app, name="pacs")
app.add_typer(study.app, name="study")


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
