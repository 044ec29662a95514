"""Reports, annotation files, and the package's own documents."""

from __future__ import annotations

import json

import numpy as np

from cxr_grounding.frame import ModelFrame
from cxr_grounding.grounding import FrameArrays, Grounding
from cxr_grounding.maps import Region
from cxr_grounding.phrase import Phrase
from cxr_grounding.radiograph import Box, Identifiers, Orientation, Spacing, SpacingSource
from cxr_grounding.recipe import ModelIdentity, Recipe
from fuzzing.layouts import JSON, LINES, PLAIN, TOKENS
from fuzzing.seeds.seed import COLUMNS, ROWS, Seed

_PLAIN = """EXAMINATION: CHEST (PA AND LAT)

INDICATION: 54-year-old with cough, r/o pneumonia.

FINDINGS: Heart size is normal. There is a small left pleural effusion, approx. 2.5 cm, unchanged
since the prior study by Dr. Smith; L. base opacity.
  1. No pneumothorax.
  2) Degenerative changes at T7-T8 ... unchanged
a. Lines and tubes: none.
\u2022 Median sternotomy wires
- \u2265 3 nodules in the right upper lobe, largest 4 mm.
IMPRESSION:
Small left effusion.No other acute process.
"""
_RTF = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\colortbl;\red0\green0\blue0;}\f0\fs20 {\b FINDINGS:}\par "
    r"No pleural effusion.\par Caf\'e9 au lait \u8805 ? 3 cm.{\*\generator x;}\uc1\u55357 ?\u56832 ?\tab End.\par}"
)
_HTML = (
    "<!DOCTYPE html><html><head><title>x</title><style>p {}</style></head><body><h2>Findings</h2><p>Small left&nbsp;"
    "effusion &ge; 2&#160;cm.<br/>No <b>pneumo</b>thorax.</p><!-- no --><ul><li>One.</li><li>Two.</li></ul>"
    "<table><tr><td>Heart</td><td>normal</td></tr></table></body></html>"
)
_CDA = (
    '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>Report</title><component><structuredBody>'
    "<component><section><code code='1'/><title>Findings</title><text><paragraph>Small effusion.</paragraph><list>"
    "<item>No pneumothorax.</item></list><![CDATA[Clear.]]></text></section></component></structuredBody></component>"
    "</ClinicalDocument>"
)
_HL7 = (
    "MSH|^~\\&|RIS|H|EHR|H|20240101||ORU^R01|1|P|2.3\rPID|1||1||Doe^J\rOBR|1|||71020^CHEST\r"
    "OBX|1|TX|71020&GDT||FINDINGS:~Small left effusion.\\.br\\No pneumothorax \\T\\ no mass.||||||F\r"
    "OBX|2|TX|71020&IMP||IMPRESSION: Effusion.||||||F\r"
)
_MS_CXR = """dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height,split
a,Pneumonia,"right, lower lobe opacity",files/p10/p1/s1/a.jpg,10,20,30,40,72,64,test
a,Pneumonia,"right, lower lobe opacity",files/p10/p1/s1/a.jpg,15,25,30,20,72,64,test
b,Pleural Effusion,small left effusion,files/p10/p1/s2/b.jpg,1.5,2.5,30.25,40,72,64,val
"""
_VINDR = """image_id,rad_id,class_name,x_min,y_min,x_max,y_max
a,R8,Pleural effusion,1.5,2.5,30,40
b,R9,No finding,,,,
b.dicom,R9,Nodule/Mass,0,1,20,30
"""
_PHRASES = """path;phrase;x;y;w;h;class;location
a.png;linke Pleura;1,5;2,5;30,25;40;Effusion;left
b;right lung;10;20;30;40;;right base
"""


_IMAGES = {"a.jpg": b"", "b.png": b"", "data.raw": b""}
"""Files beside a table, that its rows are about."""


def report_seeds() -> list[Seed]:
    """Plain, and in Windows' encodings."""
    encodings = ("utf-8", "utf-16", "utf-16-le", "utf-8-sig", "utf-32")
    plain = [Seed(f"{name}.txt", _PLAIN.encode(name), (LINES, TOKENS, PLAIN)) for name in encodings]
    return [*plain, Seed("word.txt", _PLAIN.replace("\n", "\\n").encode("cp1252", "replace"), (LINES, TOKENS))]


def marked_up_report_seeds() -> list[Seed]:
    """RTF, HTML, CDA and HL7."""
    texts = {"a.rtf": _RTF, "a.html": _HTML, "cda.xml": _CDA, "a.hl7": _HL7}
    return [Seed(name, text.encode(), (TOKENS, TOKENS, LINES, PLAIN)) for name, text in texts.items()]


def ms_cxr_seeds() -> list[Seed]:
    """CSV and JSON."""
    images = [{"id": 1, "file_name": "a.jpg", "path": "files/p10/p1/s1/a.jpg", "width": COLUMNS, "height": ROWS}]
    entry = {
        "id": 1,
        "image_id": 1,
        "category_id": 2,
        "bbox": [1, 2, 30, 40],
        "label_text": "left effusion",
        "split": "test",
    }
    document = {
        "images": images,
        "categories": [{"id": 2, "name": "Pleural Effusion"}],
        "annotations": [entry, dict(entry)],
    }
    tabs = _MS_CXR.replace('"right, lower', "right lower").replace('"', "").replace(",", "\t")
    return [
        Seed("ms.csv", _MS_CXR.encode(), (LINES, TOKENS, PLAIN), _IMAGES),
        Seed("tabs.csv", tabs.encode(), (LINES, TOKENS), _IMAGES),
        Seed("ms.json", json.dumps(document).encode(), (JSON, JSON, TOKENS), _IMAGES),
    ]


def vindr_seeds() -> list[Seed]:
    """VinDr-CXR's CSV."""
    return [
        Seed("vindr.csv", _VINDR.encode(), (LINES, TOKENS, PLAIN), _IMAGES),
        Seed("sep.csv", ("sep=;\r\n" + _VINDR.replace(",", ";")).encode("utf-16"), (PLAIN,), _IMAGES),
    ]


def phrase_csv_seeds() -> list[Seed]:
    """Any CSV."""
    return [
        Seed("semicolons.csv", _PHRASES.encode(), (LINES, TOKENS, PLAIN), _IMAGES),
        Seed("commas.csv", _PHRASES.replace(",", ".").replace(";", ",").encode(), (LINES, TOKENS, PLAIN), _IMAGES),
    ]


def document_seeds() -> list[Seed]:
    """Saved answers."""
    rows = np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(32, 32)
    small = Grounding(
        phrase=Phrase("left lung", (0, 5, 6, 1), ("left", "lung"), "", (), (0, 5, 6, 1, 1, 1)),
        heatmap_frame=rows,
        regions=(Region(Box(1, 2, 3, 4), 0.5),),
        peak=(3.5, 4.5),
        frame=ModelFrame((ROWS, COLUMNS), Orientation("L", "F", True), 32, False),
        spacing=Spacing(0.1, 0.2, SpacingSource.PIXEL_SPACING),
        identifiers=Identifiers(StudyInstanceUID="1.2", SOPInstanceUID="1.2.3", Modality="DX"),
        model=ModelIdentity("tiny"),
        recipe=Recipe(),
        device="cpu",
        precision="single",
        seconds={"encoding": 0.5},
        unet_calls={"full": 3},
        warnings=("A warning.",),
        token_maps=np.stack([rows, rows]),
        arrays=FrameArrays(rows, rows, rows),
    )
    documents = (small.to_document(), small.to_document() | {"spacing_mm": None, "peak_pixels": None})
    return [
        Seed(f"{number}.json", json.dumps(one).encode(), (JSON,) * 4 + (TOKENS, PLAIN))
        for number, one in enumerate(documents)
    ]


def recipe_seeds() -> list[Seed]:
    """`grounding.json`, as models carry it."""
    document = {"model": ModelIdentity("tiny").as_dict(), "recipe": Recipe().as_dict()}
    return [Seed("grounding.json", json.dumps(document).encode(), (JSON, JSON, TOKENS, PLAIN))]
