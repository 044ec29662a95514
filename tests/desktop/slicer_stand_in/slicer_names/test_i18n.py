"""Texts for the user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt5.QtCore import QCoreApplication, QTranslator

from cxr_grounding_desktop.slicer_stand_in.host import Host


class Told(QTranslator):
    """Answers with what it was asked."""

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"{context}: {text}"

    def isEmpty(self) -> bool:
        return False


@pytest.fixture
def translator(host_names: Host) -> Iterator[None]:
    translator = Told()
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


def test_without_a_translator_a_text_stays_as_it_is_written(host_names: Host) -> None:
    from slicer.i18n import tr, translate

    assert tr("Größe {count} <b>") == "Größe {count} <b>"
    assert translate("qSlicerAbstractCoreModule", "Analysis") == "Analysis"


def test_a_translator_gets_the_context_that_slicer_gives(translator: None, tmp_path: Path) -> None:
    from slicer.i18n import translate

    assert translate("Here", "Ground") == "Here: Ground"
    alone, package = tmp_path / "Alone.py", tmp_path / "Library"
    package.mkdir()
    (package / "__init__.py").touch()
    for file, context in ((alone, "Alone"), (package / "widget.py", "Library.widget")):
        file.write_text("from slicer.i18n import tr as _\nTEXT = _('Ground')\n", encoding="utf-8")
        names: dict[str, str] = {}
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
        assert names["TEXT"] == f"{context}: Ground"
