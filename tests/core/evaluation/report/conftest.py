"""A small table to draw and to report."""

from __future__ import annotations

from math import nan

import pytest

from cxr_grounding.evaluation.table import Table, make_table
from scores import score


@pytest.fixture
def table() -> Table:
    """Two samples on two images, and one without a contrast on an image of its own."""
    return make_table(
        [
            score("a", "Edema", 0.25, cnr_signed=-1.5, cnr_absolute=1.75),
            score("b", "Edema", 0.35, cnr_signed=-0.5, cnr_absolute=1.25),
            score("c", "Pneumonia", 0.5, auc_roc_exact=0.875, cnr_signed=nan, cnr_absolute=nan),
        ]
    )
