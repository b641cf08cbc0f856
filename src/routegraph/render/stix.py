"""stix_bundle.json: places, legs and corridors as a STIX 2.1 bundle, for threat-intelligence platforms."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any
from uuid import uuid5

import pandas as pd

from routegraph.briefing.caveats import SYNTHETIC
from routegraph.briefing.estimates import verdict_words
from routegraph.briefing.findings import path_words
from routegraph.briefing.positions import positions
from routegraph.briefing.product import Briefing
from routegraph.briefing.words import chance, likelihood
from routegraph.flows.posterior import top_size
from routegraph.records.markings import TLP_ORDER
from routegraph.render.about import about
from routegraph.render.case_days import case_days, last_begun
from routegraph.render.plain_text import storable
from routegraph.render.records_behind import Behind, behind_legs, leg_status
from routegraph.render.stix_terms import (
    CONFIDENCE,
    EPOCH,
    EXTENSION,
    IDENTITY,
    LIKELIHOOD,
    NAMESPACE,
    Stix,
    extended,
    ids_of,
    statements,
    stix_object,
    tlp_marking,
)
from routegraph.render.target import Target
from routegraph.render.told import told_table

Row = Mapping[Any, Any]

COUNTED = "Its figures are reported counts, not corrected for detection, and not traffic."
UNTOLD = "How many consignments there are these data cannot tell: read ranks and shares."
_NO_PLACE = "unknown"
_AREAS = ("country", "region")
"""Kinds of place that are no point."""
_CONFIDENCE = re.compile(r"Confidence is (low|moderate|high)\b")
# Said by STIX's own properties already.
_SAID = {"name", "lat", "lon", "country", "region", "why", "reasons", "record_ids", "path"}


def render_stix(briefing: Briefing) -> bytes:
    """Return the case as a STIX 2.1 bundle.

    A place is a ``location``; a leg a ``relationship`` of type ``related-to`` from the place where it begins to the
    one where it ends (STIX has no word for movement between locations, and platforms refuse words of one's own); a
    corridor a ``grouping`` of its places and legs in the order of travel; the case a ``report`` that names them all,
    with notes on what it cannot tell. Estimates stand in a declared extension. Pairs whose way was inferred
    (``named_pair`` in legs.csv) carry no flow and are not here. ``created`` is the last day on which a record begins,
    not when the file was written: the same case gives the same bytes. A country or a region has no position: what the
    table of places has of it is a point to draw it at.

    ``confidence`` is set on the report (from its sentence on confidence) and on the notes that say how likely a
    corridor is among the first (ICD 203 words), and nowhere else: no other number here is one.
    """
    case = _Case(briefing)
    objects = case.objects()
    bundle_id = uuid5(NAMESPACE, "\n".join(ids_of(objects)))
    lines = ",\n".join(json.dumps(one, allow_nan=False, ensure_ascii=False) for one in objects)
    return f'{{"type": "bundle", "id": "bundle--{bundle_id}", "objects": [\n{lines}\n]}}\n'.encode()


@dataclass(frozen=True)
class _Case:
    briefing: Briefing

    @cached_property
    def days(self) -> tuple[str, str] | None:
        """First and last moment of the days that the records cover."""
        span = case_days(self.briefing.tables["records"])
        return (f"{span[0]}T00:00:00.000Z", f"{span[1]}T23:59:59.999Z") if span else None

    @cached_property
    def created(self) -> str:
        begun = last_begun(self.briefing.tables["records"])
        return f"{begun}T00:00:00.000Z" if begun else EPOCH

    @cached_property
    def statements(self) -> list[Stix]:
        return statements(self.briefing, warning=SYNTHETIC)

    @cached_property
    def alpha2(self) -> Mapping[str, str]:
        from routegraph.places.countries import countries

        return dict(countries()["alpha2"])

    @cached_property
    def positions(self) -> Mapping[str, tuple[float, float]]:
        return positions(self.briefing.tables["places"])

    @cached_property
    def locations(self) -> dict[str, Stix]:
        """Each place, and each end of a leg that the table of places does not hold."""
        table, _ = told_table(self.briefing, "places")
        made = {str(row["place_id"]): self._location(row) for row in table.to_dict("records")}
        for end in pd.unique(self._legs[["origin", "destination"]].to_numpy(dtype=object).ravel()):
            if end not in made:
                made[end] = self._location({"place_id": end})
        return made

    @cached_property
    def _legs(self) -> pd.DataFrame:
        table, _ = told_table(self.briefing, "legs")
        return table.loc[table["named_pair"] != "yes"].drop(columns="named_pair")

    @cached_property
    def relationships(self) -> dict[tuple[str, str], Stix]:
        behind = behind_legs(self.briefing)
        none = Behind()
        return {
            (row["origin"], row["destination"]): self._relationship(
                row, behind.get(f"{row['origin']} > {row['destination']}", none)
            )
            for row in self._legs.to_dict("records")
        }

    def objects(self) -> list[Stix]:
        groupings = list(self._groupings())
        found = [*self.locations.values(), *self.relationships.values(), *groupings]
        found += self._standings(groupings)
        report = self._report(found)
        notes = [*self._notes(report)]
        everything = [IDENTITY, EXTENSION, *self.statements, *found, report, *notes]
        used = {ref for one in everything for ref in _refs(one)}
        tlps = [tlp for tlp in map(tlp_marking, TLP_ORDER) if tlp["id"] in used]
        return list({str(one["id"]): one for one in (*tlps, *everything)}.values())

    def _made(self, kind: str, **content: object) -> Stix:
        """Return an object with what all of the case's own carry: maker, date, marking, warning.

        The marking is the product's, for platforms share object by object and every estimate rests on all records;
        a row's own level, which may be lower, is in the extension.
        """
        level = tlp_marking(self.briefing.marking.tlp)
        return stix_object(
            kind,
            created_by_ref=IDENTITY["id"],
            created=self.created,
            modified=self.created,
            **content,
            labels=["synthetic"] if self.briefing.synthetic else None,
            object_marking_refs=[str(level["id"]), *ids_of(self.statements)],
        )

    def _properties(self, row: Row, **more: object) -> Stix:
        kept = {name: _value(value) for name, value in row.items() if name not in _SAID}
        own = {name: value for name, value in kept.items() if value not in (None, "")}
        return extended({"estimator": self.briefing.estimator, "levels_told": self.briefing.levels_told, **more, **own})

    def _location(self, row: Row) -> Stix:
        country = str(row.get("country", ""))
        spot = None if row.get("kind") in _AREAS else self.positions.get(row["place_id"])
        return self._made(
            "location",
            name=row.get("name") or row["place_id"],
            description=row.get("why"),
            country=self.alpha2.get(country, country),
            administrative_area=row.get("region"),
            # STIX wants a country, a region or a position of every location; this one has none.
            region=_NO_PLACE if not country and spot is None else None,
            latitude=spot[0] if spot else None,
            longitude=spot[1] if spot else None,
            external_references=[{"source_name": "routegraph place_id", "external_id": row["place_id"]}],
            extensions=self._properties(row),
        )

    def _named(self, place: str) -> str:
        return str(self.locations[place]["name"])

    def _relationship(self, row: Row, behind: Behind) -> Stix:
        # Not "consignments move": of a leg that only candidate routes use nobody has said so.
        ends = f"Leg from {self._named(row['origin'])} to {self._named(row['destination'])}."
        status = leg_status(row)
        known = f"How it is known: {status}." if status else "No record names it: inferred from routes."
        said = [ends, known, row["why"], *self._limits(row["verdict"])]
        return self._made(
            "relationship",
            relationship_type="related-to",
            description=" ".join(part for part in said if part),
            source_ref=self.locations[row["origin"]]["id"],
            target_ref=self.locations[row["destination"]]["id"],
            start_time=self.days[0] if self.days else None,
            stop_time=self.days[1] if self.days else None,
            external_references=[
                {"source_name": source or "source not stated", "external_id": record}
                for record, source in behind.records
            ],
            extensions=self._properties(row, link="leg"),
        )

    def _limits(self, verdict: str) -> list[str]:
        """Return what an object says of itself when it travels without its report."""
        words = verdict_words(verdict, estimator=self.briefing.estimator)
        return [
            *([f"Verdict: {words}."] if words else []),
            *([COUNTED] if self.briefing.estimator == "counts" else []),
            *([] if self.briefing.levels_told else [UNTOLD]),
        ]

    def _groupings(self) -> Iterator[Stix]:
        table, _ = told_table(self.briefing, "corridors")
        names = {place: str(one["name"]) for place, one in self.locations.items()}
        for row in table.to_dict("records"):
            path = row["path"].split(" > ")
            refs = [self.locations[place] for place in path if place in self.locations]
            refs += [self.relationships[leg] for leg in pairwise(path) if leg in self.relationships]
            said = [row["reasons"], *self._limits(row["verdict"])]
            yield self._made(
                "grouping",
                name=f"Corridor {row['rank']}: {path_words(row['path'], names)}",
                description="\n".join(part for part in said if part),
                context="suspicious-activity",
                # A corridor of places that no table holds still is an object: STIX wants one reference at least.
                object_refs=ids_of(refs) or [IDENTITY["id"]],
                external_references=[{"source_name": "routegraph corridor_id", "external_id": row["corridor_id"]}],
                extensions=self._properties(row, path=path, record_ids=row["record_ids"].split("; ")),
            )

    def _standings(self, groupings: list[Stix]) -> Iterator[Stix]:
        """Say of each corridor how likely it is among the first: one statement, and STIX's number for its word."""
        corridors = self.briefing.tables["corridors"]
        top = top_size(len(corridors))
        listed = f"{len(corridors):,} listed"
        by = "reported counts" if self.briefing.estimator == "counts" else "estimated flow"
        for grouping, row in zip(groupings, corridors.to_dict("records"), strict=True):
            p = float(row["p_top"])
            if not math.isnan(p):
                first = f"the {top}" if top > 1 else "the one"
                yield self._made(
                    "note",
                    abstract=f"Corridor {row['rank']}: {likelihood(p)}",
                    content=f"That corridor {row['rank']} is among {first} of {listed} that have most by {by}: "
                    f"{likelihood(p)} ({chance(p)}).",
                    confidence=LIKELIHOOD[likelihood(p)],
                    object_refs=[grouping["id"]],
                )

    def _report(self, found: list[Stix]) -> Stix:
        said = about(self.briefing)
        stated = _CONFIDENCE.match(said.confidence)
        return self._made(
            "report",
            name=said.title or "routegraph",
            description=said.lines(),
            published=self.created,
            confidence=CONFIDENCE[stated.group(1)] if stated else None,
            object_refs=ids_of(found) or [IDENTITY["id"]],
            extensions=extended(
                {"estimator": said.estimator, "levels_told": said.levels_told, "run_digest": said.digest}
            ),
        )

    def _notes(self, report: Stix) -> Iterator[Stix]:
        judgements = [f"{one.text} ({one.basis})" for one in self.briefing.judgements]
        for abstract, lines in (
            ("What this cannot tell you", list(self.briefing.caveats)),
            ("What changed since the earlier run", list(self.briefing.changes)),
            ("Key judgements", judgements),
        ):
            if any(lines):
                yield self._made("note", abstract=abstract, content="\n".join(lines), object_refs=[report["id"]])


def _refs(one: Stix) -> list[str]:
    refs = one.get("object_marking_refs", [])
    return [str(ref) for ref in refs] if isinstance(refs, list) else []


def _value(value: object) -> object:
    """Return a cell as JSON holds it; None for what is missing or endless."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return storable(value) if isinstance(value, str) else value


TARGETS = (Target("stix", "stix_bundle.json", render_stix, on_request=True),)
