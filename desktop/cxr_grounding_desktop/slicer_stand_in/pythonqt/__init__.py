"""PyQt5 objects as Slicer's own Qt binding, PythonQt, shows them to Python.

The two bindings differ where it hurts: what is an attribute there is a method here, a slot that raises is survived
there and ends the process here. Code that ran on PyQt5 as it is would say little about Slicer. So the module never
touches a PyQt5 object: it gets a `Wrapper` around each, which follows PythonQt's rules and refuses everything else.
"""

from cxr_grounding_desktop.slicer_stand_in.pythonqt.namespace import make_namespace
from cxr_grounding_desktop.slicer_stand_in.pythonqt.wrapper import unwrap, wrap, wrapper_class

__all__ = ["make_namespace", "unwrap", "wrap", "wrapper_class"]
