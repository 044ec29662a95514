"""Options that several commands take, worded once."""

from __future__ import annotations

from typing import Annotated

import typer

from cxr_grounding.presets import PRESETS

Model = Annotated[str | None, typer.Option(help="A model's name, or its folder. Default: the bundled demonstration.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1, mps, or auto for the fastest there is.")]
Precision = Annotated[
    str,
    typer.Option(help="single, half (float16; moves a heatmap a little), or auto for half on NVIDIA GPUs fast in it."),
]
Steps = Annotated[int | None, typer.Option(min=1, help="Inversion steps, in place of the model's own number.")]
Preset = Annotated[
    str, typer.Option(help="; ".join(f"{preset.name} ({preset.summary})" for preset in PRESETS.values()) + ".")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
