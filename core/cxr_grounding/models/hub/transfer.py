"""Large files over plain HTTPS, kept as far as they came: a second try takes up where the first one stopped.

`huggingface_hub` keeps whole files alone: what has come of one is thrown away with its call, and on its own transport
for large files (Xet) a call cannot be stopped. Here its request, headers, redirects and retries are used, on a file
that stays (decision 0064).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cxr_grounding.disk.owned import HeldError, held
from cxr_grounding.errors import ModelError
from cxr_grounding.models.hub.hub_errors import DISK_FULL, cache_folder, endpoint, errors_as_sentences
from cxr_grounding.models.registry import models_home

if TYPE_CHECKING:
    from cxr_grounding.models.hub.repository import HubFile, Listing

Tell = Callable[[int], object]
"""Called with the bytes that have come so far; may raise to stop."""

PART = ".part"
"""How the name of a file ends that has not come whole."""


def fetch_large(listing: Listing, file: HubFile, tell: Tell) -> None:
    """Bring a large file into the library's cache, where its own call then finds it.

    Args:
        listing: of the repository.
        file: of it, in large-file storage.
        tell: told how much has come.

    Raises:
        ModelError: when another program fetches it at the same time.
        OSError, and what the libraries raise: `errors_as_sentences` makes sentences of these.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import repo_folder_name
    from huggingface_hub.utils import build_hf_headers

    blobs = cache_folder() / repo_folder_name(repo_id=listing.repository, repo_type="model") / "blobs"
    url = hf_hub_url(listing.repository, file.name, revision=listing.commit, endpoint=endpoint())
    _fetch(url, blobs / file.sha256, build_hf_headers(), file.bytes, tell)


def fetch_archive(url: str, tell: Tell) -> Path:
    """Download an archive from its address, into this program's own folder.

    Returns:
        Where it lies; whoever has used it removes it.

    Raises:
        ModelError: when it cannot be had.
        OutputError: when the disk is full.
    """
    name = f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.zip"
    target = models_home().parent / "downloads" / name
    with errors_as_sentences(url):
        if not target.is_file():
            _fetch(url, target, {}, None, tell)
    return target


def _fetch(url: str, target: Path, headers: dict[str, Any], size: int | None, tell: Tell) -> None:
    """Download to a file beside the target, going on with what is there, and make it the target once it is whole."""
    from huggingface_hub.file_download import http_get

    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + PART)
    try:
        with held(part.with_name(part.name + ".lock")), part.open("ab") as kept:
            if size is not None and kept.tell() > size:
                kept.truncate(0)
            come = kept.tell()
            tell(come)
            http_get(
                url,
                _Told(kept, tell),  # type: ignore[arg-type]  # it has of a file what is called
                resume_size=come,
                headers=headers,
                expected_size=size,
                tqdm_class=_quiet(),
            )
            kept.flush()
            os.fsync(kept.fileno())
        part.replace(target)
    except HeldError as error:
        raise ModelError(f"{url} is being fetched by another program. Wait until it is done.") from error
    except OSError as error:
        if error.errno in DISK_FULL:
            part.unlink(missing_ok=True)  # it would keep the disk full
        raise


class _Told:
    """A file that tells how large it is with each piece that is written."""

    def __init__(self, file: IO[bytes], tell: Tell) -> None:
        self._file, self._tell = file, tell

    def write(self, chunk: bytes) -> int:
        written = self._file.write(chunk)
        self._tell(self._file.tell())
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _quiet() -> Any:
    """The library's bar, which shows nothing: how far it is, is told otherwise."""
    from huggingface_hub.utils import tqdm

    class Quiet(tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})  # type: ignore[no-untyped-call]

    return Quiet
