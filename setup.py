"""What pyproject.toml cannot say: the module lies outside of the packages, and the README is read elsewhere too."""

import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

MODULE = "CXRGrounding"

PAGES = "https://github.com/cxrgrounding/SlicerCXRGrounding/blob/main/"
FILES = "https://raw.githubusercontent.com/cxrgrounding/SlicerCXRGrounding/main/"
"""Where the README's links and pictures are for those who read it elsewhere than in the repository."""


class BuildWithModule(build_py):
    """The step that gathers the packages' files; an editable installation uses the module where it lies."""

    def run(self) -> None:
        """Gather the packages, then the module."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "cxr_grounding_desktop" / MODULE
            left_out = shutil.ignore_patterns("__pycache__", "Testing", "CMakeLists.txt")
            shutil.copytree(MODULE, target, ignore=left_out, dirs_exist_ok=True)


def readme() -> str:
    """The README with whole addresses, as the package index shows it."""
    text = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    text = re.sub(r"(!\[[^\]]*\]\()(?!\w+:|#)", rf"\1{FILES}", text)
    return re.sub(r"(?<!!)(\[[^\]]*\]\()(?!\w+:|#)", rf"\1{PAGES}", text)


setup(cmdclass={"build_py": BuildWithModule}, long_description=readme(), long_description_content_type="text/markdown")
