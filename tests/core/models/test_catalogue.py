"""What can be fetched is known without a package that fetches."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cxr_grounding.errors import ModelError
from cxr_grounding.models.catalogue import find_published, list_published


def test_the_papers_model_is_published() -> None:
    assert list_published() == ["monai-cxr-ldm", "cxr-bert-ldm"]
    (source,), copies = find_published("monai-cxr-ldm").sides.values()
    assert source.repository == "MONAI/cxr_image_synthesis_latent_diffusion_model"
    assert [one.revision[:7] for one in (source, *copies)] == ["fbdd754", "4e63672", "0094d48"]


def test_an_unknown_model_names_those_there_are() -> None:
    with pytest.raises(ModelError, match="there is monai-cxr-ldm, cxr-bert-ldm"):
        find_published("another")


def test_knowing_them_loads_nothing_that_fetches() -> None:
    program = "import sys, cxr_grounding; cxr_grounding.list_published(); print('huggingface_hub' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"
