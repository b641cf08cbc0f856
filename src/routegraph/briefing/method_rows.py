"""The annex on method: how figures come about, what the words mean, and which run this was."""

from __future__ import annotations

from collections.abc import Mapping

from routegraph.briefing.document import Pairs, Paragraph, Section
from routegraph.briefing.estimates import shortened, table_of, verdict_words
from routegraph.briefing.explaining import VERDICTS
from routegraph.briefing.product import Briefing
from routegraph.briefing.run_facts import run_digest

_PLACED = (
    "Each record is placed on a route of reported places; steps that nobody reported are inferred over the "
    "network and marked as such."
)
_RANKED = (
    "Routes that travel together become a corridor, ranked by a score whose reasons and record ids are in "
    "corridors.csv and evidence.csv."
)
_COUNTED = (
    "Counts per leg are smoothed with a gamma-Poisson model that gives every figure a 90 % credible interval; it "
    "does not correct for how likely a seizure is at each place."
)
_LAID = (
    "Each record is one of many ways that a consignment may have taken: routes are those that licit movement, distance "
    "and reports make plausible, and what a record leaves out is estimated with them."
)
_REMOVED = (
    "A removal-sampling model estimates how likely a seizure is at each place, because a seizure there also says that "
    "every place before it let the consignment pass; from that comes the flow on every leg, seized or not, with a 90 % "
    "credible interval."
)
METHOD = {"counts": (_PLACED, _COUNTED, _RANKED), "removal": (_LAID, _REMOVED, _RANKED)}

_LIKELIHOOD = (
    (
        "Likelihood words",
        "ICD 203, computed from the probability that stands in brackets; a band holds its lower edge:",
    ),
    ("remote", "under 1 %"),
    ("almost no chance", "1 to 5 %"),
    ("very unlikely", "5 to 20 %"),
    ("unlikely", "20 to 45 %"),
    ("roughly even chance", "45 to 55 %"),
    ("likely", "55 to 80 %"),
    ("very likely", "80 to 95 %"),
    ("almost certain", "95 % and over"),
)
_CONFIDENCE = (
    "Confidence",
    (
        "a sentence of its own, from the source base: sources, records, the share of the largest source, and how "
        "often origin and destination are stated; one level lower where the estimate has not settled. It is no "
        "probability."
    ),
)
_WORDS = (
    ("90 % interval", "credible: given the data and the method, the figure lies in it with probability 0.9."),
    ("Corridor", "a chain of more than one leg that crosses a border that counts and is travelled together."),
    ("Leg", "a directed step from one place to the next."),
    (
        "Travelled, intended, inferred",
        (
            "the part of a route up to the seizure; the part after it; a step that a record passes over, on the "
            "most probable way between or beyond the places that it names. One record's inferred step may be another's "
            "reported one."
        ),
    ),
    (
        "Rank and tier",
        (
            "the rank is by score. A corridor cannot be told from the first of its tier by the trials, in which "
            "estimates are drawn anew, weights are moved and what one source alone reports is left out."
        ),
    ),
)
_ESTIMATE = {
    "counts": ("Smoothed count", "reported seizure events, evened out; it is not what moved."),
    "removal": ("Estimated flow", "consignments that set out and arrive, are seized there or later, or never."),
}
_FEW = "it rests on too few records to conclude from."
_POSSIBLE = {
    "counts": ("single_source", "insufficient", ""),
    "removal": ("supported", "enforcement_artefact", "under_detected", "single_source", "insufficient"),
}


def method_section(briefing: Briefing) -> Section:
    """Return the method in sentences, a glossary of the words used, versions and the run digest."""
    glossary = (*_LIKELIHOOD, _CONFIDENCE, _estimate(briefing), *_WORDS, *_verdicts(briefing))
    return Section(
        "Method and words",
        tuple(Paragraph(sentence) for sentence in METHOD.get(briefing.estimator, ())),
        (
            Section("Glossary", (Pairs(glossary),), name="glossary"),
            Section("This run", (Pairs(_run(briefing)), Paragraph(_SAME, tone="small")), name="run"),
        ),
        name="method",
    )


_SAME = (
    "The same inputs, settings, seed and versions give the same document. Every figure traces to record ids in "
    "evidence.csv."
)


def method_line(briefing: Briefing) -> str:
    """Return the line for the foot of the last page: version and run digest."""
    version = shortened(_versions(briefing).get("routegraph", ""), most=40)
    return f"Made with routegraph {version}".strip() + f". Run {run_digest(briefing)[:16]}."


def _estimate(briefing: Briefing) -> tuple[str, str]:
    return _ESTIMATE["counts" if briefing.estimator == "counts" else "removal"]


def _verdicts(briefing: Briefing) -> tuple[tuple[str, str], ...]:
    """Return what each verdict means that this estimator can give."""
    possible = _POSSIBLE["counts" if briefing.estimator == "counts" else "removal"]
    said = []
    for verdict in possible:
        _, _, meaning = VERDICTS[verdict].partition(": ")
        if verdict == "insufficient":
            meaning = _FEW if briefing.estimator == "counts" else meaning
        label = verdict_words(verdict, estimator=briefing.estimator) or "no verdict"
        said.append((f"Verdict: {label}", meaning))
    return tuple(said)


def _run(briefing: Briefing) -> tuple[tuple[str, str], ...]:
    """Return versions, seed, sizes and the digest."""
    versions = _versions(briefing)
    own = {name: version for name, version in sorted(versions.items()) if name != "routegraph"}
    seed = briefing.run.get("seed")
    rows = {name: len(table_of(briefing, name)) for name in ("corridors", "legs", "places", "records")}
    facts = (
        ("Version", f"routegraph {versions.get('routegraph', 'not stated')}"),
        ("Made with", ", ".join(f"{name} {version}" for name, version in own.items())),
        ("Estimator", briefing.estimator),
        ("Seed", "" if seed is None else str(seed)),
        ("Rows in the tables", ", ".join(f"{name} {n:,}" for name, n in rows.items())),
        ("Run digest", run_digest(briefing)),
    )
    return tuple((label, text) for label, text in facts if text)


def _versions(briefing: Briefing) -> dict[str, str]:
    versions = briefing.run.get("versions")
    known = versions if isinstance(versions, Mapping) else {}
    return {str(name): shortened(str(version), most=40) for name, version in known.items()}
