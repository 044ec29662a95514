"""Phantoms that several tests look at, drawn once: to draw one takes longer than a tiny model takes to answer."""

from __future__ import annotations

import functools

from cxr_grounding.phantom.drawing import draw_phantom

drawn_once = functools.lru_cache(maxsize=64)(draw_phantom)
"""`draw_phantom`; who gets a phantom only reads it."""
