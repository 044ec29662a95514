"""Toy repositories with what the real ones hold: their files' names, no model card beside MONAI's, its LICENSE."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cxr_grounding.models.catalogue import PUBLISHED_MODELS, TEXT_ENCODER_WEIGHTS, PublishedModel, Source
from toy_hub import COPY, MODEL, NAME, TEXT, Answers, Hub, Repository, sha256

UNET = {
    "spatial_dims": 2,
    "in_channels": 3,
    "out_channels": 3,
    "channels": [32, 64],
    "num_res_blocks": [1, 1],
    "attention_levels": [False, True],
    "num_head_channels": [0, 64],
    "with_conditioning": True,
    "cross_attention_dim": 16,
}
AUTOENCODER = {
    "spatial_dims": 2,
    "in_channels": 1,
    "out_channels": 1,
    "channels": [32, 32, 32, 32],
    "num_res_blocks": [1, 1, 1, 1],
    "latent_channels": 3,
    "attention_levels": [False] * 4,
    "with_encoder_nonlocal_attn": False,
    "with_decoder_nonlocal_attn": False,
}

APACHE = b"\n                                 Apache License\n                           Version 2.0, January 2004\n"
"""How the real file begins."""

Files = dict[str, dict[str, bytes]]


def write_checkpoints(folder: Path) -> None:
    """MONAI's two networks, with random weights."""
    import torch
    from monai.networks.nets.autoencoderkl import AutoencoderKL
    from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet

    with torch.random.fork_rng():
        torch.manual_seed(3)
        networks = {"autoencoder": AutoencoderKL(**AUTOENCODER), "diffusion_model": DiffusionModelUNet(**UNET)}
        for name, network in networks.items():
            torch.save(network.state_dict(), folder / f"{name}.pt")


def toy_files(tiny_model_folder: Path, folder: Path) -> Files:
    """Both repositories, with files beside that nobody wants.

    Args:
        tiny_model_folder: whose text side is the toy's.
        folder: with the checkpoints.
    """
    inference = {
        "autoencoder_def": {"_target_": "monai.networks.nets.autoencoderkl.AutoencoderKL", **AUTOENCODER},
        "diffusion_def": {"_target_": "monai.networks.nets.diffusion_model_unet.DiffusionModelUNet", **UNET},
    }
    model = {
        ".gitattributes": b"*.pt filter=lfs",
        "LICENSE": APACHE,
        "configs/inference.json": json.dumps(inference).encode(),
        "configs/metadata.json": b"{}",
        "docs/README.md": b"# A toy",
        "models/autoencoder.pt": (folder / "autoencoder.pt").read_bytes(),
        "models/diffusion_model.pt": (folder / "diffusion_model.pt").read_bytes(),
        "models/autoencoder.ts": b"not wanted",
        "scripts/__init__.py": b"raise SystemExit",
    }
    text = {
        "README.md": b"---\nlicense: openrail++\n---\n# The card of the text encoder\n",
        "text_encoder/pytorch_model.bin": b"not wanted",
        "text_encoder/model.fp16.safetensors": b"not wanted",
        "unet/config.json": b"not wanted",
    }
    for part in ("text_encoder", "tokenizer"):
        for file in (tiny_model_folder / part).iterdir():
            text[f"{part}/{file.name}"] = file.read_bytes()
    return {MODEL: model, TEXT: text}


def toy_hub(files: Files) -> Hub:
    """A hub with both repositories, and with a copy of the second."""
    cards: Mapping[str, dict[str, str]] = {MODEL: {}, TEXT: {"license": "openrail++"}}
    repositories = {name: Repository(dict(held), dict(cards[name])) for name, held in files.items()}
    repositories[COPY] = Repository({**files[TEXT], "mirror": b"copied"}, {"license": "openrail++"})
    return Hub(repositories)


def as_published(hub: Hub) -> PublishedModel:
    """The published model, with the toys' commits and checksum in place of the real ones."""
    text = hub.repositories[TEXT]
    return dataclasses.replace(
        PUBLISHED_MODELS[NAME],
        sides={
            "model": (Source(MODEL, hub.repositories[MODEL].commit[:7]),),
            "text": (Source(TEXT, text.commit), Source(COPY, hub.repositories[COPY].commit)),
        },
        sha256={TEXT_ENCODER_WEIGHTS: sha256(text.files[TEXT_ENCODER_WEIGHTS])},
    )


@contextmanager
def serving(hub: Hub) -> Iterator[None]:
    """The hub answers while the block runs."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.hub, server.daemon_threads = hub, True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
