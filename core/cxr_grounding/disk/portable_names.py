"""Names of files that every system takes, and names that some systems cannot tell apart (docs/systems.md)."""

from __future__ import annotations

import re
import unicodedata

_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(?:[. ].*)?", re.IGNORECASE)
"""Names of devices, with any ending, which Windows takes for no file.
Source: Microsoft, "Naming Files, Paths, and Namespaces"."""


def is_portable(name: str) -> bool:
    """Whether a name of letters, digits, dots, hyphens and spaces is one on Windows too."""
    return _DEVICE.fullmatch(name) is None and not name.endswith((".", " "))


def folded(name: str) -> str:
    """The same text for names that Windows or macOS takes for one: capitals and small letters, and é in one or two."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
