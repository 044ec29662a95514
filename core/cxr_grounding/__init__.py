"""Where on the chest radiograph does a phrase point? Research use only."""

__version__ = "0.1.0"
