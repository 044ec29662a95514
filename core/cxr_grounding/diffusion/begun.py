"""How the passes on one radiograph begin, which all phrases share: computed once a kept step. METHOD 7."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from cxr_grounding.diffusion.networks.unet import Trunk

SHORT, WHOLE = "short", "whole"
"""Kinds of passes for phrases: that end at the deepest layer that is read, and that go on for their prediction."""

LIMIT_BYTES = 2**27
"""Of the beginnings of one kind of pass: at the size of the paper's model those of the 60 short ones take 126 MB."""


class Begun:
    """Beginnings of passes, by what stands for a latent and a timestep of one radiograph.

    Args:
        limit_bytes: of each kind; where one's would take more, none of them is kept.
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._kept: dict[tuple[str, Hashable], Trunk] = {}
        self._too_large: set[str] = set()

    @property
    def size_bytes(self) -> int:
        """Of all together."""
        return sum(tensor.nbytes for trunk in self._kept.values() for tensor in trunk.tensors)

    def of(
        self, kind: str, places: Sequence[Hashable], count: int, trunk_of: Callable[[slice], Trunk | None]
    ) -> Trunk | None:
        """How a batch of passes begins; what is not there yet is computed.

        Args:
            kind: of passes, whose beginnings are equally large.
            places: what stands for each one's latent and timestep.
            count: how many different ones there are of this kind.
            trunk_of: begins those at some of `places`; None where passes cannot be begun apart.

        Returns:
            None where all that there are would take too much, and where passes cannot be begun apart.
        """
        if kind in self._too_large:
            return None
        new = [
            index
            for index, place in enumerate(places)
            if (kind, place) not in self._kept and place not in places[:index]
        ]
        while new:
            # As slices, for on a GPU a list of indices would wait for all that was asked before.
            run = next((i for i in range(1, len(new)) if new[i] != new[0] + i), len(new))
            chunk, new = slice(new[0], new[0] + run), new[run:]
            trunk = trunk_of(chunk)
            if trunk is None or sum(t.nbytes for t in trunk.tensors) * count > self._limit_bytes * run:
                self._too_large.add(kind)
                return None
            for number, place in enumerate(places[chunk]):
                self._kept[kind, place] = trunk.at(number)
        return Trunk.joined([self._kept[kind, place] for place in places])

    def forget(self) -> None:
        """Let go of all: the U-Net is another one now."""
        self._kept.clear()
        self._too_large.clear()
