"""What other programs put around a report's words."""

from __future__ import annotations

import pytest

from cxr_grounding.report.plain_text import plain_text
from cxr_grounding.report.split import split_report

CDA = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>
<v3:ClinicalDocument xmlns:v3="urn:hl7-org:v3"><v3:title>Report of Doe</v3:title>
<v3:recordTarget><v3:name>John Doe</v3:name></v3:recordTarget>
<v3:component><v3:section><v3:title>FINDINGS</v3:title><v3:text><v3:paragraph>Small <v3:content>left</v3:content>
effusion &lt; 2 cm.</v3:paragraph><v3:list><v3:item>Edema</v3:item><v3:item><![CDATA[Mass & more]]></v3:item></v3:list>
</v3:text><v3:entry><v3:value>123</v3:value></v3:entry></v3:section></v3:component></v3:ClinicalDocument>"""


def test_of_a_clinical_document_the_sections_are_read_and_nobody_s_name() -> None:
    assert split_report(CDA) == ["Small left effusion < 2 cm", "Edema", "Mass & more"]


def test_a_document_that_encloses_a_file_has_no_sentence() -> None:
    enclosed = (
        '<ClinicalDocument><nonXMLBody><text representation="B64">JVBERi0=</text></nonXMLBody></ClinicalDocument>'
    )
    assert split_report(enclosed) == []


@pytest.mark.parametrize(
    ("page", "sentences"),
    [
        (
            "<p><b>FINDINGS:</b><br>Small effusion &gt; right.<br/>No pneumothorax.</p>",
            ["Small effusion > right", "No pneumothorax"],
        ),
        (
            "<html><head><title>Dr</title><style>p {}</style></head><body><ul><li>Edema<li>Mass</ul></body></html>",
            ["Edema", "Mass"],
        ),
        (
            "<!--[if gte mso 9]><xml>x</xml><![endif]--><p class=a>Small\n<span>left</span> effusion</p>",
            ["Small left effusion"],
        ),
        ("<pre>Edema.\n\nMass</pre>", ["Edema", "Mass"]),
        ("Effusion &lt; 2 cm &amp; edema", ["Effusion < 2 cm & edema"]),
        ("Nodule <5 mm, PCO2 > 40", ["Nodule <5 mm, PCO2 > 40"]),
    ],
)
def test_of_a_page_the_text_that_it_shows_is_read(page: str, sentences: list[str]) -> None:
    assert split_report(page) == sentences


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0\fs20 FINDINGS:\par Small effusion.\par}", "FINDINGS:\nSmall effusion."),
        (r"{\rtf1\ansicpg1251 \'cf\'f0{\*\generator Word;}}", "\u041f\u0440"),
        (r"{\rtf1\uc1 na\u239?ve \ldblquote x\rdblquote\~\{y\}}", "na\u00efve \u201cx\u201d {y}"),
        (r"{\rtf1 a\u-10179?\u-8704?b\u-10179?c}", "a\U0001f600b\ufffdc"),
        (r"{\rtf1{\listtext\'b7\tab}Edema}}} {\field{\*\fldinst LINK}{\fldrslt x}}", "\u00b7\tEdema x"),
        (r"{\rtf1\ansicpg99999999 a\u999999999?b\bin-5", "a\uc9ffb"),
    ],
)
def test_of_rtf_the_text_is_read_and_what_is_damaged_passed_over(rtf: str, text: str) -> None:
    assert plain_text(rtf) == text


def test_of_an_hl7_message_the_observations_are_read() -> None:
    message = (
        "MSH|^~\\&|A\rPID|1||7||Doe^John\rOBX|1|TX|1^XR||FINDINGS:||||||F\r"
        "OBX|2|FT|1||Effusion \\T\\ edema.\\.br\\Mass.|||F"
    )
    assert split_report(message) == ["Effusion & edema", "Mass"]


def test_what_no_screen_shows_becomes_a_blank_and_fonts_bullets_stay() -> None:
    assert plain_text("a\x02b\ud800c\u200bd\u00ade\tf\uf0b7") == "a b cde\tf\uf0b7"


@pytest.mark.parametrize("text", ["left\\right", "about ~2 cm", "(~3 mm)", "C:\\temp"])
def test_backslashes_and_tildes_that_are_meant_stay(text: str) -> None:
    assert plain_text(text) == text
