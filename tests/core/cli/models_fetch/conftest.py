"""Toy repositories on a hub of our own (`toy_hub`). The client is the real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from cxr_grounding.models.catalogue import PUBLISHED_MODELS
from toy_hub import NAME, Hub
from toy_repositories import Files, as_published, serving, toy_hub, write_checkpoints
from toy_repositories import toy_files as make_toy_files


@pytest.fixture(scope="session")
def toy_files(tiny_model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """What both repositories hold."""
    folder = tmp_path_factory.mktemp("published")
    write_checkpoints(folder)
    return make_toy_files(tiny_model_folder, folder)


@pytest.fixture
def hub(toy_files: Files, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Running, and ended with the test; the published model is what it holds."""
    hub = toy_hub(toy_files)
    monkeypatch.setitem(PUBLISHED_MODELS, NAME, as_published(hub))
    with serving(hub):
        yield hub


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
