"""The command line `cxr-ground`: one file a command."""
