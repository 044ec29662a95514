"""Toy repositories on a hub of our own (`toy_hub`). The client is the real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from monai.networks.nets.autoencoderkl import AutoencoderKL
from monai.networks.nets.diffusion_model_unet import DiffusionModelUNet

from toy_hub import MODEL, TEXT, Answers, Hub, Repository

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


@pytest.fixture(scope="session")
def toy_files(tiny_model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """Both repositories, with files beside that nobody wants."""
    folder = tmp_path_factory.mktemp("published")
    with torch.random.fork_rng():
        torch.manual_seed(3)
        networks = {"autoencoder": AutoencoderKL(**AUTOENCODER), "diffusion_model": DiffusionModelUNet(**UNET)}
        for name, network in networks.items():
            torch.save(network.state_dict(), folder / f"{name}.pt")
    inference = {
        "autoencoder_def": {"_target_": "monai.networks.nets.autoencoderkl.AutoencoderKL", **AUTOENCODER},
        "diffusion_def": {"_target_": "monai.networks.nets.diffusion_model_unet.DiffusionModelUNet", **UNET},
    }
    model = {
        "README.md": b"---\nlicense: apache-2.0\n---\n# A toy\n",
        "LICENSE": b"\n   Apache License\n   Version 2.0\n",
        "configs/inference.json": json.dumps(inference).encode(),
        "configs/metadata.json": b"{}",
        "models/autoencoder.pt": (folder / "autoencoder.pt").read_bytes(),
        "models/diffusion_model.pt": (folder / "diffusion_model.pt").read_bytes(),
        "models/autoencoder.ts": b"not wanted",
    }
    text = {
        "README.md": b"---\nlicense: openrail++\n---\n",
        "text_encoder/pytorch_model.bin": b"not wanted",
        "text_encoder/model.fp16.safetensors": b"not wanted",
        "unet/config.json": b"not wanted",
    }
    for part in ("text_encoder", "tokenizer"):
        for file in (tiny_model_folder / part).iterdir():
            text[f"{part}/{file.name}"] = file.read_bytes()
    return {MODEL: model, TEXT: text}


@pytest.fixture
def hub(toy_files: dict[str, dict[str, bytes]]) -> Iterator[Hub]:
    """Running, and ended with the test."""
    licences = {MODEL: "apache-2.0", TEXT: "openrail++"}
    hub = Hub({name: Repository(dict(files), {"license": licences[name]}) for name, files in toy_files.items()})
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.hub, server.daemon_threads = hub, True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder."""
    monkeypatch.setenv("CXR_GROUNDING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def cache(tmp_path: Path, home: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The library's cache, empty; the library asks the toy hub.

    It reads its environment when it is imported, so its settings are set here, as an environment would have set them;
    a test in a process of its own shows that the environment does.
    """
    folder = tmp_path / "hf" / "hub"
    constants = huggingface_hub.constants
    settings = {
        "ENDPOINT": hub.address,
        "HUGGINGFACE_CO_URL_TEMPLATE": hub.address + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_CACHE": str(folder),
        "HF_HUB_OFFLINE": False,
        "HF_TOKEN_PATH": str(tmp_path / "no-token"),
    }
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    huggingface_hub.close_session()
    yield folder
    huggingface_hub.close_session()
