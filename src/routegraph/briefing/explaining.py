"""The whole story of one corridor, from its records to its score, read off a run's own tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

import pandas as pd

from routegraph.briefing.words import about, chance, count_of, likelihood, listing
from routegraph.corridors.score import WEIGHTS, total
from routegraph.corridors.story import firm_lines, one_line, score_lines
from routegraph.errors import SettingError
from routegraph.flows.posterior import top_size

MOST_IDS = 6
"""Record ids that are named at each step; evidence.csv has all."""

NO_LEVEL = "these data cannot tell how many consignments"

SCORE_NOISE = 1e-4
"""Parts and scores are written with six digits: a sum that is farther off was made otherwise."""

VERDICTS = {
    "supported": "supported: no test for misleading counts or thin evidence holds; that does not confirm it.",
    "enforcement_artefact": "enforcement artefact: reported seizures make much more of it than estimated flow does.",
    "under_detected": "under-detected: estimated flow makes much more of it than reported seizures do.",
    "single_source": "single source: it rests on what one source alone reports.",
    "insufficient": "insufficient: too little is known to say how much moves on it.",
    "": "none: nothing was found against it, which does not confirm it.",
}

Row = Mapping[Hashable, object]


def explain(
    tables: Mapping[str, pd.DataFrame], corridor_id: str, *, run: Mapping[str, object] | None = None
) -> str:  # fmt: skip
    """Return the story of one corridor as plain text: path, records, flow, score, firmness, verdict, limits.

    No text of the data can begin a line: what cannot be printed becomes a blank.

    Parameters
    ----------
    tables
        corridors, legs, places and evidence as the run's files have them; numbers may be text.
    corridor_id
        Its id, or its rank.
    run
        What run.json says of the run: marking, synthetic, levels_told, detection_corrected, caveats. Where no level is
        told, no number of consignments is written.

    Raises
    ------
    SettingError
        No corridor of the run has that id or rank.
    """
    corridors = tables["corridors"]
    wanted = corridors["corridor_id"].astype(str).eq(corridor_id) | corridors["rank"].astype(str).eq(corridor_id)
    if not wanted.any():
        some = [f"{row.rank}: {row.corridor_id}" for row in corridors.head(5).itertuples()]
        expected = f"expected an id or rank, such as {listing(some)}" if some else "it flagged none"
        raise SettingError(f"no corridor {corridor_id!r} in this run; {expected}")
    row: Row = corridors.loc[wanted].iloc[0].to_dict()
    facts = run or {}
    names = dict(zip(tables["places"]["place_id"], tables["places"]["name"], strict=True))
    path = str(row["path"]).split(" > ")
    why = [f"- {one}" for one in str(row["reasons"]).split("; ") if one and not one.startswith("its score")]
    caveats = facts.get("caveats")
    sections = [
        ("", [*_marked(facts), *_head(row, [names.get(one) or one for one in path], facts, n=len(corridors))]),
        ("Step by step", _steps(row, path, tables, names, facts)),
        ("Why it is flagged", why),
        ("How the score is made", _score(row)),
        ("How firmly it stands", _firm(row)),
        ("What this cannot tell", [f"- {one}" for one in caveats] if isinstance(caveats, list) else []),
    ]
    written = ["\n".join([*([title] if title else []), *map(one_line, lines)]) for title, lines in sections if lines]
    return "\n\n".join(written) + "\n"


def _marked(facts: Mapping[str, object]) -> list[str]:
    """Return the marking of the run, and that it is invented where it is, as one line."""
    said = [str(facts.get("marking") or ""), "SYNTHETIC DATA" if facts.get("synthetic") else ""]
    return [" | ".join(one for one in said if one)] if any(said) else []


def _head(row: Row, path: Sequence[str], facts: Mapping[str, object], *, n: int) -> list[str]:
    said = [f"{row['corridor_id']}: {' > '.join(path)}"]
    tier = f", tier {row['tier']}" if row["tier"] else ""
    said.append(
        f"Rank {_whole(row['rank'])} of {count_of(n, 'corridor')} flagged{tier}, score {_number(row, 'score'):.2f}."
    )
    if _known(row["flow_mean"]):
        mean, low, high = (about(_number(row, f"flow_{part}")) for part in ("mean", "p05", "p95"))
        of = "consignments" if _corrected(facts) else "seizure events"
        level = f"{mean} {of} (90 % interval {low} to {high})" if _told(facts) else NO_LEVEL
        what = "Flow:" if _corrected(facts) else "Smoothed count, not corrected for detection:"
        said.append(f"{what} {level}{_top(row, n=n)}.")
    events, records = count_of(_whole(row["seizures"]), "seizure"), count_of(_whole(row["n_records"]), "record")
    said.append(f"Reported: {events} in {records}.")
    said.append(f"Verdict: {VERDICTS.get(str(row['verdict']), str(row['verdict']))}")
    return said


def _top(row: Row, *, n: int) -> str:
    """Say how likely it is among those with most flow; one corridor alone is on top of nothing."""
    if n < 2 or not _known(row["p_top"]):
        return ""
    first = "the one" if top_size(n) == 1 else f"among the {top_size(n)}"
    p = _number(row, "p_top")
    return f"; being {first} with most of the {n} flagged is {likelihood(p)} ({chance(p)})"


def _steps(
    row: Row, path: Sequence[str], tables: Mapping[str, pd.DataFrame], names: Mapping[str, str],
    facts: Mapping[str, object],
) -> list[str]:  # fmt: skip
    legs = tables["legs"]
    legs = legs.loc[legs.get("named_pair", "no") != "yes"].set_index(["origin", "destination"])
    detection = dict(zip(tables["places"]["place_id"], tables["places"]["detection_mean"], strict=True))
    evidence = tables["evidence"]
    mine = evidence.loc[(evidence["kind"] == "corridor") & (evidence["id"] == row["corridor_id"])]
    status = str(row.get("steps", "")).split("; ")
    lines = []
    for k, (start, end) in enumerate(pairwise(path)):
        leg: Row = legs.loc[[(start, end)]].iloc[0].to_dict() if (start, end) in legs.index else {}
        ids = sorted(mine.loc[pd.to_numeric(mine["step"], errors="coerce") == k, "record_id"].unique())
        text = f"{k + 1}. {names.get(start) or start} > {names.get(end) or end}: "
        text += f"{status[k] if k < len(status) and status[k] else 'reported'}, {count_of(len(ids), 'record')}"
        text += f" ({listing(ids, most=MOST_IDS)})" if ids else ""
        if _known(leg.get("flow_mean")) and _told(facts):
            low, high = (about(_number(leg, f"flow_{part}")) for part in ("p05", "p95"))
            what = "all flow on this leg" if _corrected(facts) else "counts alone put this leg at"
            text += f"; {what} {low} to {high}"
        if _known(detection.get(end)) and _told(facts):
            text += f"; {100 * float(str(detection[end])):.1f} in 100 are seized at {names.get(end) or end}"
        lines.append(text)
    return lines


def _score(row: Row) -> list[str]:
    """Write the sum out: part x weight, and the total."""
    parts = {name: float(value) for name, value in _pairs(row.get("parts", ""))}
    if not parts:
        return []
    if not set(parts) <= set(WEIGHTS):
        return ["It has parts that this version does not know: ask the version that made the run."]
    lines, score = score_lines(parts), total(parts)
    if abs(score - _number(row, "score")) > SCORE_NOISE:
        lines.append(f"The run itself says {_number(row, 'score'):.3f}: it was made by a version with other weights.")
    return lines


def _firm(row: Row) -> list[str]:
    if not _known(row.get("rank_p05")):
        return []
    ends = ((name, rest.split()) for name, rest in _pairs(row.get("by_weight", "")))
    return firm_lines(
        _whole(row["rank"]), _whole(row["rank_p05"]), _whole(row["rank_p95"]),
        by_weight={name: (int(less), int(more)) for name, (less, more) in ends},
        without={source: int(rank) for rank, source in _pairs(row.get("without", ""))},
    )  # fmt: skip


def _pairs(cell: object) -> list[tuple[str, str]]:
    """Return what stands before and after the first blank of each item of a list in a cell."""
    items = (one.partition(" ") for one in str(cell or "").split("; ") if one)
    return [(first, rest) for first, _, rest in items]


def _told(facts: Mapping[str, object]) -> bool:
    return facts.get("levels_told") is not False


def _corrected(facts: Mapping[str, object]) -> bool:
    return facts.get("detection_corrected") is not False


def _known(value: object) -> bool:
    return str(value) not in ("", "None", "nan", "<NA>")


def _number(row: Row, column: str) -> float:
    return float(str(row[column]))


def _whole(value: object) -> int:
    return round(float(str(value)))
