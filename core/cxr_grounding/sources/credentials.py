"""The user's secrets, from the environment or the system's keyring; they stay in this process, and in no text."""

from __future__ import annotations

import importlib.util
import os

from cxr_grounding.disk.sentences import can_be_shown, reason
from cxr_grounding.errors import ArchiveError
from cxr_grounding.sources.servers import Server

SERVICE = "cxr-grounding"
"""Under which the keyring keeps them."""

PASSWORD, TOKEN, KEY_PASSWORD = "password", "token", "key password"
"""What there may be of an archive."""


def secret(server: Server, what: str) -> str:
    """A secret that an archive needs.

    Args:
        server: the archive.
        what: `PASSWORD`, `TOKEN` or `KEY_PASSWORD`.

    Raises:
        ArchiveError: where there is none, or it cannot be one; the sentence does not say what it is.
    """
    value = known_secret(server, what)
    if not value:
        kept = f"or keep it in the system's keyring: keyring set {SERVICE} {entry_name(server, what)}"
        if importlib.util.find_spec("keyring") is None:
            kept += ', after pip install "cxr-grounding[keyring]", which is not here'
        raise ArchiveError(
            f"There is no {what} for the archive {server.name}. Set the environment variable {server.variable(what)}, "
            f"{kept}"
        )
    return value


def known_secret(server: Server, what: str) -> str:
    """A secret of an archive; "" where there is none.

    Raises:
        ArchiveError: when it cannot be one, or the keyring does not give it; the sentence does not say what it is.
    """
    variable = server.variable(what)
    value = os.environ.get(variable, "")
    if not value:
        variable = f"{entry_name(server, what)} in the keyring"
        value = _from_keyring(server, what)
    if not can_be_shown(value) or len(value.splitlines()) > 1:
        raise ArchiveError(f"{variable} is no {what}: it holds line ends or control characters. Set it again.")
    return value.strip()


def entry_name(server: Server, what: str) -> str:
    """Under what name the keyring keeps a secret."""
    return f"{server.name}-{what.replace(' ', '-')}"


def _from_keyring(server: Server, what: str) -> str:
    try:
        import keyring
        import keyring.errors
    except ImportError:  # it is an extra
        return ""
    try:
        return keyring.get_password(SERVICE, entry_name(server, what)) or ""
    except keyring.errors.NoKeyringError:
        return ""
    except (keyring.errors.KeyringError, OSError, RuntimeError) as error:
        raise ArchiveError(
            f"The system's keyring does not give the {what} of {server.name} ({reason(error)}). Unlock it, or set "
            f"{server.variable(what)}."
        ) from error
