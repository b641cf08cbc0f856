"""The columns of every table that leaves the house, in the order of the contract."""

from __future__ import annotations

_FLOW = ("flow_mean", "flow_p05", "flow_p95")

COLUMNS: dict[str, tuple[str, ...]] = {
    "corridors": (
        "rank", "corridor_id", "path", "countries", "borders_crossed", "modes", "commodity", "score", *_FLOW,
        "surprise", "p_top", "tier", "verdict", "reasons", "seizures", "quantity_seized", "unit", "n_records",
        "record_ids", "tlp", "rank_p05", "rank_p95", "parts", "by_weight", "without", "branches", "steps",
    ),
    "legs": (
        "origin", "destination", "origin_country", "destination_country", "modes", "commodity", "distance_km",
        "borders_crossed", "travelled", "intended", "inferred", "n_records", "seizures", "quantity_seized", "unit",
        *_FLOW, "expected", "surprise", "p_excess", "betweenness_mean", "betweenness_p05", "betweenness_p95", "p_top",
        "verdict", "tlp", "named_pair", "seizures_named", "why",
    ),
    "places": (
        "place_id", "name", "country", "region", "lat", "lon", "kind", "seizures", "detection_mean", "detection_p05",
        "detection_p95", "throughflow_mean", "throughflow_p05", "throughflow_p95", "betweenness_mean",
        "betweenness_p05", "betweenness_p95", "pagerank_mean", "p_top", "community", "community_stability", "role",
        "verdict", "tlp", "why",
    ),
    "structure": (
        "analysis", "kind", "id", "mean", "p05", "p95", "rank_p05", "rank_p95", "p_top", "tier", "said",
    ),
    "flows": ("period", "origin", "destination", "commodity", *_FLOW, "seizures"),
    "records": (
        "record_id", "date", "count", "seized_at", "seized_country", "commodity", "source", "source_grade",
        "info_grade", "tlp",
    ),
    "evidence": ("kind", "id", "step", "record_id", "status"),
    "rejects": ("source", "row", "scope", "field", "value", "reason"),
    "duplicates": ("record_id", "duplicate_of", "rule"),
    "unmapped": ("source", "row", "column", "value"),
}  # fmt: skip

# Columns that hold numbers; everything else is text. Counts are whole where every row has one.
NUMBERS = frozenset((
    "rank", "borders_crossed", "score", "count", *_FLOW, "surprise", "p_top", "seizures", "seizures_named", "n_records",
    "distance_km", "travelled", "intended", "inferred", "expected", "p_excess", "betweenness_mean", "betweenness_p05",
    "betweenness_p95", "lat", "lon", "detection_mean", "detection_p05", "detection_p95", "throughflow_mean",
    "throughflow_p05", "throughflow_p95", "pagerank_mean", "community", "community_stability", "step", "row",
    "mean", "p05", "p95", "rank_p05", "rank_p95",
))  # fmt: skip

# Columns that an estimator or analysis fills: where one is empty throughout, the products say why.
ESTIMATED = {
    "corridors": ("score", *_FLOW, "surprise", "p_top", "tier"),
    "legs": (*_FLOW, "expected", "surprise", "p_excess", "betweenness_mean", "p_top", "why"),
    "places": (
        "detection_mean", "throughflow_mean", "betweenness_mean", "pagerank_mean", "p_top", "community", "role", "why",
    ),
    "flows": _FLOW,
}  # fmt: skip
