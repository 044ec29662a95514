"""The models: which there are, how a published one is got, how one is removed; without any window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cxr_grounding
from cxr_grounding import ModelError, OrderError

if TYPE_CHECKING:
    from cxr_grounding import FetchOffer, Progress


class ModelShelf:
    """The part of the logic that is about models.

    Args:
        python: the interpreter of the process that fetches; None for this one.
    """

    def __init__(self, python: str | None = None) -> None:
        self._fetcher = cxr_grounding.ModelFetcher(python)
        self._fetching: Any = None

    def models(self) -> list[Any]:
        """The models there are (`cxr_grounding.list_models`), the bundled demonstration model first."""
        return cxr_grounding.list_models()

    def modelsToDownload(self) -> list[str]:
        """The names of published models that are not here (`cxr_grounding.list_published`)."""
        here = {entry.name for entry in self.models()}
        return [name for name in cxr_grounding.list_published() if name not in here]

    def fetchModel(
        self,
        name: str,
        acceptLicence: bool = False,
        progress: Progress | None = None,
        files: Sequence[str | Path] = (),
    ) -> list[str]:
        """Get a published model; returns when it is ready.

        Args:
            name: of the model, one of `modelsToDownload()`.
            acceptLicence: whether you accept the terms of all repositories that it comes from; the error without it
                names them.
            progress: called with (stage, done, total), in "download" by bytes; returning False stops, and the next call
                takes up what has come.
            files: folders or zip archives on this computer that hold its files, in place of the internet.

        Returns:
            Remarks on the model that was made.

        Raises:
            ModelError: when it cannot be had, or its terms are not accepted.
            OutputError: when a disk has too little space.
            Cancelled: when `progress` said so.
        """
        offer = self._fetcher.wait(self.askForOffer(name, files))
        if not acceptLicence:
            terms = "; ".join(f"{one.name or 'unknown licence'} ({one.origin})" for one in offer.terms)
            raise ModelError(
                f"Nothing was fetched. If you accept these licences, call with acceptLicence=True: {terms}."
            )
        return self._fetcher.wait(self.startFetch(offer), progress)

    def askForOffer(self, name: str, files: Sequence[str | Path] = ()) -> Any:
        """Ask what a model is, where it lies and under which terms; returns a task at once, see `pollFetch`.

        Raises:
            OrderError: while something is under way.
        """
        self._checkIdle()
        self._fetching = self._fetcher.offer(name, places=files)
        return self._fetching

    def startFetch(self, offer: FetchOffer) -> Any:
        """Begin to fetch what was offered, whose terms are accepted by that; returns a task at once, see `pollFetch`.

        Raises:
            OrderError: while something is under way.
        """
        self._checkIdle()
        self._fetching = self._fetcher.fetch(offer)
        return self._fetching

    @property
    def isFetching(self) -> bool:
        """Whether a model is asked for or under way."""
        return self._fetching is not None and not self._fetching.done

    def pollFetch(self) -> None:
        """Let what was asked for advance; never waits. To be called from a timer until the task is done."""
        self._fetcher.poll()

    def cancelFetch(self) -> None:
        """Stop what is under way; its task ends with `Cancelled`."""
        self._fetcher.cancel()

    def closeFetch(self) -> None:
        """End the process that fetches; what has come of a download stays for the next try."""
        self._fetcher.close()

    def removeModel(self, name: str) -> None:
        """Remove a model: one that was fetched is deleted, one that was added is forgotten, and its files stay.

        Raises:
            ModelError: when there is none, or it came with the program.
            OutputError: when it cannot be deleted.
        """
        cxr_grounding.remove_model(cxr_grounding.find_removable(name))

    def _checkIdle(self) -> None:
        if self.isFetching:
            raise OrderError("A model is being fetched. Wait until it is done, or cancel it first.")
