"""What a model is converted from; naming it loads no package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cxr_grounding.errors import ModelError
from cxr_grounding.models.provenance import SourceFile


@dataclass(frozen=True)
class Originals:
    """The files that a conversion reads.

    Args:
        autoencoder, unet: `.pt`, `.pth` or `.safetensors`, in the layout of MONAI GenerativeModels 0.2 or of MONAI core
            1.4 and later.
        text_encoder: folder with `config.json` and `model.safetensors`.
        tokenizer: folder of that text encoder's tokenizer.
        config: `arch.json` or a bundle's configuration; None for one found beside the U-Net, if any.
        sources: of the files that came from elsewhere, and of what else belongs to them, such as a licence; by path.
    """

    autoencoder: Path
    unet: Path
    text_encoder: Path
    tokenizer: Path
    config: Path | None = None
    sources: Mapping[Path, SourceFile] = field(default_factory=dict)


def require_checkpoints(*paths: Path) -> None:
    """Refuse a misspelt name at once, before a slow import or a download.

    Raises:
        ModelError: for the first file that is not there.
    """
    for path in paths:
        if not path.is_file():
            raise ModelError(f"There is no checkpoint {path}. Check its name and folder.")
