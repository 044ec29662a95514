"""Where the user's own models and settings lie."""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "CXR_GROUNDING_HOME"
"""Environment variable that names another place for them."""


def own_folder() -> Path:
    """The folder of the user's own models and settings; it need not exist."""
    given = os.environ.get(HOME_VARIABLE)
    return Path(given) if given else Path.home() / ".cxr_grounding"
