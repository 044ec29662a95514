"""Where files of others are kept while the program runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cxr_grounding import OutputError


class SessionFolder:
    """A folder for this user alone, made when it is first wanted and gone when the program ends."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def path(self) -> Path:
        """The folder.

        Raises:
            OutputError: when there is no room for it.
        """
        if self._folder is None:
            try:
                self._folder = tempfile.TemporaryDirectory(prefix="cxr-grounding-", ignore_cleanup_errors=True)
            except OSError as error:
                raise OutputError(
                    f"There is no room for radiographs in {tempfile.gettempdir()} ({error.strerror}). Free some space, "
                    "or keep them in a folder of your own."
                ) from error
        return Path(self._folder.name)

    def close(self) -> None:
        """Remove it, with all that is in it."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
