"""What `huggingface_hub`, the network and the disk raise while a model is fetched, as sentences with a next step."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cxr_grounding.disk.sentences import reason
from cxr_grounding.errors import CXRGroundingError, GoneError, ModelError, OutputError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What systems answer when a file cannot grow: the disk, a quota, or a limit on one file."""

CLOSED = (401, 403, 404, 410)
"""Answers of a hub that does not have something, or does not give it to this user."""

DISABLE_XET = "Its storage for large files (Xet) failed: set HF_HUB_DISABLE_XET=1 to fetch them over plain HTTPS."

WITHOUT_HUB = "or fetch without a hub, from files at hand (--from; in the panel: I have the files...)"
"""What helps where the hub cannot be reached."""


def load_library() -> None:
    """Load what asks the hub, so that its absence is told before anything else.

    Raises:
        ImportError: when it is not there.
    """
    import huggingface_hub  # noqa: F401


def cache_folder() -> Path:
    """Where the library keeps what was downloaded (HF_HOME, HF_HUB_CACHE)."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).expanduser()


def endpoint() -> str:
    """The hub's address (HF_ENDPOINT)."""
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


@contextmanager
def errors_as_sentences(repository: str, revision: str = "", file: str = "") -> Iterator[None]:
    """Turn what `huggingface_hub` and the network raise inside into sentences.

    Args:
        repository, revision: that is asked for; or a whole address, for what does not lie on the hub.
        file: of it; "" where it is the repository itself.

    Raises:
        ModelError: for what is wrong with the repository, the file or the connection.
        OutputError: for what is wrong with the cache.
    """
    from huggingface_hub import errors

    again = "Try again: what has come stays in the cache."
    what = f"{file} of {repository}" if file else repository
    is_address = "://" in repository
    page = repository if is_address else f"{endpoint()}/{repository}"
    asked = page if is_address else endpoint()
    try:
        yield
    except CXRGroundingError:
        raise
    except errors.HFValidationError as error:
        raise ModelError(
            f"{repository!r} is not the name of a repository on the hub; one is written owner/name. Correct it."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise GoneError(
            f"{repository} has no revision {revision!r}. Name a branch, a tag or a commit that {page} shows."
        ) from error
    except errors.GatedRepoError as error:
        raise GoneError(
            f"{repository} is gated: its owner asks you to accept its terms first. Do that on {page}, log in with "
            "`hf auth login` (or set HF_TOKEN), and call again."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise GoneError(
            f"There is no repository {repository} on {endpoint()}, or it is private. Check the name, name another "
            "repository, or log in with `hf auth login` if it is yours."
        ) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        kind = GoneError if status in CLOSED else ModelError
        raise kind(_answered(what, status, page, again)) from error
    except errors.OfflineModeIsEnabled as error:
        raise ModelError(f"{what} is not in the cache, and HF_HUB_OFFLINE is set. Unset it to fetch.") from error
    except (errors.HTTPError, errors.LocalEntryNotFoundError, ConnectionError, TimeoutError) as error:
        raise ModelError(_unconnected(error, asked, what, again)) from error
    except OSError as error:
        raise _disk_error(what, error, again) from error
    except (RuntimeError, ValueError) as error:
        # hf_xet, the transport of large files that the hub prefers, raises bare RuntimeErrors.
        xet = f" {DISABLE_XET}" if "xet" in str(error).lower() else ""
        raise ModelError(f"{what} could not be fetched ({reason(error)}).{xet} {again}") from error


def _unconnected(error: BaseException, asked: str, what: str, again: str) -> str:
    """The sentence for a connection that failed: to the hub, or to the host where it keeps large files."""
    host, why = _host_of(error), reason(_cause(error))
    if host and host != urlsplit(asked).hostname:
        return (
            f"The connection to {host}, where {urlsplit(asked).hostname} keeps large files, failed while fetching "
            f"{what} ({why}). A firewall may let only the one through, and HF_ENDPOINT does not change that: "
            f"have {host} opened, {WITHOUT_HUB}. {again}"
        )
    return (
        f"The connection to {asked} failed while fetching {what} ({why}). Check the network, HTTPS_PROXY and "
        f"HF_ENDPOINT, {WITHOUT_HUB}. {again}"
    )


def _host_of(error: BaseException) -> str:
    """Which host a failed request was for, as far as the error says it; "" for one that does not."""
    asked: BaseException | None = error
    while asked is not None:
        try:
            return str(asked.request.url.host)  # type: ignore[attr-defined]  # of the network library's own errors
        except (AttributeError, RuntimeError):
            asked = asked.__cause__
    return ""


def _answered(what: str, status: int, page: str, again: str) -> str:
    """The sentence for an answer of the hub that has no error class of its own."""
    if status in (401, 403):
        return (
            f"The hub does not let you have {what} (answer {status}). See {page}, accept its terms there if it asks "
            "for that, log in with `hf auth login` (or set HF_TOKEN), and call again."
        )
    if status in (404, 410):
        return f"{what} is gone (answer {status}). Name another repository or revision; see {page}."
    return f"The hub did not give {what} (answer {status}). Wait a while. {again}"


def _cause(error: BaseException) -> BaseException:
    """The reason behind an error that only says that something went wrong."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _disk_error(what: str, error: OSError, again: str) -> CXRGroundingError:
    if error.errno in DISK_FULL:
        return OutputError(
            f"The disk is full ({reason(error)}): {what} cannot be kept in {cache_folder()}. Free some space, or set "
            f"HF_HOME to a folder on another disk. {again}"
        )
    if error.errno is not None:
        return OutputError(
            f"{what} cannot be kept in {cache_folder()} ({reason(error)}). Check the folder's permissions, or set "
            "HF_HOME to another one."
        )
    return ModelError(f"{what} did not come whole ({reason(error)}). {again}")
