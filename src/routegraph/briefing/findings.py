"""Key judgements in plain sentences, computed from the tables; nothing is said that no table holds."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from routegraph.briefing.coverage import country_words, source_base
from routegraph.briefing.product import Judgement
from routegraph.briefing.rankings import Rankings
from routegraph.briefing.words import (
    about,
    between,
    chance,
    count_of,
    events,
    likelihood,
    listing,
    number,
    ordinal,
    percent,
)
from routegraph.flows.posterior import top_size
from routegraph.network.graph import RouteGraph

# Confidence from the source base alone: sources, records, share of the largest, least complete end. Without a
# correction for detection it never rises above moderate, however many records there are.
CONFIDENCE_FLOORS = {
    "high": {"sources": 4, "records": 1_000, "largest_share": 0.5, "completeness": 0.7},
    "moderate": {"sources": 2, "records": 200, "largest_share": 0.8, "completeness": 0.4},
}


LEVELS_NOT_TOLD = (
    'These data cannot tell how many consignments there are: every verdict on a level is "insufficient". Ranks and '
    "shares are still shown, because they depend less on the unknown chance of a seizure; read no number of "
    "consignments as a finding."
)
NOT_TOLD = (
    "The order of the corridors cannot be told from chance: no two of them differ in flow by more than as many equal "
    "ones would. Read no rank into it."
)


def judgements(
    tables: Mapping[str, pd.DataFrame], *, graph: RouteGraph, records: pd.DataFrame, estimator: str, told: bool,
    levels_told: bool = True, settled: bool = True, rankings: Rankings | None = None,
) -> tuple[Judgement, ...]:  # fmt: skip
    """Return the key judgements of a case, the most useful first; ``told``: some ranks are more than chance.

    ``levels_told`` False leaves numbers of consignments out; ``settled`` False calls what rests on flow provisional.
    """
    names = dict(zip(tables["places"]["place_id"], tables["places"]["name"], strict=True))
    corridors = tables["corridors"]
    said = [
        *_first_corridor(corridors, names, estimator, told=told, levels_told=levels_told, settled=settled),
        *_next_corridors(corridors, names, told=told),
        *_moved(rankings, names),
        *_passed(tables["places"], graph, estimator),
        *_seizing_place(records, tables["places"], border=graph.border),
        *(_weak(corridors, estimator=estimator) if levels_told else []),
    ]
    if corridors.empty:
        nothing = "No corridor of more than one leg across a border was found in these records."
        said.insert(0, Judgement(nothing, f"{count_of(len(tables['legs']), 'leg')} in legs.csv"))
    elif len(corridors) > 1 and not told:
        said.insert(0, Judgement(NOT_TOLD, f"{count_of(len(corridors), 'corridor')} in corridors.csv"))
    if not levels_told:
        said.insert(0, Judgement(LEVELS_NOT_TOLD, "levels_told, warnings and diagnostics in run.json"))
    return tuple(said)


def confidence(records: pd.DataFrame, *, estimator: str, settled: bool = True) -> str:
    """Return the separate sentence on analytic confidence, from the source base (see ``CONFIDENCE_FLOORS``).

    It is never high where nothing was corrected for detection, and one level lower where the estimate has not
    ``settled``: another run would give other figures, however good the sources are.
    """
    base = source_base(records)
    complete = min(base["origin_known"], base["destination_known"])
    level = "low"
    for name in ("moderate", "high"):
        floor = CONFIDENCE_FLOORS[name]
        enough = base["sources"] >= floor["sources"] and base["records"] >= floor["records"]
        if enough and base["largest_share"] <= floor["largest_share"] and complete >= floor["completeness"]:
            level = name
    if level == "high" and estimator == "counts":
        level = "moderate"
    had = level
    if not settled:
        level = {"high": "moderate"}.get(level, "low")
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
        + ("" if settled else f" {_unsettled(level, had)}: another run would give other figures.")
    )


def _unsettled(level: str, had: str) -> str:
    return "The estimate has not settled" if level == had else f"It would be {had} if the estimate had settled"


def path_words(path: str, names: Mapping[str, str]) -> str:
    """Return a path of place ids as place names: ``Ranong > Kawthaung > Yangon``."""
    return " > ".join(names.get(place) or place for place in path.split(" > "))


def _ends(path: str, names: Mapping[str, str]) -> str:
    """Return a path by its two ends where it has many places: ``Ranong > … > Yangon``; tables have it in full."""
    places = path.split(" > ")
    return path_words(path if len(places) <= 3 else f"{places[0]} > … > {places[-1]}", names)


def _first_corridor(
    corridors: pd.DataFrame, names: Mapping[str, str], estimator: str, *, told: bool, levels_told: bool, settled: bool
) -> list[Judgement]:
    if corridors.empty:
        return []
    top, alone = corridors.iloc[0], len(corridors) == 1
    rank = "is the only corridor" if alone else f"ranks first by score of {count_of(len(corridors), 'corridor')}"
    rank = rank if alone or told else f"is listed first of {count_of(len(corridors), 'corridor')}"
    text = f"{path_words(top['path'], names)} {rank}, with {events(top['seizures'])} reported on its routes"
    if not levels_told:
        text += "; how many consignments travelled it cannot be told from these data"
    elif pd.notna(top["flow_mean"]):
        mean, low, high = (top[f"flow_{part}"] for part in ("mean", "p05", "p95"))
        if estimator == "counts":
            text += f" and a smoothed count of {number(mean)} (90 % credible interval {between(low, high)})"
        else:
            text += f" and an estimated flow of {about(mean)} consignments whose way lies on it"
            text += f" (90 % credible interval {about(low)} to {about(high)})"
    text += f".{_unseen_steps(top, names)}"
    if pd.notna(top["p_top"]) and not alone:
        text += f" {_standing(float(top['p_top']), len(corridors), estimator)}"
    text += "" if settled else " This is provisional: the estimate has not settled."
    overlap = 0 if not levels_told else int((corridors["flow_p95"].iloc[1:] >= top["flow_p05"]).sum())
    basis = f"corridor {top['corridor_id']}; {count_of(int(top['n_records']), 'record')}"
    if overlap:
        basis += f"; the interval of {count_of(overlap, 'other corridor')} reaches its own"
    return [Judgement(text, basis)]


def _unseen_steps(corridor: pd.Series, names: Mapping[str, str]) -> str:
    """Say which steps no record reports as travelled: they were inferred, or consignments were only bound that way."""
    steps = [path_words(" > ".join(step), names) for step in pairwise(str(corridor["path"]).split(" > "))]
    status = str(corridor["steps"]).split("; ")
    unseen = [step for step, known in zip(steps, status, strict=False) if known != "travelled"]
    if not unseen:
        return ""
    which = listing(unseen) if len(unseen) < 3 else f"{len(unseen)} of its {len(steps)} steps"
    which = "any of its steps" if len(unseen) == len(steps) else which
    said = f" No record says that a seized consignment had travelled {which}"
    return f"{said}: such steps are inferred, or lay ahead of the seizure."


def _standing(p: float, n: int, estimator: str, *, of: str = "", measured: str = "flow") -> str:
    """Say how likely something is to be among the first of its kind by what was measured."""
    size = top_size(n)
    measured = "smoothed count" if estimator == "counts" else measured
    place = f"highest in {measured}" if size == 1 else f"among the {size} of these {n:,}{of} highest in {measured}"
    word = likelihood(p)
    if word == "remote":
        return f"The chance that it is {place} is remote ({chance(p)})."
    if word in ("almost no chance", "roughly even chance"):
        return f"There is {'a ' if word.startswith('roughly') else ''}{word} that it is {place} ({chance(p)})."
    return f"It is {word} to be {place} ({chance(p)})."


def _next_corridors(corridors: pd.DataFrame, names: Mapping[str, str], *, told: bool) -> list[Judgement]:
    following = corridors.iloc[1:4]
    if following.empty:
        return []
    numbered = zip(following["path"], following["seizures"], strict=True)
    each = [f"{_ends(path, names)} ({events(seizures)})" for path, seizures in numbered]
    basis = f"corridors {listing(following['corridor_id'].tolist())}"
    verb = "follow" if told else "are listed next"
    if len(each) == 1:
        verb = "follows" if told else "is listed next"
    return [Judgement(f"{listing(each)} {verb}.", basis)]


def _moved(rankings: Rankings | None, names: Mapping[str, str]) -> list[Judgement]:
    """Say how far the correction changes the order of legs, and which leg of the first ones it moves most."""
    if rankings is None or not rankings.top:
        return []
    much = "changes the order" if 2 * rankings.kept < 1.5 * rankings.top else "keeps most of the order"
    if rankings.top == 1:
        which = (
            f"the leg with most reported seizures is {'' if rankings.kept else 'not '}the one with most estimated flow"
        )
    else:
        which = (
            f"of the {rankings.top} legs with most reported seizures, {rankings.kept} "
            f"{'is' if rankings.kept == 1 else 'are'} among the {rankings.top} with most estimated flow"
        )
    text = f"Correcting for detection {much}: {which}."
    first = rankings.legs.loc[rankings.legs["flow_rank"] <= rankings.top]
    most = first.sort_values(["moved", "flow_rank", "origin", "destination"], ascending=[False, True, True, True])
    risen = most.loc[most["moved"] > 0]
    if len(risen):
        row = risen.iloc[0]
        leg = path_words(f"{row['origin']} > {row['destination']}", names)
        before, now = ordinal(int(row["count_rank"])), ordinal(int(row["flow_rank"]))
        before = f"joint {before}" if row["tied"] else before
        text += f" {leg} rises most: {before} by counts, {now} by flow."
    steps = f"reported seizures are of the {count_of(rankings.n_counted, 'step')} that records say were travelled"
    return [Judgement(text, f"flow is of {count_of(rankings.n_legs, 'leg')}; {steps}")]


def _passed(places: pd.DataFrame, graph: RouteGraph, estimator: str) -> list[Judgement]:
    """Name the place that most reported events pass, between other places: what was reported, no model of ways.

    Betweenness is a model of choice. A place that nothing passes can lead it, as Alaska does among US states: every
    long way over land costs more than two flights by Alaska that nobody took together.
    """
    routes = graph.routes
    inner = pd.DataFrame(
        {
            "place_id": routes["path"].map(lambda path: sorted({*path[1:-1]} - {path[0], path[-1]})),
            "n": routes["seizures"],
        }
    )
    passed = inner.explode("place_id").dropna(subset="place_id").groupby("place_id")["n"].sum()
    passed = passed[passed > 0].sort_index().sort_values(ascending=False, kind="stable")
    if passed.empty:
        return []
    top = places.loc[places["place_id"] == passed.index[0]].iloc[0]
    name, share = top["name"] or top["place_id"], passed.iloc[0] / routes["seizures"].sum()
    how = "over land ways that were inferred" if len(graph.pairs) else "as records word it"
    text = (
        f"{name} lies between the ends of more reported routes than any other place: {how}, "
        f"{number(float(passed.iloc[0]))} events, or {percent(share)} of those with a route, went past it or were to."
    )
    if pd.notna(top["p_top"]) and len(places) > 1:
        text += f" {_standing(float(top['p_top']), len(places), estimator, of=' places', measured='throughflow')}"
    seized = events(top["seizures"])
    return [Judgement(text, f"place {top['place_id']}; {seized} at the place itself")]


def _seizing_place(records: pd.DataFrame, places: pd.DataFrame, *, border: str) -> list[Judgement]:
    """Say where most seizures were made: by country, or by region where the borders of regions are those that count."""
    known = records.loc[records["seized_country"] != ""]
    by_unit, kind = known.groupby("seized_country")["count"].sum(), "country"
    in_regions = places.loc[places["region"] != ""]
    if border == "region" and int(in_regions["seizures"].sum()):
        by_unit, kind = in_regions.groupby("region")["seizures"].sum(), "region"
    by_unit = by_unit.sort_index().sort_values(ascending=False, kind="stable")
    total = int(by_unit.sum())
    if not total:
        return []
    names = dict(zip(places["place_id"], places["name"], strict=True))
    unit = str(by_unit.index[0])
    top = names.get(unit) or unit if kind == "region" else country_words(unit)
    text = (
        f"{percent(by_unit.iloc[0] / total)} of the seizure events took place in {top}; "
        "that shows where checks and reports are, and not by itself where traffic is."
    )
    return [Judgement(text, f"{events(by_unit.iloc[0])} of {number(total)} with a {kind} of seizure")]


def _weak(corridors: pd.DataFrame, *, estimator: str) -> list[Judgement]:
    thin = "on too few records" if estimator == "counts" else "with an interval too wide to tell a level"
    words = {"insufficient": thin, "single_source": "on a single source"}
    counted = {said: int((corridors["verdict"] == verdict).sum()) for verdict, said in words.items()}
    each = [f"{n:,} {said}" for said, n in counted.items() if n]
    if not each:
        return []
    text = f"Thin evidence: of {count_of(len(corridors), 'corridor')}, {listing(each)}."
    return [Judgement(text, "column verdict of corridors.csv")]
