"""A model of three repositories: put together in one folder that opens and grounds."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from cxr_grounding.models.provenance import changed_files, read_provenance
from tiny_stable_diffusion import write_cxr_bert, write_stable_diffusion
from toy_hub import Hub, Repository
from toy_repositories import serving

BERT = "cxr-bert-ldm"
UNET, DIFFUSION, TEXT = (
    "FelixNuetzel/cxr_bert_ldm",
    "stable-diffusion-v1-5/stable-diffusion-v1-5",
    "microsoft/BiomedVLP-CXR-BERT-specialized",
)
AVERAGE = {"decay": 0.9999, "optimization_step": 30000, "power": 0.75}
"""What training with a moving average leaves in a configuration."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What the three repositories hold."""
    folder = tmp_path_factory.mktemp("bert")
    with torch.random.fork_rng():
        torch.manual_seed(3)
        write_stable_diffusion(folder)
        write_cxr_bert(folder)
    unet = {f"unet_ema/{file.name}": file.read_bytes() for file in (folder / "unet").iterdir()}
    config = json.loads(unet["unet_ema/config.json"]) | AVERAGE
    vae = load_file(folder / "vae" / "diffusion_pytorch_model.safetensors")
    older = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    for new, old in older.items():  # as Stable Diffusion 1.5 was saved
        vae = {name.replace(new, old): weight for name, weight in vae.items()}
    save_file(vae, folder / "older.safetensors")
    schedule = {"_class_name": "PNDMScheduler", "num_train_timesteps": 1000, "beta_schedule": "scaled_linear"}
    schedule |= {"beta_start": 0.00085, "beta_end": 0.012, "skip_prk_steps": True, "set_alpha_to_one": False}
    pickled = io.BytesIO()
    torch.save(load_file(folder / "text_encoder" / "model.safetensors"), pickled)
    text = json.loads((folder / "text_encoder" / "config.json").read_text())
    return {
        UNET: {**unet, "unet_ema/config.json": json.dumps(config).encode()},
        DIFFUSION: {
            "README.md": b"---\nlicense: creativeml-openrail-m\n---\n",
            "vae/config.json": (folder / "vae" / "config.json").read_bytes(),
            "vae/diffusion_pytorch_model.safetensors": (folder / "older.safetensors").read_bytes(),
            "scheduler/scheduler_config.json": json.dumps(schedule).encode(),
            "unet/config.json": b"not wanted",
        },
        TEXT: {
            "config.json": json.dumps(text | {"auto_map": {"AutoModel": "modeling_cxrbert.CXRBertModel"}}).encode(),
            "pytorch_model.bin": pickled.getvalue(),
            "vocab.txt": (folder / "tokenizer" / "vocab.txt").read_bytes(),
            "tokenizer_config.json": b'{"tokenizer_class": "CXRBertTokenizer", "do_lower_case": true}',
            "modeling_cxrbert.py": b"raise SystemExit",
        },
    }


@pytest.fixture
def hub(parts: dict[str, dict[str, bytes]]) -> Iterator[Hub]:
    """In place of the one with the other model."""
    cards = {UNET: {}, DIFFUSION: {"license": "creativeml-openrail-m"}, TEXT: {"license": "mit"}}
    hub = Hub({name: Repository(dict(files), dict(cards[name])) for name, files in parts.items()})
    with serving(hub):
        yield hub


def test_three_repositories_become_one_model(cxr_ground, hub: Hub, cache: Path, home: Path) -> None:
    told = cxr_ground("models", "fetch", BERT, "--yes")
    assert told.code == 0, told.err
    assert "licence: unknown" in told.err
    assert "Not verified when this program was written" in told.err
    assert "by the method of its paper" in told.err
    folder = home / "models" / BERT
    described = json.loads((folder / "unet" / "config.json").read_text())
    assert not AVERAGE.keys() & described.keys()
    assert "auto_map" not in json.loads((folder / "text_encoder" / "config.json").read_text())
    assert not list(folder.rglob("*.bin")) + list(folder.rglob("*.py"))
    weights = load_file(folder / "text_encoder" / "model.safetensors")
    assert not [name for name in weights if name.startswith("cls")]
    grounding = json.loads((folder / "grounding.json").read_text())
    assert grounding["model"]["name"] == BERT
    assert grounding["model"]["licence"] == "not stated; autoencoder: creativeml-openrail-m; text encoder: mit"
    assert grounding["recipe"]["encode_padding"] is False
    recorded = read_provenance(folder)
    assert recorded is not None
    assert {source.repository for source in recorded.sources} == {UNET, DIFFUSION, TEXT}
    assert changed_files(folder) == []


def test_either_spelling_of_stable_diffusion_will_do(
    cxr_ground, hub: Hub, cache: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repositories["runwayml/stable-diffusion-v1-5"] = hub.repositories.pop(DIFFUSION)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    told = cxr_ground("models", "fetch", BERT)
    assert told.code == 2
    assert "its copy runwayml/stable-diffusion-v1-5" in told.err
    assert not home.exists()


def test_a_repository_without_the_expected_files_is_named(cxr_ground, hub: Hub, cache: Path, home: Path) -> None:
    files = hub.repositories[UNET].files
    for name in list(files):
        files[name.replace("unet_ema/", "unet/")] = files.pop(name)
    told = cxr_ground("models", "fetch", BERT, "--yes")
    assert told.code == 2
    assert f"unet_ema/config.json of {UNET}, unet_ema/diffusion_pytorch_model.safetensors of {UNET}" in told.err
    assert not home.exists()


def test_a_pickle_that_holds_more_than_weights_is_refused(cxr_ground, hub: Hub, cache: Path, home: Path) -> None:
    harmful = io.BytesIO()
    torch.save({"weight": Path("x")}, harmful)
    hub.repositories[TEXT].files["pytorch_model.bin"] = harmful.getvalue()
    told = cxr_ground("models", "fetch", BERT, "--yes")
    assert told.code == 2
    assert "holds more than weights" in told.err
    assert not home.exists()
