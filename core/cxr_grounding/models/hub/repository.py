"""Repositories on the Hugging Face hub: what they hold, and their files, each checked against its listed checksum.

With `transfer` the only file of the package that reaches the network. `models fetch` calls it, on the command line or
in the worker, and `models convert` for a text side that is named by its repository. Which hub, which proxy, which token
and which cache, whether offline, how a broken download goes on: all of that is `huggingface_hub`'s, set by its own
environment variables (HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_OFFLINE, ...).
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cxr_grounding.disk.digest import digest_of
from cxr_grounding.disk.sentences import printable
from cxr_grounding.errors import ModelError
from cxr_grounding.models.hub.hub_errors import cache_folder, endpoint, errors_as_sentences
from cxr_grounding.models.hub.transfer import Tell, fetch_large
from cxr_grounding.models.licences import DOCUMENT, LARGEST_BYTES, Terms, stated_in_card, terms_of
from cxr_grounding.models.provenance import SourceFile

SHORT_COMMIT = re.compile("[0-9a-f]{7,39}")
"""A commit by its first digits, which the hub takes for a branch."""


@dataclass(frozen=True)
class HubFile:
    """A file as a repository lists it.

    Args:
        name: its path in the repository, with forward slashes.
        bytes: its size.
        sha256: of its content, for a file in large-file storage; "" for any other.
        git_sha1: of its content as a git blob; "" where only the SHA-256 is known.
    """

    name: str
    bytes: int
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True)
class Listing:
    """What a repository holds at one commit.

    Args:
        repository: owner/name.
        revision: that was asked for: a branch, a tag or a commit.
        commit: that it is; "" when offline and the cache holds nothing of it.
        files: all of them; when offline, those in the cache.
        licence: as its model card states it; "" where it states none.
        offline: whether it is what the cache holds, and not what the hub says.
    """

    repository: str
    revision: str
    commit: str
    files: tuple[HubFile, ...]
    licence: str = ""
    offline: bool = False

    @property
    def page(self) -> str:
        """Where people read about it."""
        return f"{endpoint()}/{self.repository}"

    def find(self, name: str) -> HubFile | None:
        """The file of that name, if there is one."""
        return next((file for file in self.files if file.name == name), None)


def list_repository(repository: str, revision: str = "main") -> Listing:
    """Ask the hub what a repository holds; when offline (HF_HUB_OFFLINE=1), look into the cache instead.

    Args:
        repository: owner/name.
        revision: a branch, a tag or a commit.

    Raises:
        ModelError: when it is gone or closed to this user, has no such revision, or the hub cannot be reached.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.utils import validate_repo_id

    with errors_as_sentences(repository, revision):
        validate_repo_id(repository)
        if constants.HF_HUB_OFFLINE:
            return _list_cache(repository, revision)
        _check_endpoint()
        info = HfApi().model_info(repository, revision=_whole_commit(repository, revision), files_metadata=True)
    files = tuple(
        HubFile(file.rfilename, file.size or 0, file.lfs.sha256 if file.lfs else "", file.blob_id or "")
        for file in info.siblings or ()
    )
    return Listing(repository, revision, info.sha or "", files, _licence(info.card_data))


def is_cached(listing: Listing, file: HubFile) -> bool:
    """Whether the file need not be downloaded."""
    from huggingface_hub import try_to_load_from_cache

    with errors_as_sentences(listing.repository, listing.revision):
        return isinstance(try_to_load_from_cache(listing.repository, file.name, revision=listing.commit), str)


def terms(listing: Listing) -> Terms:
    """Under which terms a repository is: as its card states, or else as its licence file reads; nothing stays here."""
    documents = [file for file in listing.files if DOCUMENT.fullmatch(file.name) and file.bytes <= LARGEST_BYTES]
    page = "" if listing.offline else f"{listing.page}/blob/{listing.commit}/{{}}"
    return terms_of(listing.repository, listing.licence, {file.name: _text(listing, file) for file in documents}, page)


def _text(listing: Listing, file: HubFile) -> str:
    from huggingface_hub import hf_hub_download

    with errors_as_sentences(listing.repository, listing.revision, file.name), tempfile.TemporaryDirectory() as folder:
        where = None if is_cached(listing, file) else folder
        path = hf_hub_download(listing.repository, file.name, revision=listing.commit, local_dir=where)
        return Path(path).read_text(encoding="utf-8", errors="replace")


def download(listing: Listing, files: Sequence[HubFile], tell: Tell | None = None) -> list[Path]:
    """Bring files into the library's cache, at the commit that was listed.

    A connection that breaks is taken up where it broke, a few times. Files that are whole stay in the cache, whatever
    happens to the others, and so does what has come of a large one.

    Args:
        listing: of the repository.
        files: of it.
        tell: called with the bytes that have come, of all these files; may raise to stop.

    Returns:
        Where each lies.

    Raises:
        ModelError: when the hub cannot be reached any more, or does not give a file.
        OutputError: when the disk is full.
    """
    from huggingface_hub import hf_hub_download

    if files and not listing.offline and not listing.commit.startswith(listing.revision):
        # Asked by its revision, one file makes the cache remember which commit that is; offline, it is looked up there.
        smallest = min(files, key=lambda file: file.bytes)
        with errors_as_sentences(listing.repository, listing.revision, smallest.name):
            hf_hub_download(listing.repository, smallest.name, revision=listing.revision)
    paths, done = [], 0
    for file in files:
        with errors_as_sentences(listing.repository, listing.revision, file.name):
            if file.sha256 and not listing.offline and not is_cached(listing, file):
                fetch_large(listing, file, _counted_on(tell, done))
            paths.append(Path(hf_hub_download(listing.repository, file.name, revision=listing.commit)))
        done += file.bytes
        if tell is not None:
            tell(done)
    return paths


def _counted_on(tell: Tell | None, before: int) -> Tell:
    """Tells what has come of one file as part of all."""

    def told(come: int) -> None:
        if tell is not None:
            tell(before + come)

    return told


def checked(listing: Listing, file: HubFile, path: Path, licence: str = "") -> SourceFile:
    """Compare a downloaded file with what the repository lists; remove it from the cache when it differs.

    Args:
        listing, file: as listed.
        path: where it lies.
        licence: of the repository, where its card does not state one.

    Returns:
        What is recorded of it.

    Raises:
        ModelError: when its content is not what was listed.
    """
    with errors_as_sentences(listing.repository, listing.revision, file.name):
        digest = digest_of(path)
    found = digest.sha256 if file.sha256 else digest.git_sha1
    expected = file.sha256 or file.git_sha1 or found
    if found != expected:
        _forget(path)
        raise ModelError(
            f"{file.name} of {listing.repository} does not have the checksum that the repository lists ({found}, but "
            f"{expected} is expected), so it is damaged or was changed on the way. It was removed from the cache; "
            "try again, and it comes anew."
        )
    return SourceFile(
        file.name, digest.sha256, digest.bytes, listing.repository, listing.commit, listing.licence or licence
    )


def _forget(path: Path) -> None:
    """Remove a file from the cache, with the blob that it links to."""
    blob = path.resolve()
    for part in {blob, path}:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def _list_cache(repository: str, revision: str) -> Listing:
    """What the library's cache holds of a repository; the names of its blobs are the checksums."""
    from huggingface_hub import scan_cache_dir

    nothing = Listing(repository, revision, "", (), offline=True)
    if not cache_folder().is_dir():
        return nothing
    kept = [
        repo for repo in scan_cache_dir(cache_folder()).repos if (repo.repo_id, repo.repo_type) == (repository, "model")
    ]
    commits = [
        commit
        for repo in kept
        for commit in repo.revisions
        if revision in commit.refs or (commit.commit_hash.startswith(revision) and _is_commit(revision))
    ]
    if not commits:
        return nothing
    found, names = commits[0], {}
    for file in found.files:
        blob = file.blob_path.name
        sums = {"sha256": blob} if len(blob) == 64 else {"git_sha1": blob}
        linked = re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", blob) is not None
        name = file.file_path.relative_to(found.snapshot_path).as_posix()
        names[name] = HubFile(name, file.size_on_disk, **(sums if linked else {}))
    card = found.snapshot_path / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    files = tuple(names[name] for name in sorted(names))
    return Listing(repository, revision, found.commit_hash, files, stated_in_card(text), offline=True)


def _is_commit(revision: str) -> bool:
    return SHORT_COMMIT.fullmatch(revision) is not None or re.fullmatch("[0-9a-f]{40}", revision) is not None


def _whole_commit(repository: str, revision: str) -> str:
    """The commit that begins with these digits: the latest, or one in the history; any other revision as it is."""
    from huggingface_hub import HfApi

    if not SHORT_COMMIT.fullmatch(revision):
        return revision
    latest = HfApi().model_info(repository).sha or ""
    if latest.startswith(revision):
        return latest
    commits = [commit.commit_id for commit in HfApi().list_repo_commits(repository)]
    found = [commit for commit in commits if commit.startswith(revision)]
    if len(found) != 1:
        raise ModelError(
            f"{repository} has {'no' if not found else 'more than one'} commit {revision} in its history. Look at "
            f"{endpoint()}/{repository}/commits/main, and name one (--revision main for the latest)."
        )
    return found[0]


def _licence(card: Any) -> str:
    """The licence that a model card's metadata states; the hub says "other" for one that it has no word for."""
    if card is None:
        return ""
    values = card.to_dict()
    stated, name = values.get("license"), values.get("license_name")
    if stated == "other" and name:
        stated = name
    return printable(", ".join(map(str, stated)) if isinstance(stated, list) else str(stated or ""))


def _check_endpoint() -> None:
    """Refuse an address that the network library would stumble over in words of its own."""
    try:
        parts = urlsplit(endpoint())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ModelError(
            f"HF_ENDPOINT is {endpoint()!r}, which is no address of a hub. Unset it, or give one like "
            "https://huggingface.co."
        )
