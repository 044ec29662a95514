"""What sentences say, on sentences as radiologists dictate them; all are invented for these tests.

A finding is written "+Name" where it is affirmed, "-Name" denied, "?Name" uncertain, "<Name" history; behind a comma
stand its side and zone.
"""

from __future__ import annotations

import pytest

from cxr_grounding.signals.assertion import Finding, read_sentence
from cxr_grounding.signals.scope import Assertion

SIGNS = {Assertion.AFFIRMED: "+", Assertion.DENIED: "-", Assertion.UNCERTAIN: "?", Assertion.HISTORY: "<"}

DENIED = [
    ("No effusion or pneumothorax", "-Pleural Effusion; -Pneumothorax"),
    (
        "No pneumothorax, pleural effusion, or focal consolidation is seen",
        "-Pneumothorax; -Pleural Effusion; -Consolidation",
    ),
    ("No focal opacity, large pleural effusion, or pneumothorax", "-Lung Opacity; -Pleural Effusion; -Pneumothorax"),
    ("Neither pneumothorax nor effusion", "-Pneumothorax; -Pleural Effusion"),
    ("The lungs are clear of consolidation and edema", "-Consolidation; -Edema"),
    ("Negative for pneumonia", "-Pneumonia"),
    ("The patient has no evidence of an acute pneumonia", "-Pneumonia"),
    ("Absence of edema", "-Edema"),
    ("No effusion or evidence of pneumonia", "-Pleural Effusion; -Pneumonia"),
    ("Pneumothorax: none", "-Pneumothorax"),
    ("The heart is not enlarged", "-Cardiomegaly"),
    ("No marked enlargement of the cardiac silhouette", "-Cardiomegaly"),
    ("No enlargement of the heart", "-Cardiomegaly"),
    ("Heart size is not significantly enlarged", "-Cardiomegaly"),
    ("The heart is no longer enlarged", "-Cardiomegaly"),
    ("The right pneumothorax is no longer seen", "-Pneumothorax, right"),
    ("A left pneumothorax is not identified", "-Pneumothorax, left"),
    ("Pleural effusions are absent", "-Pleural Effusion"),
    ("The left basilar opacity has resolved", "-Lung Opacity, left lower"),
    ("Resolved left lower lobe pneumonia", "-Pneumonia, left lower"),
    ("Left effusion resolved", "-Pleural Effusion, left"),
    ("Effusion resolved and pneumonia persists", "-Pleural Effusion; +Pneumonia"),
    ("Stable cardiomegaly, resolved left pneumonia", "+Cardiomegaly; -Pneumonia, left"),
    ("Interval removal of the left chest tube", "-chest tube, left"),
    ("Interval resolution of the pulmonary edema", "-Edema"),
    ("Complete clearing of the right upper lobe consolidation", "-Consolidation, right upper"),
    ("Previously seen effusion is no longer present", "-Pleural Effusion"),
    ("No opacity to suggest pneumonia", "-Lung Opacity; -Pneumonia"),
    ("No definite effusion", "-Pleural Effusion"),
    ("No new infiltrate", "-Lung Opacity"),
    ("Pneumonia has been ruled out", "-Pneumonia"),
    ("Pneumonia is unlikely", "-Pneumonia"),
    ("Pneumonia is not likely", "-Pneumonia"),
    ("Findings are not consistent with pneumonia", "-Pneumonia"),
    ("No PTX", "-Pneumothorax"),
    ("Nothing acute and no pneumothorax", "-Pneumothorax"),
    ("No cardiomegaly", "-Cardiomegaly"),
    ("No pneumothorax can be seen", "-Pneumothorax"),
    ("There is no left or right pneumothorax", "-Pneumothorax, bilateral"),
    ("Clear lungs without infiltrate", "-Lung Opacity"),
    ("The lungs do not show consolidation", "-Consolidation"),
    ("Edema is not present, and neither is effusion", "-Edema; -Pleural Effusion"),
]

AFFIRMED = [
    ("Small left pleural effusion", "+Pleural Effusion, left"),
    ("No change in the left effusion", "+Pleural Effusion, left"),
    ("No significant interval change in the bilateral pleural effusions", "+Pleural Effusion, bilateral"),
    ("The pneumothorax has not increased", "+Pneumothorax"),
    ("The left effusion is not significantly changed", "+Pleural Effusion, left"),
    ("Cardiomegaly without change", "+Cardiomegaly"),
    ("Effusion without interval change", "+Pleural Effusion"),
    ("The edema has not resolved", "+Edema"),
    ("Nearly resolved right effusion", "+Pleural Effusion, right"),
    ("The effusion has partially resolved", "+Pleural Effusion"),
    ("Near complete resolution of the left pneumothorax", "+Pneumothorax, left"),
    ("Previously seen right effusion is unchanged", "+Pleural Effusion, right"),
    ("Stable cardiomegaly", "+Cardiomegaly"),
    ("The cardiac silhouette is mildly enlarged", "+Cardiomegaly"),
    ("Heart size remains moderately enlarged", "+Cardiomegaly"),
    ("Enlarged heart", "+Cardiomegaly"),
    ("HEART: Enlarged", "+Cardiomegaly"),
    ("Borderline cardiomegaly", "+Cardiomegaly"),
    ("Probable left lower lobe pneumonia", "+Pneumonia, left lower"),
    ("Opacity consistent with pneumonia", "+Lung Opacity; +Pneumonia"),
    ("Scarring or atelectasis in the right mid lung", "+scarring, right middle; +Atelectasis, right middle"),
    ("Bibasilar atelectasis", "+Atelectasis, bilateral lower"),
    ("Right greater than left pleural effusions", "+Pleural Effusion, bilateral"),
    ("RLL consolidation", "+Consolidation, right lower"),
    ("L. base opacity", "+Lung Opacity, left lower"),
    ("Retrocardiac airspace disease", "+Lung Opacity, lower"),
    ("Biapical scarring", "+scarring, bilateral upper"),
    ("Opacity in the right upper and lower lobes", "+Lung Opacity, right"),
    ("Follow-up to document resolution of the right pneumonia", "+Pneumonia, right"),
    ("Compared to the prior study, the effusion is larger", "+Pleural Effusion"),
    ("Status post lobectomy with a right effusion", "+Pleural Effusion, right"),
    ("Effusion, not changed from prior, with atelectasis", "+Pleural Effusion; +Atelectasis"),
    ("Status post drainage, there is a decrease in the right effusion", "+Pleural Effusion, right"),
    ("Tiny right pneumothorax, not clearly seen on the prior study", "+Pneumothorax, right"),
    ("No doubt a left pneumothorax", "+Pneumothorax, left"),
]

UNCERTAIN = [
    ("May represent pneumonia", "?Pneumonia"),
    (
        "Opacity at the left base, which may represent atelectasis or pneumonia",
        "+Lung Opacity, left lower; ?Atelectasis, left lower; ?Pneumonia, left lower",
    ),
    ("Cannot exclude a small effusion", "?Pleural Effusion"),
    ("A small pneumothorax cannot be excluded", "?Pneumothorax"),
    ("Underlying pneumonia is not excluded", "?Pneumonia"),
    ("It is difficult to entirely exclude pneumonia", "?Pneumonia"),
    ("Effusions, if any, are small", "?Pleural Effusion"),
    ("An effusion is neither confirmed nor excluded", "?Pleural Effusion"),
    ("Skin fold that mimics a pneumothorax", "?Pneumothorax"),
    ("Minimal if any effusion", "?Pleural Effusion"),
    ("Possible trace effusion", "?Pleural Effusion"),
    ("Questionable right upper lobe nodule", "?nodule, right upper"),
    ("Atelectasis versus pneumonia", "?Atelectasis; ?Pneumonia"),
    ("Findings suspicious for edema", "?Edema"),
    ("There is a possible effusion", "?Pleural Effusion"),
    ("There is possible effusion", "?Pleural Effusion"),
    ("Pneumonia?", "?Pneumonia"),
    ("Small effusion suspected", "?Pleural Effusion"),
    ("Small effusion difficult to exclude", "?Pleural Effusion"),
    ("It is difficult to exclude a small effusion", "?Pleural Effusion"),
    ("? effusion", "?Pleural Effusion"),
    ("Rule out pneumonia", "?Pneumonia"),
    ("Effusion is possible", "?Pleural Effusion"),
    ("Recommend CT to evaluate for pneumonia", "?Pneumonia"),
    ("Consolidation could be due to aspiration", "+Consolidation; ?aspiration"),
    ("Pneumonia should be considered", "?Pneumonia"),
    ("The opacity may be compatible with pneumonia", "+Lung Opacity; ?Pneumonia"),
]

HISTORY = [
    ("History of pneumonia", "<Pneumonia"),
    ("An effusion was present on the prior study", "<Pleural Effusion"),
    ("History of edema, pneumonia and effusion", "<Edema; <Pneumonia; <Pleural Effusion"),
    ("Status post pneumothorax", "<Pneumothorax"),
    ("Prior left pneumothorax", "<Pneumothorax, left"),
]

SEVERAL = [
    ("Effusion without pneumothorax", "+Pleural Effusion; -Pneumothorax"),
    ("No large effusion, small effusion", "-Pleural Effusion; +Pleural Effusion"),
    ("No pneumothorax, but a small left effusion", "-Pneumothorax; +Pleural Effusion, left"),
    ("No pneumothorax, mild cardiomegaly", "-Pneumothorax; +Cardiomegaly"),
    ("No pneumothorax and the heart is enlarged", "-Pneumothorax; +Cardiomegaly"),
    ("No pneumothorax is seen, and small effusions are present", "-Pneumothorax; +Pleural Effusion"),
    ("Stable left effusion with no pneumothorax", "+Pleural Effusion, left; -Pneumothorax"),
    ("Left effusion is stable and the pneumothorax is no longer seen", "+Pleural Effusion, left; -Pneumothorax"),
    ("Right pneumothorax and left basilar atelectasis", "+Pneumothorax, right; +Atelectasis, left lower"),
    ("Small right and moderate left effusions, no edema", "+Pleural Effusion, bilateral; -Edema"),
    ("The heart is enlarged without edema or effusion", "+Cardiomegaly; -Edema; -Pleural Effusion"),
    ("No consolidation; left effusion", "-Consolidation; +Pleural Effusion, left"),
    ("No effusion; however, possible pneumonia", "-Pleural Effusion; ?Pneumonia"),
    ("No effusion, possible left pneumonia", "-Pleural Effusion; ?Pneumonia, left"),
    ("No pneumothorax and possible left effusion", "-Pneumothorax; ?Pleural Effusion, left"),
    ("Possible pneumonia and mild edema", "?Pneumonia; ?Edema"),
    ("Possible pneumonia, mild cardiomegaly", "?Pneumonia; +Cardiomegaly"),
    ("Possible pneumonia without effusion", "?Pneumonia; -Pleural Effusion"),
    ("Otherwise no effusion except for atelectasis", "-Pleural Effusion; +Atelectasis"),
    ("Pericardial effusion without pleural effusion", "+pericardial effusion; -Pleural Effusion"),
    ("Atelectasis at the left base and right effusion", "+Atelectasis, left lower; +Pleural Effusion, right"),
    ("Opacity in the left base and right apex with effusion", "+Lung Opacity, bilateral; +Pleural Effusion"),
    ("Pneumothorax on the left, effusion on the right", "+Pneumothorax, left; +Pleural Effusion, right"),
    ("Consolidation rather than edema", "+Consolidation; -Edema"),
]

WITHOUT_FINDINGS = [
    ("Dr. Smith was notified", "communication"),
    ("The results were discussed by telephone at 3:15 p.m.", "communication"),
    ("PA and lateral views of the chest", "technique"),
    ("Single portable AP radiograph", "technique"),
    ("Limited by rotation", "technique"),
    ("Follow-up radiographs are recommended in 6 weeks", "recommendation"),
    ("Clinical correlation is advised", "recommendation"),
    ("The heart size is normal", "normal"),
    ("Lungs are clear", "normal"),
    ("Mediastinal contours are within normal limits", "normal"),
    ("No change since the prior study", "comparison"),
    ("Comparison is made with the film of May 2", "comparison"),
    ("56-year-old with cough", "history"),
    ("Blue sky over the sea", "no finding"),
]


PLACES = [
    ("Right apical pneumothorax", "+Pneumothorax, right upper"),
    (
        "Opacity in the left base, which may represent atelectasis",
        "+Lung Opacity, left lower; ?Atelectasis, left lower",
    ),
    ("Left basilar scarring/atelectasis", "+scarring, left lower; +Atelectasis, left lower"),
    ("Atelectasis and effusion at the left base", "+Atelectasis, left lower; +Pleural Effusion, left lower"),
    ("Cardiomegaly and effusion on the left", "+Cardiomegaly; +Pleural Effusion, left"),
    ("The right lung is clear, the left shows an effusion", "+Pleural Effusion, left"),
    ("Small effusion, right lung is clear", "+Pleural Effusion"),
    ("The right line has been removed, with no pneumothorax", "-Pneumothorax"),
    ("No effusion on the right; a small one persists on the left", "-Pleural Effusion, right"),
    ("Opacities in the lung bases", "+Lung Opacity, bilateral lower"),
    ("Pacemaker with leads in the right atrium", "+pacemaker"),
    ("Blunting of the right costophrenic angle", "+blunted costophrenic angle, right lower"),
    ("Left hemidiaphragm is elevated", "+elevated diaphragm, left"),
    ("Bilateral effusions, left greater than right", "+Pleural Effusion, bilateral"),
    ("LUL nodule and RLL mass", "+nodule, left upper; +mass, right lower"),
    ("Possible right basilar infiltrate versus atelectasis", "?Lung Opacity, right lower; ?Atelectasis, right lower"),
    ("Lingular opacity", "+Lung Opacity, left middle"),
]

BECAUSE = [
    ("No effusion or pneumothorax", ["No effusion", "No \u2026 pneumothorax"]),
    ("The heart is not enlarged", ["heart \u2026 not enlarged"]),
    ("No radiographic evidence of edema", ["No radiographic evidence of edema"]),
    ("A small effusion cannot be excluded", ["effusion cannot be excluded"]),
    ("Left pleural effusion", ["pleural effusion"]),
    ("The edema has resolved", ["edema has resolved"]),
]


def told(finding: Finding) -> str:
    """A finding, as the tables above write it."""
    where = " ".join(part.value for part in (finding.side, finding.zone) if part is not None)
    return SIGNS[finding.assertion] + finding.pathology + (f", {where}" if where else "")


@pytest.mark.parametrize(("sentence", "findings"), [*DENIED, *AFFIRMED, *UNCERTAIN, *HISTORY, *SEVERAL, *PLACES])
def test_what_a_sentence_says_of_each_finding_and_where(sentence: str, findings: str) -> None:
    assert "; ".join(map(told, read_sentence(sentence).findings)) == findings


@pytest.mark.parametrize(("sentence", "findings"), [*DENIED, *AFFIRMED, *UNCERTAIN, *HISTORY])
def test_a_sentence_is_groundable_where_it_affirms_a_finding(sentence: str, findings: str) -> None:
    assert read_sentence(sentence).is_groundable is ("+" in findings)


@pytest.mark.parametrize(("sentence", "reason"), WITHOUT_FINDINGS)
def test_a_sentence_without_a_finding_says_what_it_is_about(sentence: str, reason: str) -> None:
    read = read_sentence(sentence)
    assert (read.reason.value, read.findings, read.is_groundable) == (reason, (), False)


@pytest.mark.parametrize(("sentence", "because"), BECAUSE)
def test_the_words_that_decided_are_told(sentence: str, because: list[str]) -> None:
    assert [finding.because for finding in read_sentence(sentence).findings] == because
