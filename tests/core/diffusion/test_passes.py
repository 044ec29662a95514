"""How a model's passes are asked for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from cxr_grounding.diffusion.latent_cache import Kept
from cxr_grounding.diffusion.model import LatentDiffusionModel
from cxr_grounding.diffusion.passes import Passes
from cxr_grounding.phrase import Phrase


class Asked(TorchDispatchMode):
    """While open, counts the operations that torch is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.times: Counter[Any] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        self.times[func] += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("phrases", [["effusion"], ["effusion", "left effusion"]])
def test_what_batches_need_is_on_the_device_before_the_first(
    tiny_model: LatentDiffusionModel, phrases: list[str]
) -> None:
    # A tensor that is made of Python's numbers is one more copy to a GPU, which waits for all that was asked before.
    kept = Kept([10, 20, 30, 40], torch.randn(4, 4, 16, 16, generator=torch.Generator().manual_seed(0)))
    read = [Phrase.of(phrase, tiny_model.tokenizer) for phrase in phrases]
    made, found = [], []
    for batch in (8, 1):
        with Asked() as asked:
            looked = Passes(tiny_model, batch).look(kept, tiny_model.recipe, read, False, None)
            found.append([one.layers for one in looked])
        made.append(asked.times[torch.ops.aten.lift_fresh.default])
    assert made[0] == made[1] > 0
    for together, alone in zip(*found, strict=True):
        for one, other in zip(together, alone, strict=True):
            assert one == pytest.approx(other, abs=1e-5)
