"""Where radiographs come from beside files, and where results go: the hospital's archive, over DICOMweb."""
