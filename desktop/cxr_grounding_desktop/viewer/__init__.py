"""The program around the module's panel: one slice view (`view`), the window (`window`), and both put together.

Plain PyQt5. The view knows Slicer's MRML core and nothing of the stand-in; the window asks the stand-in's host.
"""
