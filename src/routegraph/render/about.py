"""What every export says about itself, so that a table that travels alone still carries its marking and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from routegraph.briefing.caveats import SYNTHETIC
from routegraph.briefing.method_rows import METHOD
from routegraph.briefing.product import Briefing
from routegraph.briefing.run_facts import COMPARED
from routegraph.render.plain_text import storable
from routegraph.render.run_json import run_digest

Pairs = tuple[tuple[str, str], ...]

_COUNTED = "Figures of flow are reported counts, smoothed. They are not corrected for detection and are not traffic."
_REMOVED = "Figures of flow are estimated numbers of consignments, seized or not, with a 90 % credible interval."
_UNTOLD = (
    "Levels are not told: these data cannot say how many consignments there are. Read ranks and shares; do not quote "
    "the columns of flow as numbers."
)


@dataclass(frozen=True)
class About:
    """The case in words, as text that any file can hold (half a surrogate pair has become U+FFFD).

    Attributes
    ----------
    title, period, marking, synthetic, confidence, changes, caveats, coverage, not_estimated, sources
        As in the Briefing; ``marking`` is its line.
    estimator, estimate, method
        Its name, what its figures are (and whether levels are told), and how it works, in sentences.
    levels_told
        False where figures of flow may not be quoted.
    border
        Which borders count: ``country`` or ``region``.
    versions, inputs
        Name and version of each package; name and SHA-256 of each file that went in.
    digest
        SHA-256 of run.json without timings: two exports with the same one are of the same run.
    compared_with
        The digest of the earlier run that ``changes`` are since; '' where none was named.
    """

    title: str
    period: str
    marking: str
    synthetic: bool
    estimator: str
    estimate: str
    method: str
    levels_told: bool
    confidence: str
    border: str
    caveats: tuple[str, ...]
    coverage: Pairs
    not_estimated: Pairs
    sources: tuple[str, ...]
    versions: Pairs
    inputs: Pairs
    digest: str
    changes: tuple[str, ...] = ()
    compared_with: str = ""

    def rows(self) -> Pairs:
        """Return all of it as (item, text) pairs, the marking first; an item may stand several times."""
        return (
            ("marking", self.marking),
            ("title", self.title),
            ("period", self.period),
            *((("synthetic", SYNTHETIC),) if self.synthetic else ()),
            ("estimate", self.estimate),
            ("levels told", "yes" if self.levels_told else "no"),
            ("confidence", self.confidence),
            *(("what changed since the earlier run", change) for change in self.changes),
            *(("what this cannot tell you", caveat) for caveat in self.caveats),
            *((f"coverage: {label}", value) for label, value in self.coverage),
            *((f"not estimated: {column}", why) for column, why in self.not_estimated),
            *(("source", source) for source in self.sources),
            ("estimator", self.estimator),
            ("method", self.method),
            ("borders that count", self.border),
            *((f"version: {name}", version) for name, version in self.versions),
            *((f"input: {name}", f"SHA-256 {digest}") for name, digest in self.inputs),
            *((("compared with run", self.compared_with),) if self.compared_with else ()),
            ("run digest", self.digest),
        )

    def facts(self) -> dict[str, object]:
        """Return all of it as JSON can hold it, in order."""
        return {
            "title": self.title,
            "period": self.period,
            "marking": self.marking,
            "synthetic": self.synthetic,
            "estimator": self.estimator,
            "estimate": self.estimate,
            "levels_told": self.levels_told,
            "confidence": self.confidence,
            "caveats": list(self.caveats),
            "coverage": _merged(self.coverage),
            "not_estimated": _merged(self.not_estimated),
            "sources": list(self.sources),
            "method": self.method,
            "border": self.border,
            "versions": _merged(self.versions),
            "inputs": _merged(self.inputs),
            "run_digest": self.digest,
            **({"changes": list(self.changes)} if self.changes else {}),
            **({COMPARED: self.compared_with} if self.compared_with else {}),
        }

    def lines(self) -> str:
        """Return all of it as text, one ``item: text`` a line."""
        return "\n".join(f"{item}: {text}" for item, text in self.rows() if text)


def about(briefing: Briefing) -> About:
    """Return what an export of this case says about itself."""
    counts = briefing.estimator == "counts"
    estimate = _COUNTED if counts else _REMOVED
    versions, inputs = briefing.run.get("versions"), briefing.run.get("inputs")
    return About(
        title=storable(briefing.title),
        period=storable(briefing.period),
        marking=storable(briefing.marking.text),
        synthetic=briefing.synthetic,
        estimator=storable(briefing.estimator),
        estimate=estimate if briefing.levels_told else f"{estimate} {_UNTOLD}",
        method=" ".join(METHOD.get(briefing.estimator, ())),
        levels_told=briefing.levels_told,
        confidence=storable(briefing.confidence),
        border=storable(briefing.border),
        caveats=tuple(storable(caveat) for caveat in briefing.caveats),
        coverage=tuple((storable(label), storable(value)) for label, value in briefing.coverage),
        not_estimated=_pairs(briefing.not_estimated),
        sources=tuple(storable(source) for source in briefing.sources),
        versions=tuple(sorted(_pairs(versions if isinstance(versions, Mapping) else {}))),
        inputs=_digests(inputs if isinstance(inputs, Mapping) else {}),
        digest=run_digest(briefing),
        changes=tuple(storable(change) for change in briefing.changes),
        compared_with=storable(str(briefing.run.get(COMPARED, ""))),
    )


def _pairs(items: Mapping[str, object]) -> Pairs:
    return tuple((storable(str(name)), storable(str(value))) for name, value in items.items())


def _digests(inputs: Mapping[str, object]) -> Pairs:
    """Return the name and digest of each input whose digest is known, sorted, for run.json keeps no other order."""
    known = {name: one["digest"] for name, one in inputs.items() if isinstance(one, Mapping) and "digest" in one}
    return tuple(sorted(_pairs(known)))


def _merged(pairs: Pairs) -> dict[str, str]:
    """Return pairs as a mapping; values under one name stand one after the other, so that none is lost."""
    merged: dict[str, str] = {}
    for name, value in pairs:
        merged[name] = f"{merged[name]}\n{value}" if name in merged else value
    return merged
