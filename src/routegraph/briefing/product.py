"""The Briefing: the only thing a renderer sees, so that no target can lose the caveats or the marking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from routegraph.briefing.rankings import Rankings


@dataclass(frozen=True)
class Marking:
    """The handling code of a product: Traffic Light Protocol 2.0, and the countries it may go to (ISO3, sorted)."""

    tlp: str
    releasable_to: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the line that stands on every page, such as ``TLP:AMBER REL TO IDN MYS``."""
        return f"TLP:{self.tlp}" + (f" REL TO {' '.join(self.releasable_to)}" if self.releasable_to else "")


@dataclass(frozen=True)
class Judgement:
    """One sentence that a reader may act on, and the records and numbers under it."""

    text: str
    basis: str


@dataclass(frozen=True)
class Briefing:
    """Findings in words and tables, without layout.

    Attributes
    ----------
    title, period
        What the case is, and the dates that its records cover, in words.
    marking
        Most restrictive of what went in.
    synthetic
        True where any record is synthetic; every product then says so at its head.
    estimator
        ``counts`` or ``removal``.
    judgements
        Key findings, best first.
    caveats
        What this cannot tell you: sentences that every product carries.
    coverage
        Label and value pairs that account for the data, in order.
    not_estimated
        Column -> why it is empty.
    sources
        Publisher, terms and citation of what went in.
    tables
        The contract's tables by name without suffix: corridors, legs, places, flows, evidence, rejects, duplicates,
        unmapped; and structure and records. Row order is the products' order.
    border
        Which borders count: ``country`` or ``region``.
    run
        What run.json says, but for its timings.
    confidence
        Analytic confidence as a sentence of its own, from the source base.
    levels_told
        False where the data cannot tell how many consignments there are: ranks and shares may still be read.
    rankings
        Estimated flow against reported counts, leg by leg and corridor by corridor; None under ``counts``.
    drivers
        Records that drive detection at each place: place_id, how (seized, passed), record_id; empty where it is not
        estimated.
    changes
        What changed since an earlier run, in sentences; empty where none was named.
    """

    title: str
    period: str
    marking: Marking
    synthetic: bool
    estimator: str
    judgements: tuple[Judgement, ...]
    caveats: tuple[str, ...]
    coverage: tuple[tuple[str, str], ...]
    not_estimated: Mapping[str, str]
    sources: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]
    border: str
    run: Mapping[str, object] = field(default_factory=dict)
    confidence: str = ""
    levels_told: bool = True
    rankings: Rankings | None = None
    drivers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["place_id", "how", "record_id"]))
    changes: tuple[str, ...] = ()
