"""Routes that records report: which places in which order, how far travelled, and which steps are inferred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from routegraph.records.schema import UNNAMED

KEYS = ("origin_place", "via_places", "seized_place", "destination_place")
NOT_OVERLAND = ("air", "post", "sea")
"""Modes that do not pass the land between two places."""

STEP_COLUMNS = ("chain", "step", "origin", "destination", "part", "status")


@dataclass(frozen=True)
class Chains:
    """Each distinct chain of places once.

    Attributes
    ----------
    of_record
        Chain number of each record, aligned to the records' index.
    table
        Indexed by chain: domestic (all named places in one border unit), seized_at (place id at this level, ''
        unknown), overland (not known to have gone by air, sea or post).
    steps
        chain, step (0-based), origin, destination, part (travelled, intended), status (part, or inferred).
    named
        chain, origin, destination, part, status, replaced: pairs that records name next to each other; replaced says
        that the way between them was inferred over places in between. Also the border units of both ends.
    """

    of_record: pd.Series
    table: pd.DataFrame
    steps: pd.DataFrame
    named: pd.DataFrame


def report_chains(records: pd.DataFrame, known_as: pd.DataFrame, *, by_land: bool) -> Chains:
    """Turn each record's places into a chain: origin, stops on the way, where it was seized, destination.

    Consecutive repeats collapse, and so does a country or region next to a place inside it, unless the seizure was
    made there: the wider one says nothing more. The part up to the seizure was travelled, the part after it intended.
    Where the seized place is itself among the stops on the way, the stops after it are intended; where it is the
    origin, all named stops are: nobody saw the consignment go there and come back. A record that does not say where
    it was seized establishes no travel: all of its steps are intended. A step across an unnamed stop is inferred.

    Parameters
    ----------
    records
        Columns origin_place, via_places, seized_place, destination_place, mode.
    known_as
        What :func:`routegraph.network.catalogue.catalogue` says of the places they name.
    by_land
        Whether chains by land are kept apart from those by air, sea and post (needed to infer ways over land).
    """
    keyed = records[list(KEYS)].assign(overland=~records["mode"].isin(NOT_OVERLAND) if by_land else True)
    number = keyed.groupby([*KEYS, "overland"], sort=True).ngroup()
    distinct = keyed.assign(chain=number).drop_duplicates("chain").set_index("chain").sort_index()
    stops = _stops(distinct)
    stops = stops.join(known_as, on="named")
    units = stops.groupby("chain")["named_unit"].nunique()
    seized_at = distinct["seized_place"].map(known_as["place"]).fillna("").astype("str")
    table = pd.DataFrame(
        {
            "domestic": units.reindex(distinct.index, fill_value=0) <= 1,
            "seized_at": seized_at,
            "overland": distinct["overland"],
        }
    )
    named = _named_steps(_collapse(stops))
    steps = named.assign(step=named.groupby("chain").cumcount())[[*STEP_COLUMNS]]
    return Chains(number, table, steps, named.assign(replaced=False))


def _stops(distinct: pd.DataFrame) -> pd.DataFrame:
    """Return one row per named stop in order: chain, named, gap (unnamed stops so far), seized."""
    via = distinct["via_places"].str.split(">").explode().str.strip()
    via = via[via != ""]
    seized = distinct["seized_place"]
    on_the_way = pd.DataFrame({"chain": via.index, "named": via.to_numpy(), "slot": 1})
    on_the_way["seized"] = on_the_way["named"] == seized.reindex(on_the_way["chain"]).to_numpy()
    # Of several stops at the seized place, the last one before the end is where the seizure was made.
    hits = on_the_way[on_the_way["seized"]]
    on_the_way["seized"] = on_the_way.index.isin(hits.drop_duplicates("chain", keep="last").index)
    origin = distinct["origin_place"]
    # Seized where it set out, with stops named: they lie ahead, or else a way there and back would be asserted.
    staying = (origin != "") & (origin == seized)
    staying &= origin.index.isin(via[via != UNNAMED].index) & ~origin.index.isin(hits["chain"])
    alone = seized[~seized.index.isin(hits["chain"]) & ~staying]
    single = [
        pd.DataFrame({"chain": stop.index, "named": stop.to_numpy(), "slot": slot, "seized": made_here})
        for stop, slot, made_here in (
            (origin, 0, staying.to_numpy()),
            (alone, 2, True),
            (distinct["destination_place"], 3, False),
        )
    ]
    stops = pd.concat([*single, on_the_way], ignore_index=True)
    stops = stops[stops["named"] != ""].sort_values(["chain", "slot"], kind="stable", ignore_index=True)
    unnamed = stops["named"] == UNNAMED
    stops["gap"] = unnamed.astype(np.int64).groupby(stops["chain"]).cumsum()
    return stops[~unnamed].drop(columns="slot").reset_index(drop=True)


def _collapse(stops: pd.DataFrame) -> pd.DataFrame:
    """Return stops without consecutive repeats: chain, place, seized, gap_first, gap_last."""
    kept = stops[~_wider_than_a_neighbour(stops)]
    again = (kept["place"] == kept["place"].shift()) & (kept["chain"] == kept["chain"].shift())
    runs = kept.groupby((~again).cumsum().to_numpy())
    columns = {"chain": "first", "place": "first", "unit": "first"}
    collapsed = runs.agg(columns).assign(
        seized=runs["seized"].any(), gap_first=runs["gap"].first(), gap_last=runs["gap"].last()
    )
    return collapsed.reset_index(drop=True)


def _wider_than_a_neighbour(stops: pd.DataFrame) -> pd.Series:
    wider = pd.Series(data=False, index=stops.index)
    for shift in (1, -1):
        other = stops.shift(shift)
        inside = (other["country"] == stops["place"]) | (other["region"] == stops["place"])
        wider |= (other["chain"] == stops["chain"]) & (other["place"] != stops["place"]) & inside
    return wider & ~stops["seized"]


def _named_steps(stops: pd.DataFrame) -> pd.DataFrame:
    """Return one row per pair of neighbouring stops, in order."""
    # A chain whose seizure is nowhere on it was not travelled as far as anyone knows.
    seen_after = stops["seized"][::-1].astype(np.int64).groupby(stops["chain"][::-1]).cumsum()[::-1]
    following = stops.shift(-1)
    step = following["chain"] == stops["chain"]
    travelled = seen_after.shift(-1, fill_value=0) > 0
    part = pd.Series(np.where(travelled, "travelled", "intended"), index=stops.index, dtype="str")
    across = following["gap_first"] > stops["gap_last"]
    pairs = pd.DataFrame(
        {
            "chain": stops["chain"],
            "origin": stops["place"],
            "destination": following["place"],
            "origin_unit": stops["unit"],
            "destination_unit": following["unit"],
            "part": part,
            "status": part.mask(across, "inferred"),
        }
    )
    return pairs[step].reset_index(drop=True)
