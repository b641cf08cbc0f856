"""STIX 2.1 objects that are the same in every bundle, and how ids and marks are made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid5

from routegraph.briefing.columns import COLUMNS
from routegraph.briefing.product import Briefing
from routegraph.briefing.units import meaning
from routegraph.records.markings import TLP_ORDER
from routegraph.render.plain_text import storable

Stix = dict[str, object]

NAMESPACE = UUID("0c9bd3a8-5f1e-5b0a-9d4b-6a1f0e7c2b55")
"""Every id of ours is a UUIDv5 in this namespace, of the object's own content."""

EPOCH = "2000-01-01T00:00:00.000Z"
"""``created`` of what is the same in every bundle, and of a case without dates."""

# TLP 2.0 as OASIS publishes it for STIX 2.1: fixed ids, so that a receiver knows the marking without reading it.
# github.com/oasis-open/cti-stix-common-objects, extension-definition-specifications/tlp-2.0/marking-definition.json
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP_CREATED = "2022-10-01T00:00:00.000Z"
_TLP_IDS = {
    "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

# STIX 2.1, appendix A: the DNI (ICD 203) scale. The words are the project's own bands of probability.
LIKELIHOOD = {
    "remote": 5,
    "almost no chance": 5,
    "very unlikely": 15,
    "unlikely": 30,
    "roughly even chance": 50,
    "likely": 70,
    "very likely": 85,
    "almost certain": 95,
}
# The same appendix: the scale None / Low / Med / High, for the words of analytic confidence.
CONFIDENCE = {"low": 15, "moderate": 50, "high": 85}


def stix_object(kind: str, **content: object) -> Stix:
    """Return an object whose id is made from what it says: two with one id say the same, in whichever bundle.

    Text that JSON cannot hold is replaced; what is None or empty is left out, as STIX asks.
    """
    made: dict[str, object] = {"type": kind, "spec_version": "2.1"}
    made |= {name: _plain(value) for name, value in content.items() if value not in (None, "", [], {}, ())}
    text = json.dumps(made, sort_keys=True, allow_nan=False, ensure_ascii=True)
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid5(NAMESPACE, text)}"} | made


def _plain(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(name)): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


IDENTITY = stix_object(
    "identity",
    created=EPOCH,
    modified=EPOCH,
    name="routegraph",
    description="A program that estimates smuggling routes from seizure records; it is no person and no agency.",
    identity_class="system",
)


_PROPERTIES = """\
Properties are the columns of routegraph's tables; one that is unknown or not estimated is absent.
estimator: removal (flow_* and throughflow_* are estimated consignments, seized or not, with a 90 % credible interval) \
or counts (they are reported seizure events, smoothed, not corrected for detection, and not traffic).
levels_told: false where the data cannot tell how many consignments there are; then no number of them is given, and \
flow_share and throughflow_share are shares of the largest of their kind.
link: on a relationship, leg: a leg of the network, which leads from source_ref to target_ref."""


def _schema() -> str:
    lines = [_PROPERTIES]
    for table in ("places", "legs", "corridors"):
        lines += [f"{table[:-1]}.{column}: {meaning(table, column).said}." for column in COLUMNS[table]]
    return "\n".join(lines)


EXTENSION = stix_object(
    "extension-definition",
    created_by_ref=IDENTITY["id"],
    created=EPOCH,
    modified=EPOCH,
    name="routegraph estimates",
    description="Estimates with their intervals, counts and verdicts on locations, relationships and groupings.",
    schema=_schema(),
    version="1.0.0",
    extension_types=["property-extension"],
)


def extended(properties: Mapping[str, object]) -> Stix:
    """Return the property ``extensions`` that carries our columns."""
    return {str(EXTENSION["id"]): {"extension_type": "property-extension", **properties}}


def tlp_marking(tlp: str) -> Stix:
    """Return OASIS's own object for a marking; what is no marking counts as RED."""
    level = tlp if tlp in _TLP_IDS else TLP_ORDER[-1]
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": _TLP_IDS[level],
        "created": _TLP_CREATED,
        "name": f"TLP:{level}",
        "extensions": {_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level.lower()}},
    }


def statements(briefing: Briefing, *, warning: str) -> list[Stix]:
    """Return what every object is marked with beside its TLP: who may have it, and that it is invented."""
    said = [warning] if briefing.synthetic else []
    if briefing.marking.releasable_to:
        said.append(f"{briefing.marking.text}: releasable to {', '.join(briefing.marking.releasable_to)} only.")
    return [
        stix_object(
            "marking-definition",
            created_by_ref=IDENTITY["id"],
            created=EPOCH,
            definition_type="statement",
            definition={"statement": text},
        )
        for text in said
    ]


def ids_of(objects: Iterable[Stix]) -> list[str]:
    """Return the ids of objects, each once, in order."""
    return list(dict.fromkeys(str(one["id"]) for one in objects))
