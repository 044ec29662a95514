"""What the module expects of Slicer beyond the MRML core, a file a topic; `names.py` says where Slicer has them."""
