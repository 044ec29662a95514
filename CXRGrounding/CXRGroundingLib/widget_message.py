"""What the panel says above the list: what was told last, as long as it is about what is on the screen."""

from __future__ import annotations

from typing import Any

from CXRGroundingLib import texts


class PanelMessage:
    """Holds what was told, and what it was told of; nothing else shows or hides the label.

    Args:
        label: a QLabel.
    """

    def __init__(self, label: Any) -> None:
        self._label = label
        self._told = self._about = ""
        self.show("", "")

    def tell(self, text: str, about: str) -> None:
        """Say something, until something else is said or another radiograph is chosen.

        Args:
            text: "" takes back what was said.
            about: the ID of the radiograph that is chosen now; "" for none.
        """
        self._told, self._about = text, about

    def show(self, about: str, standing: str) -> None:
        """Bring the label up to date.

        Args:
            about: the ID of the radiograph that is chosen now; "" for none.
            standing: what holds now and has to be said as long as it does; "" for nothing.
        """
        if about != self._about:
            self.tell("", about)
        say(self._label, self._told or standing)


def say(label: Any, text: str) -> None:
    """Show a text in a label, which takes no room without one."""
    label.setText(texts.shown(text))
    label.setVisible(bool(text))
