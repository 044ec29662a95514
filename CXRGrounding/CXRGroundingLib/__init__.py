"""What the module is made of; each file has one job, and `CXRGrounding.py` beside this folder is the doorway."""
