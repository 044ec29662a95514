"""`cxr-ground models convert`: MONAI's chest X-ray latent diffusion checkpoints into a model folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cxr_grounding.cli.console import out, print_json, progress_bar, show_warning
from cxr_grounding.cli.options import Json, grouped


@dataclass(frozen=True)
class Given:
    """The four parts that a model is made of."""

    autoencoder: Annotated[Path, typer.Option(help="MONAI's autoencoder: .pt, .pth or .safetensors.")]
    unet: Annotated[Path, typer.Option(help="MONAI's diffusion U-Net: .pt, .pth or .safetensors.")]
    text_encoder: Annotated[str, typer.Option(help="Its folder, or a hub repository (owner/name) that holds it.")]
    tokenizer: Annotated[str, typer.Option(help="Its folder, or a hub repository (owner/name) that holds it.")]


@grouped
def convert(
    given: Given,
    folder: Annotated[Path, typer.Option("--out", help="Folder to make.")],
    config: Annotated[
        Path | None, typer.Option(help="arch.json or the bundle's inference.json. Default: the one beside the U-Net.")
    ] = None,
    frame_size: Annotated[
        int | None, typer.Option(help="Side of the images it was trained on, in pixels. Default: 512, as published.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Turn MONAI checkpoints into a model folder that can be named with --model."""
    from cxr_grounding.models.hub.text_source import text_part
    from cxr_grounding.models.monai.convert import convert_monai
    from cxr_grounding.models.monai.originals import Originals, require_checkpoints

    require_checkpoints(given.autoencoder, given.unet)
    encoder, words = text_part(given.text_encoder, "text_encoder"), text_part(given.tokenizer, "tokenizer")
    originals = Originals(
        autoencoder=given.autoencoder,
        unet=given.unet,
        text_encoder=encoder.folder,
        tokenizer=words.folder,
        config=config,
        sources={**encoder.sources, **words.sources},
    )
    with progress_bar() as progress:
        notes = convert_monai(originals, folder, frame_size=frame_size, progress=progress)
    for note in notes:
        show_warning(note)
    if as_json:
        print_json({"folder": str(folder), "notes": notes})
        return
    out.print(
        f"{folder} is ready. Ground with it: cxr-ground ground IMAGE PHRASE --model {folder} --out FOLDER", markup=False
    )
