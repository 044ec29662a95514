"""A command takes its options in groups, and its user sees plain options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from cxr_grounding.ask import Ask
from cxr_grounding.cli.options import grouped
from cxr_grounding.recipe import IntensityChain


@dataclass(frozen=True)
class Where:
    images: Annotated[Path, typer.Option(help="The images.")]
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None


@pytest.fixture
def seen() -> list[object]:
    return []


@pytest.fixture
def app(seen: list[object]) -> typer.Typer:
    """A command with a group of its own and an `Ask`, and one with an `Ask` for research."""
    app = typer.Typer()

    @app.command()
    @grouped
    def plain(name: Annotated[str, typer.Argument()], where: Where, ask: Ask) -> None:
        """Do it."""
        seen.extend([name, where, ask])

    @app.command()
    @grouped(research=True)
    def research(ask: Ask) -> None:
        seen.append(ask)

    return app


def test_a_command_gets_its_groups_built(app: typer.Typer, seen: list[object]) -> None:
    told = CliRunner().invoke(app, ["plain", "x", "--images", "here", "--preset", "fast", "--device", "cpu"])
    assert told.exit_code == 0, told.output
    assert seen == ["x", Where(Path("here")), Ask(preset="fast", device="cpu")]


def test_what_is_needed_of_a_group_is_asked_for(app: typer.Typer) -> None:
    told = CliRunner().invoke(app, ["plain", "x"])
    assert told.exit_code == 2
    assert "--images" in told.output


def test_limits_of_an_option_hold_in_a_group(app: typer.Typer) -> None:
    assert CliRunner().invoke(app, ["plain", "x", "--images", "here", "--limit", "0"]).exit_code == 2


def test_the_intensity_is_offered_for_research_only(app: typer.Typer, seen: list[object]) -> None:
    assert CliRunner().invoke(app, ["plain", "x", "--images", "here", "--intensity", "identity"]).exit_code == 2
    told = CliRunner().invoke(app, ["research", "--intensity", "identity"])
    assert told.exit_code == 0, told.output
    assert seen == [Ask(intensity=IntensityChain.IDENTITY)]


def test_the_help_of_a_command_is_its_own(app: typer.Typer) -> None:
    told = CliRunner().invoke(app, ["plain", "--help"])
    assert "Do it." in told.output
    for option in ("--images", "--limit", "--model", "--steps", "--preset", "--device", "--precision"):
        assert option in told.output
