"""Put a checkpoint's weights into their places in another network, each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch

from cxr_grounding.errors import ModelError


class Weights(dict[str, torch.Tensor]):
    """A checkpoint's weights by name, with what a converter asks of them.

    Args:
        weights: by name.
        source: the file, for messages.
        network: what it is meant to hold, for messages: "U-Net", "autoencoder".
    """

    def __init__(self, weights: Mapping[str, torch.Tensor], source: str, network: str) -> None:
        super().__init__(weights)
        self.source = source
        self.network = network

    def __missing__(self, name: str) -> torch.Tensor:
        raise ModelError(
            f"{self.source} lacks the weight {name!r}, so it is no MONAI {self.network}. Check that the files were not "
            "mixed up."
        )

    def count(self, pattern: str) -> int:
        """How many of `pattern.format(0)`, `pattern.format(1)`, ... begin a name."""
        number = 0
        while any(name.startswith(pattern.format(number)) for name in self):
            number += 1
        return number

    def has(self, prefix: str) -> bool:
        """Whether any name begins so."""
        return any(name.startswith(prefix) for name in self)


def renamed(weights: Weights, rename: Callable[[str], str], network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights under the new network's names.

    Args:
        weights: of the checkpoint.
        rename: from the checkpoint's name to the network's.
        network: says which names and shapes there are; may be on torch's "meta" device.

    Raises:
        ModelError: for a weight that is left over, missing, given twice or of another shape; it names the weight.
    """
    expected = network.state_dict()
    placed: dict[str, torch.Tensor] = {}
    for old, weight in weights.items():
        new = rename(old)
        if new not in expected:
            raise ModelError(
                f"{weights.source} holds the weight {old!r}, for which the {weights.network} has no place. A model of "
                "another architecture, or with attention of another kind, cannot be converted."
            )
        if new in placed:
            raise ModelError(f"{weights.source} holds the weight {old!r} twice, under two names. Save it again.")
        if weight.shape != expected[new].shape:
            raise ModelError(
                f"The weight {old!r} in {weights.source} has the shape {tuple(weight.shape)}, but the rest of the "
                f"{weights.network} asks for {tuple(expected[new].shape)}. Check that the files were not mixed up."
            )
        placed[new] = weight.contiguous()
    missing = sorted(set(expected) - set(placed))
    if missing:
        raise ModelError(
            f"{weights.source} lacks the weight that becomes {missing[0]!r} ({len(missing)} in all). Fetch or save it "
            "whole."
        )
    return placed


def same_count(weights: Weights, what: str, counts: Iterable[int]) -> int:
    """The number that all levels share.

    Raises:
        ModelError: when they differ.
    """
    distinct = sorted(set(counts))
    if len(distinct) != 1:
        raise ModelError(
            f"The {weights.network} in {weights.source} has {' or '.join(map(str, distinct))} {what}, differing from "
            "level to level, which cannot be converted."
        )
    return distinct[0]
