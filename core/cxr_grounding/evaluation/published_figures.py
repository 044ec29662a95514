"""Figures that others have published, to print beside ours, each with what it is of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedFigures:
    """One line of a published table.

    Args:
        model: as its table names it.
        benchmark: the images and phrases that it is about.
        miou: [0, 1], however it was printed.
        cnr_signed: the variant that keeps its sign.
        source: where it stands.
    """

    model: str
    benchmark: str
    miou: float
    cnr_signed: float
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.miou <= 1:
            raise ValueError(f"the mIoU is {self.miou}; expected a fraction from 0 to 1, not per cent")


MS_CXR_LOC = "MS-CXR-loc"
"""MS-CXR's images and boxes with "{location} {pathology}" as the phrase, in place of the report's sentence."""

MIDL_2026 = "PMLR 315 (MIDL 2026), Table 1"

PUBLISHED = (
    PublishedFigures("BioViL", MS_CXR_LOC, 0.202, 1.17, MIDL_2026),
    PublishedFigures("BioViL-T", MS_CXR_LOC, 0.214, 1.37, MIDL_2026),
    PublishedFigures("Latent diffusion model, frozen", MS_CXR_LOC, 0.220, 0.93, MIDL_2026),
    PublishedFigures("Latent diffusion model, prompt-tuned", MS_CXR_LOC, 0.295, 1.37, MIDL_2026),
)

CAVEAT = (
    "Published figures compare with ours only for the same images, phrases and variant of the metric. These are of "
    f'{MS_CXR_LOC} (the images of MS-CXR, "{{location}} {{pathology}}" as the phrase), with the signed CNR; '
    "they say nothing beside figures of other images or of the reports' own sentences."
)
"""To stand beside them wherever they are shown."""
