"""Colours that products share: of markings, of ranks, and Okabe and Ito's, which people who see few tell apart."""

from __future__ import annotations

_TLP = {"CLEAR": "#ffffff", "GREEN": "#33ff00", "AMBER": "#ffc000", "AMBER+STRICT": "#ffc000", "RED": "#ff2b2b"}
RANKS, LATER = ("#a3341f", "#1f4e6b", "#2f7d4f", "#7b3f8c", "#b36b00"), "#5a6671"
"""Of the first corridors' numbers, in order, and of all after them."""

BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00"
INK, SOFT, FAINT, GREY = "#1f2d3a", "#52606d", "#c3cad0", "#8a949d"

COMMUNITIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK)
"""Of the largest communities, in order; the others are grey."""

CHANGES = {
    "appeared": BLUE, "surged": GREEN, "displaced_from": PURPLE, "displaced_to": PURPLE, "fell": ORANGE,
    "vanished": VERMILION,
}  # fmt: skip
"""What happened to a leg; anything else is grey."""

EXPECTED_OR_LESS = ("#b5ab9a", "#86a9c4", "#5490c0", "#2f74ae")
EXPECTED_OR_MORE = ("#b5ab9a", "#dd8a3f", "#c2452d", "#8a1836", "#4a0a2e")
"""Surprise as the map has it, from as expected to far below and far above; each side keeps its order in grey."""

SCORES = ("#f2a541", "#e9772e", "#cf4a31", "#a12a45", "#6b1550", "#3c0a45")
"""Scores as the map has them, from low to high, where no surprise is known."""


def tlp_colour(tlp: str) -> str:
    """Return the colour of a marking's letters on black, as the Traffic Light Protocol 2.0 has it; RED's if unknown."""
    return _TLP.get(tlp, _TLP["RED"])


def rank_colour(rank: int) -> str:
    """Return the colour of a corridor's number, the same in every product."""
    return RANKS[rank - 1] if 1 <= rank <= len(RANKS) else LATER
