"""The golden case: what the published program computed, reproduced through convert and ground. METHOD 8."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from cxr_grounding.cli.main import main

GOLDEN = Path(__file__).parents[4] / "shared" / "golden" / "monai-tiny-50"
"""The case is handed out beside the repository, which holds no weights but the bundled model's."""


def run(*arguments: object) -> None:
    """The command line, as a shell would call it."""
    before = sys.argv
    sys.argv = ["cxr-ground", *map(str, arguments)]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code  # noqa: PT017
    finally:
        sys.argv = before


@pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden case is not beside the repository")
@pytest.mark.parametrize("frame", [(), ("--frame-size", 256)])
def test_the_published_programs_heatmap_is_reproduced(frame: tuple[object, ...], tmp_path: Path) -> None:
    meta = json.loads((GOLDEN / "meta.json").read_text())
    run(
        *("models", "convert", "--out", tmp_path / "model", *frame),
        *("--autoencoder", GOLDEN / "autoencoder.pth", "--unet", GOLDEN / "diffusion_model.pth"),
        *("--text-encoder", GOLDEN / "text_encoder", "--tokenizer", GOLDEN / "tokenizer"),
        *("--config", GOLDEN / "arch.json"),
    )
    run(
        *("ground", GOLDEN / "image.npy", meta["phrase"], "--out", tmp_path / "out"),
        *("--model", tmp_path / "model", "--steps", meta["steps"], "--intensity", "identity"),
        *("--arrays", tmp_path / "arrays.npz", "--device", "cpu"),
    )
    found = np.load(tmp_path / "arrays.npz")
    raw, final = np.load(GOLDEN / "heatmap_raw.npy"), np.load(GOLDEN / "heatmap.npy")
    assert np.abs(found["heatmap_raw"] - raw).max() <= 1e-4 * np.ptp(raw)
    differing = np.abs(found["heatmap_frame"] - final) > 1e-4
    assert differing.mean() <= 0.001  # pixels at the Otsu edge
