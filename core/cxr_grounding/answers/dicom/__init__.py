"""Answers as DICOM objects of the radiograph's own study. `objects.dicom_objects` makes them."""
