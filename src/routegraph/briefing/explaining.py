"""The whole story of one corridor, from its records to its score, read off a run's own tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

import pandas as pd

from routegraph.briefing.words import about, chance, count_of, likelihood, listing
from routegraph.corridors.score import WEIGHTS
from routegraph.errors import SettingError

MOST_IDS = 6
"""Record ids that are named at each step; evidence.csv has all."""

VERDICTS = {
    "supported": "supported: flow and counts do not disagree about it.",
    "enforcement_artefact": "enforcement artefact: reported seizures make much more of it than estimated flow does.",
    "under_detected": "under-detected: estimated flow makes much more of it than reported seizures do.",
    "single_source": "single source: it rests on what one source alone reports.",
    "insufficient": "insufficient: too little is known to say how much moves on it.",
    "": "none: nothing was found against it, which does not confirm it.",
}

Row = Mapping[Hashable, object]


def explain(tables: Mapping[str, pd.DataFrame], corridor_id: str, *, caveats: Sequence[str] = ()) -> str:
    """Return the story of one corridor as plain text: path, records, flow, score, firmness, verdict, limits.

    Parameters
    ----------
    tables
        corridors, legs, places and evidence as the run's files have them; numbers may be text.
    corridor_id
        Its id, or its rank.
    caveats
        What every product of the run says that it cannot tell.

    Raises
    ------
    SettingError
        No corridor of the run has that id or rank.
    """
    corridors = tables["corridors"]
    wanted = corridors["corridor_id"].astype(str).eq(corridor_id) | corridors["rank"].astype(str).eq(corridor_id)
    if not wanted.any():
        known = listing([f"{row.rank}: {row.corridor_id}" for row in corridors.head(5).itertuples()])
        raise SettingError(
            f"no corridor {corridor_id!r} in this run; expected an id or rank, such as {known or 'none'}"
        )
    row: Row = corridors.loc[wanted].iloc[0].to_dict()
    names = dict(zip(tables["places"]["place_id"], tables["places"]["name"], strict=True))
    path = str(row["path"]).split(" > ")
    sections = [
        ("", _head(row, [names.get(one) or one for one in path], n=len(corridors))),
        ("Step by step", _steps(row, path, tables, names)),
        (
            "Why it is flagged",
            [f"- {one}" for one in str(row["reasons"]).split("; ") if not one.startswith("its score")],
        ),
        ("How the score is made", _score(row)),
        ("How firmly it stands", _firm(row)),
        ("What this cannot tell", [f"- {one}" for one in caveats]),
    ]
    written = [f"{title}\n" + "\n".join(lines) if title else "\n".join(lines) for title, lines in sections if lines]
    return "\n\n".join(written) + "\n"


def _head(row: Row, path: Sequence[str], *, n: int) -> list[str]:
    said = [f"{row['corridor_id']}: {' > '.join(path)}"]
    tier = f", tier {row['tier']}" if row["tier"] else ""
    said.append(
        f"Rank {_whole(row['rank'])} of {count_of(n, 'corridor')} flagged{tier}, score {_number(row, 'score'):.2f}."
    )
    if _known(row["flow_mean"]):
        mean, low, high = (about(_number(row, f"flow_{part}")) for part in ("mean", "p05", "p95"))
        said.append(
            f"Flow: {mean} consignments (90 % interval {low} to {high}); being among the top by flow is "
            f"{likelihood(_number(row, 'p_top'))} ({chance(_number(row, 'p_top'))})."
        )
    events, records = count_of(_whole(row["seizures"]), "seizure"), count_of(_whole(row["n_records"]), "record")
    said.append(f"Reported: {events} in {records}.")
    said.append(f"Verdict: {VERDICTS.get(str(row['verdict']), str(row['verdict']))}")
    return said


def _steps(
    row: Row, path: Sequence[str], tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]
) -> list[str]:  # fmt: skip
    legs = tables["legs"]
    legs = legs.loc[legs.get("named_pair", "no") != "yes"].set_index(["origin", "destination"])
    detection = dict(zip(tables["places"]["place_id"], tables["places"]["detection_mean"], strict=True))
    evidence = tables["evidence"]
    mine = evidence.loc[(evidence["kind"] == "corridor") & (evidence["id"] == row["corridor_id"])]
    status = str(row.get("steps", "")).split("; ")
    lines = []
    for k, (start, end) in enumerate(pairwise(path)):
        leg: Row = legs.loc[[(start, end)]].iloc[0].to_dict()
        ids = sorted(mine.loc[mine["step"].astype(str) == str(k), "record_id"].unique())
        text = f"{k + 1}. {names.get(start) or start} > {names.get(end) or end}: "
        text += f"{status[k] if k < len(status) and status[k] else 'reported'}, {count_of(len(ids), 'record')}"
        text += f" ({listing(ids, most=MOST_IDS)})" if ids else ""
        if _known(leg["flow_mean"]):
            low, high = (about(_number(leg, f"flow_{part}")) for part in ("p05", "p95"))
            text += f"; all flow on this leg {low} to {high}"
        if _known(detection.get(end)):
            text += f"; {100 * float(str(detection[end])):.1f} in 100 are seized at {names.get(end) or end}"
        lines.append(text)
    return lines


def _score(row: Row) -> list[str]:
    """Write the sum out: part x weight, and the total."""
    parts = {name: float(value) for name, value in _pairs(row.get("parts", ""))}
    if not parts:
        return []
    total = sum(WEIGHTS[name] for name in parts)
    shares = {name: parts[name] * WEIGHTS[name] / total for name in WEIGHTS if name in parts}
    lines = [
        f"{name:<12} {parts[name]:.2f} x {WEIGHTS[name]:>2.0f} / {total:.0f} = {share:.3f}"
        for name, share in shares.items()
    ]
    left = [name for name in WEIGHTS if name not in parts]
    lines.append(f"{'score':<12} {sum(shares.values()):.3f}")
    return [*lines, *([f"Left out, for it could not be estimated: {listing(left)}."] if left else [])]


def _firm(row: Row) -> list[str]:
    if not _known(row.get("rank_p05")):
        return []
    low, high = _whole(row["rank_p05"]), _whole(row["rank_p95"])
    lines = [f"Ranks {low} to {high} of all chains found, in 90 % of trials."]
    moved = [(name, ends.split()) for name, ends in _pairs(row.get("by_weight", ""))]
    lines += [
        f"- weight of {name} 20 % less: rank {less}; 20 % more: rank {more}"
        for name, (less, more) in moved
        if {less, more} != {str(_whole(row["rank"]))}
    ] or ["- no weight moves its rank when it is 20 % less or more"]
    without = [(source, int(rank)) for rank, source in _pairs(row.get("without", ""))]
    lines += [f"- without what {source} alone reports: rank {rank}" for source, rank in without]
    return lines


def _pairs(cell: object) -> list[tuple[str, str]]:
    """Return what stands before and after the first blank of each item of a list in a cell."""
    items = (one.partition(" ") for one in str(cell or "").split("; ") if one)
    return [(first, rest) for first, _, rest in items]


def _known(value: object) -> bool:
    return str(value) not in ("", "None", "nan", "<NA>")


def _number(row: Row, column: str) -> float:
    return float(str(row[column]))


def _whole(value: object) -> int:
    return round(float(str(value)))
