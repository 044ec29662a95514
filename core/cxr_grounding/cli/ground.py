"""`cxr-ground ground`: where do these phrases point on this radiograph?

Only what its help says stands here; `ground_one` and `ground_several` do it, and load what they do it with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cxr_grounding.ask import Ask
from cxr_grounding.cli.ground_options import Output, Return
from cxr_grounding.cli.options import grouped
from cxr_grounding.cli.said import Said


@grouped(research=True)
def ground(
    image: Annotated[
        Path,
        typer.Argument(
            help="Radiograph: DICOM, NIfTI, NRRD, MetaImage, PNG, JPEG, TIFF, .npy, or dicomweb:STUDY/SERIES/INSTANCE; "
            "or a folder, or a pattern of names in quotes."
        ),
    ],
    ask: Ask,
    output: Output,
    said: Said,
    returned: Return,
    phrases: Annotated[
        list[str] | None, typer.Argument(help="What to look for, each in quotes; files among it are more radiographs.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Ground also what is no radiograph, such as a CT slice.")
    ] = False,
) -> None:
    """Show where phrases point on a radiograph: heatmap, label map, picture and JSON for each."""
    from cxr_grounding.cli.ground_one import ground_as_told

    ground_as_told(image, phrases or [], ask, output, said, returned, force)
