"""Answers as DICOM objects of the radiograph's own study. `dicom_objects` makes them."""

from cxr_grounding.answers.dicom.objects import KINDS, dicom_objects

__all__ = ["KINDS", "dicom_objects"]
