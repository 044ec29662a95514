"""Damaged files against every reader of files from anywhere, in children with limits: `python -m fuzzing --help`."""
