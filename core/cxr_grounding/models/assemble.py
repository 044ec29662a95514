"""Put a model folder together from several repositories: a U-Net, an autoencoder, a BERT. docs/models.md."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_grounding.disk.json_file import JsonError, read_object, write_json
from cxr_grounding.disk.sentences import reason
from cxr_grounding.disk.staging import new_folder
from cxr_grounding.errors import ModelError, OutputError
from cxr_grounding.models.add import RECIPES
from cxr_grounding.models.provenance import SourceFile, write_provenance
from cxr_grounding.progress import Progress, report
from cxr_grounding.recipe import FILE_NAME, ModelIdentity, read_grounding_file, write_grounding_file

if TYPE_CHECKING:
    import torch

STAGE = "conversion"
"""Name of this work in progress reports; one unit is one part of the model."""

UNITS = 4

AVERAGE_ENTRIES = (
    *("decay", "min_decay", "optimization_step", "update_after_step", "use_ema_warmup", "inv_gamma", "power"),
    "auto_map",
)
"""Of a configuration: what training with a moving average wrote there, and the remote code that nothing here runs."""

TEXT_HEADS = ("cls.", "cls_projection_head.")
"""Of CXR-BERT: what served its training."""

OLDER_NAMES = {".query.": ".to_q.", ".key.": ".to_k.", ".value.": ".to_v.", ".proj_attn.": ".to_out.0."}
"""Of the attention in autoencoders that were saved before diffusers renamed it."""

SCHEDULE_CLASS = "DDIMScheduler"


def assemble(
    files: Mapping[str, Path],
    out: Path,
    *,
    recipe: str,
    identity: ModelIdentity,
    sources: Sequence[SourceFile],
    progress: Progress | None = None,
) -> list[str]:
    """Write a model folder from the parts; it appears whole or not at all, once it has been opened.

    Args:
        files: the parts by the roles of the layout "bert".
        out: folder to make; must not exist.
        recipe: name of a ready-made one.
        identity: of the model.
        sources: where the parts came from.
        progress: told after every part.

    Returns:
        Sentences on what was changed.

    Raises:
        ModelError: when a part is damaged, more than weights, or does not fit.
        OutputError: when the folder cannot be written.
    """
    notes: list[str] = []
    report(progress, STAGE, 0, UNITS)
    with new_folder(out) as folder:
        _network(folder / "unet", files["unet config"], files["unet weights"], notes, dict)
        report(progress, STAGE, 1, UNITS)
        _network(folder / "vae", files["vae config"], files["vae weights"], notes, _with_newer_names)
        (folder / "scheduler").mkdir()
        schedule = _config(files["scheduler config"]) | {"_class_name": SCHEDULE_CLASS}
        write_json(folder / "scheduler" / "scheduler_config.json", schedule)
        report(progress, STAGE, 2, UNITS)
        text = folder / "text_encoder"
        _network(text, files["text config"], files["text weights"], notes, _without_heads, "model.safetensors")
        _tokenizer(folder / "tokenizer", files)
        _, wanted = read_grounding_file(RECIPES / f"{recipe}.json")
        write_grounding_file(folder / FILE_NAME, identity, wanted)
        report(progress, STAGE, 3, UNITS)
        _check_opens(folder)
        write_provenance(folder, sources, notes)
    report(progress, STAGE, UNITS, UNITS)
    return notes


Weights = dict[str, "torch.Tensor"]


def _network(
    folder: Path,
    config: Path,
    weights: Path,
    notes: list[str],
    change: Callable[[Weights], Weights],
    name: str = "diffusion_pytorch_model.safetensors",
) -> None:
    """One network: its configuration without what is no part of it, its weights as safetensors."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    from cxr_grounding.models.monai.checkpoint import read_checkpoint

    folder.mkdir()
    described = _config(config)
    write_json(folder / "config.json", {key: said for key, said in described.items() if key not in AVERAGE_ENTRIES})
    read = read_checkpoint(weights)
    changed = change(read)
    if weights.suffix == ".safetensors" and list(changed) == list(read):
        shutil.copyfile(weights, folder / name)
        return
    try:
        # Copies, since weights that share their memory cannot be saved so.
        whole = {key: weight.clone().contiguous() for key, weight in changed.items()}
        save_file(whole, folder / name, metadata={"format": "pt"})
    except SafetensorError as error:  # its own name for what the system says, a full disk above all
        raise OutputError(
            f"The weights of {folder.name} cannot be written ({reason(error)}). Check the free space of the folder."
        ) from error
    notes.append(f"The weights of {folder.name} were saved anew, from {weights.name}.")


def _config(path: Path) -> dict[str, Any]:
    try:
        return read_object(path)
    except (JsonError, OSError) as error:
        raise ModelError(f"{path} cannot be read as JSON ({reason(error)}). Fetch it again.") from error


def _with_newer_names(weights: Weights) -> Weights:
    """An autoencoder's weights as diffusers names them now; attention of 1 x 1 convolutions as matrices."""
    placed = {}
    for name, weight in weights.items():
        new = name
        if ".attentions." in name:
            for old, newer in OLDER_NAMES.items():
                new = new.replace(old, newer)
        placed[new] = weight[:, :, 0, 0] if new != name and weight.ndim == 4 else weight
    return weights if list(placed) == list(weights) else placed


def _without_heads(weights: Weights) -> Weights:
    kept = {name: weight for name, weight in weights.items() if not name.startswith(TEXT_HEADS)}
    return weights if len(kept) == len(weights) else kept


def _tokenizer(folder: Path, files: Mapping[str, Path]) -> None:
    """WordPiece: the vocabulary, and whether letters are made small; whatever class its own program loads it with."""
    from cxr_grounding.diffusion.tokenizer_files import BERT

    folder.mkdir()
    shutil.copyfile(files["vocabulary"], folder / "vocab.txt")
    said = _config(files["tokenizer config"]) if "tokenizer config" in files else {}
    lower = said.get("do_lower_case", True)
    write_json(
        folder / "tokenizer_config.json", {"tokenizer_class": BERT.class_name, "do_lower_case": lower is not False}
    )
    BERT.write_whole(folder)


def _check_opens(folder: Path) -> None:
    """Open what was written, every weight of it, so that a folder which appears is known to work."""
    from cxr_grounding.diffusion.model import LatentDiffusionModel

    LatentDiffusionModel.open(folder, "cpu")
