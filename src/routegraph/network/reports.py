"""What records report, each distinct report once: where from, by what way, seized where, bound where, on what word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.errors import InputError
from routegraph.network.aggregate import runs_of
from routegraph.network.catalogue import catalogue
from routegraph.network.chains import KEYS, _stops, _wider_than_a_neighbour

if TYPE_CHECKING:
    from routegraph.places import Gazetteer

BASIS_OF = {
    "random": 0, "routine": 0, "profile": 0, "incidental": 0,
    "intelligence": 1, "tip_off": 1, "model": 1,
    "unknown": 2, "": 2,
}  # fmt: skip
"""What a seizure was made on, by the record's ``detection_basis``: a check (0), word of it beforehand (1), not stated
(2). A profile is a rule for whom to check, applied to all who pass; a model's word points at one consignment."""

REPORT_COLUMNS = (
    "origin", "seized", "destination", "vias_before", "vias_after", "basis", "source", "place_only", "domestic",
    "events",
)  # fmt: skip
ENDS = ("origin", "destination")
_BETWEEN = " > "
_FIELDS = ("origin", "seized", "destination", "vias_before", "vias_after", "place_only", "domestic")
_CONTENT = [*_FIELDS[:5], "basis", "source", *_FIELDS[5:]]


@dataclass(frozen=True)
class Reports:
    """Each distinct report once, with the events behind it.

    Attributes
    ----------
    table
        Indexed by report 0..Q-1, sorted by content: origin, seized, destination (place id at the level; a country-only
        place at level ``place`` is its ISO3; '' unknown), vias_before, vias_after (tuples of the same, in order,
        unnamed stops left out), basis (int8: 0 check, 1 word beforehand, 2 not stated), source (text), place_only
        (it names where it was seized and nothing else), domestic (all named places in one border unit, and more than
        the place of seizure named), events (int64, > 0).
    of_record
        Report of each record with events, indexed by record_id, sorted.
    periods
        Events by report, period (year as text, '' unknown) and commodity, sorted by these.
    """

    table: pd.DataFrame
    of_record: pd.Series
    periods: pd.DataFrame


def distinct_reports(records: pd.DataFrame, *, gazetteer: Gazetteer, level: str, border: str) -> Reports:
    """Return what the records report, equal reports taken together.

    Parameters
    ----------
    records
        The canonical frame with place ids resolved; it is not changed. Records with count 0 are left out.
    gazetteer
        Where the place ids are described.
    level, border
        What a place is (place, region, country) and which borders count (country, region).

    Returns
    -------
    Reports
        The same whatever the order of the records. A record of count 10 gives what ten records of count 1 give.

    Raises
    ------
    SettingError
        When level or border is none of the known ones.
    PlaceError
        When the gazetteer does not hold a place id.
    InputError
        When a detection basis is none of the contract's words.

    Notes
    -----
    What lies before and after the seizure is told as for the legs of the network (``report_chains``): stops named after
    the seized one lie ahead; where the seized place is the origin, all stops do. A stop repeated next to itself, or
    wider than its neighbour, says nothing more and is left out; a wider origin or destination stays what it is. Without
    a place of seizure no travel is known: all stops are then in ``vias_after``. Mode, commodity and quantity do not
    tell reports apart.
    """
    eventful = records[records["count"] > 0].sort_values("record_id", ignore_index=True)
    keyed = eventful[list(KEYS)]
    chain = keyed.groupby(list(KEYS), sort=True).ngroup()
    distinct = keyed.assign(chain=chain).drop_duplicates("chain").set_index("chain").sort_index()
    fields = _fields(distinct, gazetteer, level=level, border=border)
    rows = fields.reindex(chain).reset_index(drop=True)
    rows["basis"], rows["source"] = _basis(eventful["detection_basis"]), eventful["source"]
    report = rows.groupby(_CONTENT, sort=True).ngroup().rename("report")
    table = rows.assign(report=report).drop_duplicates("report").set_index("report").sort_index()
    table["events"] = eventful["count"].groupby(report).sum().astype(np.int64)
    for side in ("vias_before", "vias_after"):
        split = {text: tuple(text.split(_BETWEEN)) if text else () for text in table[side].unique()}
        table[side] = pd.Series([split[text] for text in table[side]], index=table.index, dtype="object")
    of_record = pd.Series(report.to_numpy(np.int64), index=pd.Index(eventful["record_id"]), name="report")
    return Reports(table[list(REPORT_COLUMNS)], of_record, _periods(eventful, report))


def _fields(distinct: pd.DataFrame, gazetteer: Gazetteer, *, level: str, border: str) -> pd.DataFrame:
    """Return what each distinct combination of named places says; vias as text joined in order."""
    vias = distinct["via_places"].str.split(">").explode().str.strip()
    ids = pd.concat([distinct[one] for one in KEYS if one != "via_places"] + [vias]).unique()
    known_as = catalogue(gazetteer, [str(one) for one in ids], level=level, border=border)
    stops = _stops(distinct).join(known_as, on="named")
    fields = pd.DataFrame(index=distinct.index)
    for name in ("origin", "seized", "destination"):
        fields[name] = distinct[f"{name}_place"].map(known_as["place"]).astype("str").fillna("")
    before, after = _vias(stops, distinct)
    fields["vias_before"], fields["vias_after"] = _joined(before, fields.index), _joined(after, fields.index)
    names_more = stops["named"] != distinct["seized_place"].reindex(stops["chain"]).to_numpy()
    more = names_more.groupby(stops["chain"]).any().reindex(fields.index, fill_value=False)
    more |= (distinct["origin_place"] != "") | (distinct["destination_place"] != "")
    one_unit = stops.groupby("chain")["named_unit"].nunique().reindex(fields.index, fill_value=0) <= 1
    one_place = stops.groupby("chain")["place"].nunique().reindex(fields.index, fill_value=0) <= 1
    seized = fields["seized"] != ""
    fields["place_only"] = seized & ~more
    fields["domestic"] = more & (one_unit | (one_place & seized))
    return fields


def _vias(stops: pd.DataFrame, distinct: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the stops on the way (chain, place) before and after the seizure, in order."""
    stated = {end: (distinct[f"{end}_place"] != "").reindex(stops["chain"]).to_numpy() for end in ENDS}
    start = ~stops["chain"].duplicated(keep="first") & stated["origin"]
    end = ~stops["chain"].duplicated(keep="last") & stated["destination"]
    via = ~(start | end | stops["seized"])
    kept = stops[~(via & _wider_than_a_neighbour(stops))]
    via = via[kept.index]
    again = (kept["place"] == kept["place"].shift()) & (kept["chain"] == kept["chain"].shift())
    run = (~again).cumsum()
    passed_only = via.groupby(run).transform("all") & ~again
    seen = stops["seized"].groupby(stops["chain"]).cumsum()[kept.index] > 0
    told = stops["seized"].groupby(stops["chain"]).transform("any")[kept.index]
    ahead = seen | ~told
    columns = ["chain", "place"]
    return kept.loc[passed_only & ~ahead, columns], kept.loc[passed_only & ahead, columns]


def _joined(vias: pd.DataFrame, chains: pd.Index) -> pd.Series:
    joined = pd.Series(list(map(_BETWEEN.join, runs_of(vias["chain"], vias["place"]))), dtype="str")
    return joined.set_axis(vias["chain"].unique()).reindex(chains).fillna("").astype("str")


def _basis(stated: pd.Series) -> pd.Series:
    basis = stated.map(BASIS_OF)
    if basis.isna().any():
        found = ", ".join(sorted(repr(one) for one in stated[basis.isna()].unique())[:5])
        raise InputError("detection_basis", found, expected=f"one of {', '.join(filter(None, BASIS_OF))}, or blank")
    return basis.astype(np.int8)


def _periods(records: pd.DataFrame, report: pd.Series) -> pd.DataFrame:
    """Return events per report, year and commodity; the year is '' where a record's dates do not lie within one."""
    year = records["date_from"].dt.year
    known = year.notna() & (year == records["date_to"].dt.year)
    period = year.fillna(0).astype(np.int64).astype("str").where(known, "")
    kinds = pd.DataFrame({"report": report, "period": period, "commodity": records["commodity"]})
    keys = ["report", "period", "commodity"]
    counted = kinds.assign(events=records["count"]).groupby(keys, sort=True)["events"].sum().reset_index()
    return counted.astype({"report": np.int64, "period": "str", "commodity": "str", "events": np.int64})
