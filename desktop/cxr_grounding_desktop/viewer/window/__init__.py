"""The main window: what surrounds the view and the module's panel."""
