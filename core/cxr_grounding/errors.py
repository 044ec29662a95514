"""The package's errors: one short tree, every message a sentence for the person who gets it.

The message says what is wrong and what to do next. Everything derived from `CXRGroundingError` is
caught once, at the edge (command line, module, worker), and shown without a traceback. An exception
of any other kind that reaches the edge is a defect of this package.
"""

from __future__ import annotations


class CXRGroundingError(Exception):
    """Base of all errors that this package raises on purpose."""


class RadiographError(CXRGroundingError):
    """The image cannot be read, or is not a radiograph that can be grounded."""


class UndecodableError(RadiographError):
    """No decoder for the image's compression is installed here; another reader may have one."""


class PhraseError(CXRGroundingError):
    """The phrase holds nothing to ground."""


class RecipeError(CXRGroundingError):
    """A recipe (`grounding.json`) holds a value that the method cannot use."""


class ModelError(CXRGroundingError):
    """A model folder is missing, incomplete, corrupt, or of a kind that is refused."""


class GoneError(ModelError):
    """What was published is no longer there, or is closed; it may lie elsewhere."""


class ArchiveError(CXRGroundingError):
    """A hospital's archive is not set up, cannot be reached, refuses, or answers what cannot be used."""


class OutputError(CXRGroundingError):
    """A result cannot be written where it was asked for, or a written one cannot be opened."""


class DeviceError(CXRGroundingError):
    """The device that was asked for is not there, or has too little memory."""


class ClusterError(CXRGroundingError):
    """A cluster is not there, does not fit this program, or failed."""


class OrderError(CXRGroundingError):
    """A call came before the one that it depends on; the message names the missing call."""


class EvaluationError(CXRGroundingError):
    """A benchmark cannot be read, or nothing of it could be evaluated."""


class StudyError(CXRGroundingError):
    """A reader study cannot be made, read or gone on with, or an answer cannot be saved."""


class WorkerError(CXRGroundingError):
    """The worker process could not be started, crashed, was killed or hung; the message ends with its log's end."""


class WorkerLostError(WorkerError):
    """The worker process ended, or had to be ended, over what it was asked to do.

    Args:
        what: became of it, a sentence.
        rest: of the message: what to do, and the end of its log.
    """

    def __init__(self, what: str, rest: str = "") -> None:
        super().__init__(f"{what} {rest}".strip())
        self.what = what


class Cancelled(CXRGroundingError):
    """The caller asked to stop; nothing was produced."""
