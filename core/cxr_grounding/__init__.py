"""Where on the chest radiograph does a phrase point? Research use only.

The names below are loaded when they are first used: importing this package costs nothing, and only
`Grounder` brings torch with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxr_grounding.answers.doubted import Doubted
    from cxr_grounding.answers.picture import Caption, Marks, draw_overlay
    from cxr_grounding.ask import Ask
    from cxr_grounding.dicom_export import check_dicom_source, export_dicom, why_no_pictures
    from cxr_grounding.disk.sentences import readable
    from cxr_grounding.engine import Engine, OpenedModel, PolledEngine
    from cxr_grounding.errors import (
        ArchiveError,
        Cancelled,
        CXRGroundingError,
        DeviceError,
        ModelError,
        OrderError,
        OutputError,
        PhraseError,
        RadiographError,
        RecipeError,
        StudyError,
        UndecodableError,
        WorkerError,
    )
    from cxr_grounding.frame import ModelFrame
    from cxr_grounding.grounder import Grounder
    from cxr_grounding.grounding import FrameArrays, Grounding
    from cxr_grounding.many.ground_many import ImageAnswers, ground_many
    from cxr_grounding.models.catalogue import GET_BUTTON, find_published, list_published
    from cxr_grounding.models.licences import Terms
    from cxr_grounding.models.order import FetchOffer
    from cxr_grounding.models.registry import find_model, list_models
    from cxr_grounding.models.remove import find_removable, remove_model
    from cxr_grounding.noised import Noised
    from cxr_grounding.phrase import Phrase
    from cxr_grounding.placing import Place, Placing, Spot, Standing
    from cxr_grounding.progress import Progress
    from cxr_grounding.radiograph import Box, Identifiers, Orientation, Radiograph, Spacing, SpacingSource
    from cxr_grounding.reading.describe_file import FileDescription, describe_file
    from cxr_grounding.reading.dicom.objects.read_findings import read_findings
    from cxr_grounding.reading.grey import grey_from_colour
    from cxr_grounding.reading.identify_image import identify_image
    from cxr_grounding.reading.orientation import orientation_in_space, placed_orientation
    from cxr_grounding.reading.read_image import read_image
    from cxr_grounding.reading.report_file import read_report_file
    from cxr_grounding.recipe import IntensityChain, Method, ModelIdentity, Places, Recipe
    from cxr_grounding.region_place import place_region
    from cxr_grounding.report.split import split_report
    from cxr_grounding.reported import ReportedFinding
    from cxr_grounding.saving import Saving, save_answers
    from cxr_grounding.signals.assertion import Finding, Sentence, iter_report, read_report, read_sentence
    from cxr_grounding.signals.known_findings import Zone
    from cxr_grounding.signals.other_sentences import Reason
    from cxr_grounding.signals.places import Laterality
    from cxr_grounding.signals.proposals import LeftOut, Proposal, deciding_words, propose
    from cxr_grounding.signals.scope import Assertion
    from cxr_grounding.sources.delivery import Delivery, DicomObject
    from cxr_grounding.sources.dicomweb import Archive
    from cxr_grounding.sources.listing import MOST_STUDIES, ListedObject, ListedStudy, StudyContents
    from cxr_grounding.sources.query import StudyQuery, shown_day
    from cxr_grounding.sources.servers import Server, find_server, read_servers
    from cxr_grounding.study.questions import Question, QuestionKind
    from cxr_grounding.study.reading_session import ReadingSession
    from cxr_grounding.verdict import Verdict, VerdictKind
    from cxr_grounding.worker.blocking import BlockingWorker
    from cxr_grounding.worker.client import Worker
    from cxr_grounding.worker.courier import Courier
    from cxr_grounding.worker.fetcher import ModelFetcher
    from cxr_grounding.worker.reader import ImageReader, shared_reader
    from cxr_grounding.worker.task import WorkerTask

__version__ = "0.1.0"

__all__ = [
    "GET_BUTTON",
    "MOST_STUDIES",
    "Archive",
    "ArchiveError",
    "Ask",
    "Assertion",
    "BlockingWorker",
    "Box",
    "CXRGroundingError",
    "Cancelled",
    "Caption",
    "Courier",
    "Delivery",
    "DeviceError",
    "DicomObject",
    "Doubted",
    "Engine",
    "FetchOffer",
    "FileDescription",
    "Finding",
    "FrameArrays",
    "Grounder",
    "Grounding",
    "Identifiers",
    "ImageAnswers",
    "ImageReader",
    "IntensityChain",
    "Laterality",
    "LeftOut",
    "ListedObject",
    "ListedStudy",
    "Marks",
    "Method",
    "ModelError",
    "ModelFetcher",
    "ModelFrame",
    "ModelIdentity",
    "Noised",
    "OpenedModel",
    "OrderError",
    "Orientation",
    "OutputError",
    "Phrase",
    "PhraseError",
    "Place",
    "Places",
    "Placing",
    "PolledEngine",
    "Progress",
    "Proposal",
    "Question",
    "QuestionKind",
    "Radiograph",
    "RadiographError",
    "ReadingSession",
    "Reason",
    "Recipe",
    "RecipeError",
    "ReportedFinding",
    "Saving",
    "Sentence",
    "Server",
    "Spacing",
    "SpacingSource",
    "Spot",
    "Standing",
    "StudyContents",
    "StudyError",
    "StudyQuery",
    "Terms",
    "UndecodableError",
    "Verdict",
    "VerdictKind",
    "Worker",
    "WorkerError",
    "WorkerTask",
    "Zone",
    "check_dicom_source",
    "deciding_words",
    "describe_file",
    "draw_overlay",
    "export_dicom",
    "find_model",
    "find_published",
    "find_removable",
    "find_server",
    "grey_from_colour",
    "ground_many",
    "identify_image",
    "iter_report",
    "list_models",
    "list_published",
    "orientation_in_space",
    "place_region",
    "placed_orientation",
    "propose",
    "read_findings",
    "read_image",
    "read_report",
    "read_report_file",
    "read_sentence",
    "read_servers",
    "readable",
    "remove_model",
    "save_answers",
    "shared_reader",
    "shown_day",
    "split_report",
    "why_no_pictures",
]

_HOMES = {
    "ask": ("Ask",),
    "dicom_export": ("check_dicom_source", "export_dicom", "why_no_pictures"),
    "engine": ("Engine", "OpenedModel", "PolledEngine"),
    "answers.doubted": ("Doubted",),
    "answers.picture": ("Caption", "Marks", "draw_overlay"),
    "errors": (
        "ArchiveError",
        "CXRGroundingError",
        "Cancelled",
        "DeviceError",
        "ModelError",
        "OrderError",
        "OutputError",
        "PhraseError",
        "RadiographError",
        "RecipeError",
        "StudyError",
        "UndecodableError",
        "WorkerError",
    ),
    "reading.dicom.objects.read_findings": ("read_findings",),
    "reading.describe_file": ("FileDescription", "describe_file"),
    "reading.orientation": ("orientation_in_space", "placed_orientation"),
    "reading.grey": ("grey_from_colour",),
    "reading.identify_image": ("identify_image",),
    "reading.read_image": ("read_image",),
    "reading.report_file": ("read_report_file",),
    "region_place": ("place_region",),
    "frame": ("ModelFrame",),
    "grounder": ("Grounder",),
    "grounding": ("FrameArrays", "Grounding"),
    "many.ground_many": ("ImageAnswers", "ground_many"),
    "models.catalogue": ("GET_BUTTON", "find_published", "list_published"),
    "models.licences": ("Terms",),
    "models.order": ("FetchOffer",),
    "disk.sentences": ("readable",),
    "models.registry": ("find_model", "list_models"),
    "models.remove": ("find_removable", "remove_model"),
    "noised": ("Noised",),
    "phrase": ("Phrase",),
    "placing": ("Place", "Placing", "Spot", "Standing"),
    "progress": ("Progress",),
    "radiograph": ("Box", "Identifiers", "Orientation", "Radiograph", "Spacing", "SpacingSource"),
    "report.split": ("split_report",),
    "reported": ("ReportedFinding",),
    "saving": ("Saving", "save_answers"),
    "signals.assertion": ("Finding", "Sentence", "iter_report", "read_report", "read_sentence"),
    "signals.proposals": ("LeftOut", "Proposal", "deciding_words", "propose"),
    "signals.other_sentences": ("Reason",),
    "signals.known_findings": ("Zone",),
    "signals.places": ("Laterality",),
    "signals.scope": ("Assertion",),
    "sources.delivery": ("Delivery", "DicomObject"),
    "sources.dicomweb": ("Archive",),
    "sources.listing": ("MOST_STUDIES", "ListedObject", "ListedStudy", "StudyContents"),
    "sources.query": ("StudyQuery", "shown_day"),
    "sources.servers": ("Server", "find_server", "read_servers"),
    "recipe": ("IntensityChain", "Method", "ModelIdentity", "Places", "Recipe"),
    "study.questions": ("Question", "QuestionKind"),
    "study.reading_session": ("ReadingSession",),
    "verdict": ("Verdict", "VerdictKind"),
    "worker.blocking": ("BlockingWorker",),
    "worker.client": ("Worker",),
    "worker.courier": ("Courier",),
    "worker.fetcher": ("ModelFetcher",),
    "worker.reader": ("ImageReader", "shared_reader"),
    "worker.task": ("WorkerTask",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
