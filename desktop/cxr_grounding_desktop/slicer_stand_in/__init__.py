"""Stands in for Slicer: the module runs on it unchanged, and gets what it asks Slicer for and nothing else.

`Host` puts it all into place. `scene` is Slicer's own MRML core; `pythonqt` shows PyQt5 as Slicer's Python sees Qt;
`slicer_names` has what Slicer and CTK add to both; `module_loading` loads the module's files. Nothing here knows the
window that is built around it.
"""
