"""Puts the scripted module, which lies outside of the packages, beside the window that opens it."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

MODULE = "CXRGrounding"


class BuildWithModule(build_py):
    """The step that gathers the packages' files; an editable installation uses the module where it lies."""

    def run(self) -> None:
        """Gather the packages, then the module."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "cxr_grounding_desktop" / MODULE
            left_out = shutil.ignore_patterns("__pycache__", "Testing", "CMakeLists.txt")
            shutil.copytree(MODULE, target, ignore=left_out, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithModule})
