"""The widgets of CTK that the module's .ui file and `slicer.util` use, in plain PyQt5.

What the public names do is what CTK's of the same names do; what CTK has beyond them is left out.
"""

from cxr_grounding_desktop.slicer_stand_in.slicer_names.ctk_collapsible_button import ctkCollapsibleButton
from cxr_grounding_desktop.slicer_stand_in.slicer_names.ctk_message_box import ctkMessageBox
from cxr_grounding_desktop.slicer_stand_in.slicer_names.ctk_slider_widget import ctkSliderWidget

__all__ = ["ctkCollapsibleButton", "ctkMessageBox", "ctkSliderWidget"]
