"""Key judgements in plain sentences, computed from the tables; nothing is said that no table holds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from routegraph.briefing.coverage import country_words, source_base
from routegraph.briefing.product import Judgement
from routegraph.briefing.words import between, chance, count_of, events, likelihood, listing, number, percent
from routegraph.flows.posterior import top_size

# Confidence from the source base alone: sources, records, share of the largest, least complete end. Without a
# correction for detection it never rises above moderate, however many records there are.
CONFIDENCE_FLOORS = {
    "high": {"sources": 4, "records": 1_000, "largest_share": 0.5, "completeness": 0.7},
    "moderate": {"sources": 2, "records": 200, "largest_share": 0.8, "completeness": 0.4},
}


def judgements(tables: Mapping[str, pd.DataFrame], *, records: pd.DataFrame, estimator: str) -> tuple[Judgement, ...]:
    """Return the key judgements of a case, the most useful first."""
    names = dict(zip(tables["places"]["place_id"], tables["places"]["name"], strict=True))
    said = [
        *_first_corridor(tables["corridors"], names, estimator),
        *_next_corridors(tables["corridors"], names),
        *_chokepoint(tables["places"], estimator),
        *_seizing_country(records),
        *_weak(tables["corridors"]),
    ]
    if tables["corridors"].empty:
        nothing = "No corridor of more than one leg across a border was found in these records."
        said.insert(0, Judgement(nothing, f"{count_of(len(tables['legs']), 'leg')} in legs.csv"))
    return tuple(said)


def confidence(records: pd.DataFrame, *, estimator: str) -> str:
    """Return the separate sentence on analytic confidence, from the source base (see ``CONFIDENCE_FLOORS``)."""
    base = source_base(records)
    complete = min(base["origin_known"], base["destination_known"])
    level = "low"
    for name in ("moderate", "high"):
        floor = CONFIDENCE_FLOORS[name]
        enough = base["sources"] >= floor["sources"] and base["records"] >= floor["records"]
        if enough and base["largest_share"] <= floor["largest_share"] and complete >= floor["completeness"]:
            level = name
    if estimator == "counts" and level == "high":
        level = "moderate"
    n = count_of(int(base["records"]), "record")
    if base["sources"] > 1:
        largest = percent(base["largest_share"])
        origin = f"{n} from {count_of(int(base['sources']), 'source')}, the largest with {largest}"
    else:
        origin = f"{n}, {'all from one source' if base['sources'] else 'no source stated'}"
    uncorrected = "; counts are not corrected for detection" if estimator == "counts" else ""
    return (
        f"Confidence is {level}: {origin}; {percent(base['origin_known'])} state an origin and "
        f"{percent(base['destination_known'])} a destination{uncorrected}."
    )


def path_words(path: str, names: Mapping[str, str]) -> str:
    """Return a path of place ids as place names: ``Ranong > Kawthaung > Yangon``."""
    return " > ".join(names.get(place) or place for place in path.split(" > "))


def _first_corridor(corridors: pd.DataFrame, names: Mapping[str, str], estimator: str) -> list[Judgement]:
    if corridors.empty:
        return []
    top = corridors.iloc[0]
    text = f"{path_words(top['path'], names)} ranks first of {count_of(len(corridors), 'corridor')}, with "
    text += f"{events(top['seizures'])} reported on its routes"
    if pd.notna(top["flow_mean"]):
        likely = f"90 % credible interval {between(top['flow_p05'], top['flow_p95'])}"
        measured = "a smoothed count" if estimator == "counts" else "an estimated flow"
        text += f" and {measured} of {number(top['flow_mean'])} that travelled it together ({likely})"
    text += "."
    if pd.notna(top["p_top"]):
        text += f" {_standing(float(top['p_top']), len(corridors), estimator)}"
    overlap = int((corridors["flow_p95"].iloc[1:] >= top["flow_p05"]).sum())
    basis = f"corridor {top['corridor_id']}; {count_of(int(top['n_records']), 'record')}"
    if overlap:
        basis += f"; the interval of {count_of(overlap, 'other corridor')} reaches its own"
    return [Judgement(text, basis)]


def _standing(p: float, n: int, estimator: str) -> str:
    """Say how likely a corridor is to be among the first by what was measured."""
    size = top_size(n)
    measured = "reported count" if estimator == "counts" else "flow"
    place = f"highest in {measured}" if size == 1 else f"among the {size} highest in {measured}"
    word = likelihood(p)
    if word == "remote":
        return f"The chance that it is {place} is remote ({chance(p)})."
    if word in ("almost no chance", "roughly even chance"):
        return f"There is {'a ' if word.startswith('roughly') else ''}{word} that it is {place} ({chance(p)})."
    return f"It is {word} to be {place} ({chance(p)})."


def _next_corridors(corridors: pd.DataFrame, names: Mapping[str, str]) -> list[Judgement]:
    following = corridors.iloc[1:4]
    if following.empty:
        return []
    numbered = zip(following["path"], following["seizures"], strict=True)
    each = [f"{path_words(path, names)} ({events(seizures)})" for path, seizures in numbered]
    basis = f"corridors {listing(following['corridor_id'].tolist())}"
    verb = "follows" if len(each) == 1 else "follow"
    return [Judgement(f"{listing(each)} {verb}.", basis)]


def _chokepoint(places: pd.DataFrame, estimator: str) -> list[Judgement]:
    between_others = places.loc[places["betweenness_mean"] > 0].sort_values(
        ["betweenness_mean", "place_id"], ascending=[False, True]
    )
    if between_others.empty:
        return []
    top = between_others.iloc[0]
    name = top["name"] or top["place_id"]
    through = number(top["throughflow_mean"])
    likely = f"90 % credible interval {between(top['throughflow_p05'], top['throughflow_p95'])}"
    if estimator == "counts":
        text = f"By reported counts, {name} stands between other places more than any does: routes that pass, start or "
        text += f"end there hold about {through} reported events ({likely})."
    else:
        text = f"{name} stands between other places more than any does: an estimated flow of {through} passes, starts "
        text += f"or ends there ({likely})."
    basis = f"place {top['place_id']}; weighted betweenness {top['betweenness_mean']:.2g}"
    return [Judgement(text, f"{basis}; {events(top['seizures'])} at the place itself")]


def _seizing_country(records: pd.DataFrame) -> list[Judgement]:
    known = records.loc[records["seized_country"] != ""]
    by_country = known.groupby("seized_country")["count"].sum().sort_values(ascending=False, kind="stable")
    total = int(by_country.sum())
    if not total:
        return []
    top = country_words(str(by_country.index[0]))
    text = (
        f"{percent(by_country.iloc[0] / total)} of the seizure events took place in {top}; "
        "that shows where checks and reports are, and not by itself where traffic is."
    )
    return [Judgement(text, f"{events(by_country.iloc[0])} of {number(total)} with a country of seizure")]


def _weak(corridors: pd.DataFrame) -> list[Judgement]:
    words = {"insufficient": "too few records", "single_source": "a single source"}
    counted = {said: int((corridors["verdict"] == verdict).sum()) for verdict, said in words.items()}
    each = [f"{n:,} on {said}" for said, n in counted.items() if n]
    if not each:
        return []
    text = f"Thin evidence: of {count_of(len(corridors), 'corridor')}, {listing(each)}."
    return [Judgement(text, "column verdict of corridors.csv")]
