"""Whether a text is English, the only language that is read here: told by its commonest words."""

from __future__ import annotations

import re
from typing import NamedTuple

_ENGLISH_WORDS = (
    "the of and are were with there this that from has have been be by to which without not or is it at for may "
    "seen seems appears again within normal limits unremarkable clear stable unchanged new old prior previous "
    "heart lung lungs chest left right upper lower lobe effusion effusions opacity opacities enlarged size "
    "small large mild mildly moderate severe acute focal view views evidence change changes disease tube line tip "
    "fracture fractures spine rib ribs bony airspace contours mediastinum vascular vessels increased "
    "decreased finding findings patient study radiograph film portable recommended follow-up history pain cough "
    "evaluate possible probable likely no out rule appear high low breath blood bone surgery year woman man female "
    "male"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
"""Words that hardly another language has, the commonest in reports of chest radiographs among them."""

_FOREIGN_WORDS = (
    # German, Dutch
    "der die das und ist sind kein keine keinen keiner nicht ohne mit im dem ein eine einer eines auf bei zum zur "
    "links rechts beidseits beidseitig lunge herz erguss nachweis sowie nach als wird wurde rechte linke rechten "
    "linken het een van geen niet met zonder hart longen zijn aan ook bij keinerlei rechtsseitig linksseitig "
    "rechtsseitiger linksseitiger kleiner grosser geringer beginnender verdacht hinweis "
    # Spanish, Portuguese, Italian
    "el los las del con sin una uno es se hay que por para izquierdo izquierda derecho derecha derrame bilateralmente "
    "sem com da um uma dos das direito direita esquerda esquerdo sinais il lo gli della del di senza nel nella destra "
    "destro sinistra sinistro versamento polmonare pulmonar pulmonares normale ningun ninguna nenhum nenhuma nessun "
    "nessuna piccolo lieve leve pequeno "
    # French
    "le les du est sont pas sans avec dans une un aux ni gauche droite droit gauches droites poumon poumons "
    "pulmonaire taille aucun aucune sous petit petite lobaire "
    # Scandinavian, Polish, Turkish
    "och inte utan med ikke uten nie bez oraz jest ve yok ingen inga inget brak "
    # Findings, without the letters that English has not
    "pleuraerguss kardiomegalie atelektase atelektasen konsolidierung verschattung pneumonie oedem "
    "neumonia cardiomegalia neumotorax pneumotorax pneumotorace atelectasia atelectasie consolidacion "
    "consolidamento opacidad opacidade polmonite epanchement opacite cardiomegalie odma odmy"
)
_FOREIGN = frozenset(_FOREIGN_WORDS.split()) - _ENGLISH
"""Likewise of other languages that reports are written in, without those that are also English."""

_ENDINGS = ("ed", "ing", "ly", "ous")
"""How English words end that are not in the list."""

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FEWEST_WORDS = 8
"""Of a text without any word of either list, from which on it is taken for another language."""


class Words(NamedTuple):
    """How many words of a text speak for English, how many for another language, and how many there are."""

    english: int
    foreign: int
    all: int

    @property
    def are_english(self) -> bool:
        """Whether nothing speaks for another language, or more for English."""
        if self.foreign or self.english:
            return self.english >= self.foreign
        return self.all < _FEWEST_WORDS


def count_words(text: str) -> Words:
    """Count the telling words of a text; words with letters that English has not count as foreign.

    Args:
        text: lower case.
    """
    words = [found[0] for found in _WORD.finditer(text)]
    foreign = sum(word in _FOREIGN or not word.isascii() for word in words)
    english = sum(word in _ENGLISH or (word not in _FOREIGN and word.endswith(_ENDINGS)) for word in words)
    return Words(english, foreign, len(words))
