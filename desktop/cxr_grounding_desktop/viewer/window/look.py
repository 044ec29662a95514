"""How the program looks: dark and quiet, so that the radiograph is the brightest thing, with one accent color.

Qt's Fusion style draws everything from the palette; the style sheet adds only what a palette cannot say. Sizes are in
device-independent pixels, which Qt scales with the screen.
"""

from __future__ import annotations

from pathlib import Path

from PyQt5.QtGui import QColor, QPalette
from PyQt5.QtWidgets import QApplication

AROUND_IMAGE = "#08090a"
"""Behind the radiograph; not black itself, so that the image's own edge can be seen."""
WINDOW = "#1f2226"
"""Panel, menus, status bar."""
FIELD = "#15171a"
"""Where something is typed or listed."""
RAISED = "#2c3036"
"""Buttons, tool tips, menus that are open."""
BORDER = "#454b54"
TEXT = "#dfe2e6"
QUIET = "#a3aab4"
"""Second lines and hints: read when looked for."""
DISABLED = "#747b86"
ACCENT = "#6cb2eb"
"""The only color: what is chosen, focused, in progress, or to be pressed next. Blue, far from the heatmaps' colors."""
ON_ACCENT = "#0b1117"
ACCENT_GROUND = "#2f5f85"
"""The accent, so dark that light text can be read on it: chosen rows, the filled part of the progress bar."""
WARNING_FIELD = "#3a2f1c"
WARNING_TEXT = "#f3dcae"
"""The message strip, which must be seen but is no accent."""

TICK = (Path(__file__).parent / "tick.svg").as_posix()
"""In a checked box, in the color that lies on the accent."""

_ROLES = {
    QPalette.ColorRole.Window: WINDOW,
    QPalette.ColorRole.WindowText: TEXT,
    QPalette.ColorRole.Base: FIELD,
    QPalette.ColorRole.AlternateBase: "#1a1d20",
    QPalette.ColorRole.Text: TEXT,
    QPalette.ColorRole.PlaceholderText: QUIET,
    QPalette.ColorRole.Button: RAISED,
    QPalette.ColorRole.ButtonText: TEXT,
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: RAISED,
    QPalette.ColorRole.ToolTipText: TEXT,
    QPalette.ColorRole.Highlight: ACCENT,
    QPalette.ColorRole.HighlightedText: ON_ACCENT,
    QPalette.ColorRole.Link: ACCENT,
    QPalette.ColorRole.LinkVisited: ACCENT,
    QPalette.ColorRole.Light: "#3a4049",
    QPalette.ColorRole.Midlight: "#33383f",
    QPalette.ColorRole.Mid: "#3a4047",
    QPalette.ColorRole.Dark: "#121417",
    QPalette.ColorRole.Shadow: "#0a0b0d",
}
_DISABLED_ROLES = {
    QPalette.ColorRole.WindowText: DISABLED,
    QPalette.ColorRole.Text: DISABLED,
    QPalette.ColorRole.ButtonText: DISABLED,
    QPalette.ColorRole.HighlightedText: "#c6cbd2",
    QPalette.ColorRole.Highlight: "#3f4650",
    QPalette.ColorRole.Base: WINDOW,
    QPalette.ColorRole.Button: "#25282d",
}

_STYLE = f"""
QToolTip {{ color: {TEXT}; background: {RAISED}; border: 1px solid {BORDER}; padding: 3px; }}
QMenuBar {{ background: {WINDOW}; }}
QMenuBar::item {{ padding: 5px 10px; background: transparent; }}
QMenuBar::item:selected {{ background: {RAISED}; }}
QMenu {{ background: {RAISED}; border: 1px solid {BORDER}; padding: 4px 0; }}
QMenu::item {{ padding: 5px 28px 5px 24px; }}
QMenu::item:selected {{ background: {ACCENT}; color: {ON_ACCENT}; }}
QMenu::item:disabled {{ color: {DISABLED}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {BORDER}; margin: 4px 0; }}
QStatusBar {{ background: {WINDOW}; color: {QUIET}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {TEXT}; padding: 2px 8px; }}
QSplitter::handle {{ background: {WINDOW}; }}
QSplitter::handle:hover {{ background: {ACCENT}; }}
QScrollArea {{ border: none; background: {WINDOW}; }}

QPushButton {{ background: {RAISED}; border: 1px solid {BORDER}; border-radius: 4px; padding: 5px 12px; }}
QPushButton:hover {{ background: #363b43; }}
QPushButton:pressed {{ background: {FIELD}; }}
QPushButton:focus {{ border-color: {ACCENT}; }}
QPushButton:disabled {{ background: #25282d; color: {DISABLED}; border-color: #33383f; }}
QPushButton#groundButton:enabled {{ background: {ACCENT}; color: {ON_ACCENT}; border-color: {ACCENT};
  font-weight: bold; }}
QPushButton#groundButton:enabled:hover {{ background: #85c1f0; }}
QPushButton#groundButton:enabled:focus {{ border: 2px solid {TEXT}; padding: 4px 11px; }}

QLineEdit, QTextEdit {{ background: {FIELD}; border: 1px solid {BORDER}; border-radius: 4px; padding: 3px 5px;
  selection-background-color: {ACCENT}; selection-color: {ON_ACCENT}; }}
QLineEdit:focus, QTextEdit:focus {{ border-color: {ACCENT}; }}
QComboBox {{ min-width: 110px; }}
QComboBox QLineEdit {{ border: none; padding: 0; }}

QCheckBox::indicator, QTableView::indicator {{ width: 13px; height: 13px; border: 1px solid {QUIET}; border-radius: 3px;
  background: {FIELD}; }}
QCheckBox::indicator:checked, QTableView::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT};
  image: url({TICK}); }}
QRadioButton::indicator {{ width: 11px; height: 11px; border: 1px solid {QUIET}; border-radius: 6px;
  background: {FIELD}; }}
QRadioButton::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; }}
QRadioButton:checked {{ color: {ACCENT}; }}
QCheckBox::indicator:focus, QCheckBox::indicator:hover {{ border-color: {ACCENT}; }}
QCheckBox::indicator:disabled {{ border-color: {BORDER}; background: {WINDOW}; }}
QCheckBox:focus {{ color: {ACCENT}; }}

QTableView, QTreeView {{ border: 1px solid {BORDER}; border-radius: 4px; gridline-color: #2a2e34; }}
QTableView:focus, QTreeView:focus {{ border-color: {ACCENT}; }}
QTableView::item:selected, QTreeView::item:selected {{ background: {ACCENT_GROUND}; color: {TEXT}; }}
QHeaderView::section {{ background: {WINDOW}; color: {QUIET}; border: none; border-bottom: 1px solid {BORDER};
  padding: 4px 6px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QProgressBar {{ background: {FIELD}; border: 1px solid {BORDER}; border-radius: 4px; min-height: 20px;
  text-align: center; color: {TEXT}; }}
QProgressBar::chunk {{ background: {ACCENT_GROUND}; border-radius: 3px; }}

#messageStrip {{ background: {WARNING_FIELD}; border: none; }}
#messageStrip QLabel {{ color: {WARNING_TEXT}; }}
#radiographList QLabel {{ color: {QUIET}; }}
"""


def palette() -> QPalette:
    """The program's colors."""
    made = QPalette()
    for role, color in _ROLES.items():
        made.setColor(role, QColor(color))
    for role, color in _DISABLED_ROLES.items():
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(color))
    return made


def apply_look(application: QApplication) -> None:
    """Give the application its style, palette and style sheet."""
    application.setStyle("Fusion")
    application.setPalette(palette())
    application.setStyleSheet(_STYLE)


def contrast(first: QColor, second: QColor) -> float:
    """How well two opaque colors can be told apart, 1 to 21 (WCAG 2.1, contrast ratio)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: QColor) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.1)."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (color.redF(), color.greenF(), color.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
