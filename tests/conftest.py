"""Before anything is imported: what holds for all tests and the processes that they start."""

from __future__ import annotations

import os
import sys

# Threads of OpenMP wait for each other at every small layer; on a busy machine, where one of them is not let run, the
# tiny networks of the tests become many times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The tests start some hundred processes, and open the module anew for each window: without compiled sources all of them
# would compile the same files again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest_plugins = ["dicom_files", "lent_worker", "orthanc_server", "slicer_scene", "toy_archive", "archived_phantom"]
