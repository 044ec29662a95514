"""PublishedFigures figures, as printed where they say."""

from __future__ import annotations

import pytest

from cxr_grounding.evaluation.published_figures import CAVEAT, PUBLISHED, PublishedFigures


def test_the_published_figures_are_those_of_the_source() -> None:
    printed = {line.model: (line.cnr_signed, round(100 * line.miou, 1)) for line in PUBLISHED}
    assert printed == {
        "BioViL": (1.17, 20.2),
        "BioViL-T": (1.37, 21.4),
        "Latent diffusion model, frozen": (0.93, 22.0),
        "Latent diffusion model, prompt-tuned": (1.37, 29.5),
    }


def test_every_figure_says_where_it_stands_and_what_it_is_of() -> None:
    assert {(line.source, line.benchmark) for line in PUBLISHED} == {("PMLR 315 (MIDL 2026), Table 1", "MS-CXR-loc")}
    assert '"{location} {pathology}"' in CAVEAT


def test_per_cent_are_refused() -> None:
    with pytest.raises(ValueError, match="not per cent"):
        PublishedFigures("x", "y", 29.5, 1.37, "z")
