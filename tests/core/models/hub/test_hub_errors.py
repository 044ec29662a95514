"""What happens under a download comes out as one sentence with a next step."""

from __future__ import annotations

import errno
from types import SimpleNamespace

import pytest

from cxr_grounding.errors import Cancelled, CXRGroundingError, ModelError, OutputError
from cxr_grounding.models.hub.hub_errors import errors_as_sentences


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (ConnectionResetError(errno.ECONNRESET, "reset by peer"), ModelError, "reset by peer.*Try again"),
        (TimeoutError("timed out"), ModelError, "connection .* failed while fetching unet.pt of a/b .timed out"),
        (RuntimeError("chunk lost"), ModelError, "unet.pt of a/b could not be fetched .chunk lost"),
        (OSError("size differs"), ModelError, "did not come whole .size differs"),
        (OSError(errno.ENOSPC, "No space left on device"), OutputError, "The disk is full .No space.*HF_HOME"),
        (OSError(errno.EDQUOT, "Quota exceeded"), OutputError, "The disk is full .Quota"),
        (PermissionError(errno.EACCES, "Permission denied"), OutputError, "cannot be kept in .*permissions"),
    ],
)
def test_each_failure_is_told_with_its_reason(error: Exception, kind: type[CXRGroundingError], sentence: str) -> None:
    with pytest.raises(kind, match=sentence), errors_as_sentences("a/b", "main", "unet.pt"):
        raise error


def test_sentences_of_this_package_pass_as_they_are() -> None:
    with pytest.raises(Cancelled, match=r"^Stopped\.$"), errors_as_sentences("a/b", "main"):
        raise Cancelled("Stopped.")


def test_a_defect_of_this_program_is_not_taken_for_a_failed_download() -> None:
    with pytest.raises(TypeError), errors_as_sentences("a/b", "main"):
        raise TypeError


def test_the_host_of_large_files_is_named_where_only_it_cannot_be_reached() -> None:
    from huggingface_hub import errors

    failed = errors.HTTPError("certificate verify failed")
    failed.request = SimpleNamespace(url=SimpleNamespace(host="cas-bridge.xethub.hf.co"))
    with (
        pytest.raises(ModelError, match=r"connection to cas-bridge.xethub.hf.co, .* large files, .*--from"),
        errors_as_sentences("a/b", "main", "unet.pt"),
    ):
        raise failed


def test_the_hubs_own_transport_is_named_with_what_turns_it_off() -> None:
    with pytest.raises(ModelError, match="HF_HUB_DISABLE_XET=1"), errors_as_sentences("a/b", "main", "unet.pt"):
        raise RuntimeError("Xet reconstruction error")
