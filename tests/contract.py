"""What CONTRACT.md promises, written down a second time so that the code cannot change it by itself."""

from __future__ import annotations

COLUMNS = {
    "corridors.csv": "rank, corridor_id, path, countries, borders_crossed, modes, commodity, score, flow_mean, "
    "flow_p05, flow_p95, surprise, p_top, tier, verdict, reasons, seizures, quantity_seized, unit, n_records, "
    "record_ids, tlp",
    "legs.csv": "origin, destination, origin_country, destination_country, modes, commodity, distance_km, "
    "borders_crossed, travelled, intended, inferred, n_records, seizures, quantity_seized, unit, flow_mean, flow_p05, "
    "flow_p95, expected, surprise, p_excess, betweenness_mean, betweenness_p05, betweenness_p95, p_top, verdict, tlp",
    "places.csv": "place_id, name, country, region, lat, lon, kind, seizures, detection_mean, detection_p05, "
    "detection_p95, throughflow_mean, throughflow_p05, throughflow_p95, betweenness_mean, betweenness_p05, "
    "betweenness_p95, pagerank_mean, p_top, community, community_stability, role, verdict, tlp",
    "flows.csv": "period, origin, destination, commodity, flow_mean, flow_p05, flow_p95, seizures",
    "evidence.csv": "kind, id, step, record_id, status",
    "rejects.csv": "source, row, scope, field, value, reason",
    "duplicates.csv": "record_id, duplicate_of, rule",
    "unmapped.csv": "source, row, column, value",
}
# Beyond the contract: what every analysis says (docs/structure.md), and who reported what.
MORE = {
    "structure.csv": "analysis, kind, id, mean, p05, p95, rank_p05, rank_p95, p_top, tier, said",
    "records.csv": (
        "record_id, date, count, seized_at, seized_country, commodity, source, source_grade, info_grade, tlp"
    ),
}
COLUMNS_OF = {name: [column.strip() for column in text.split(",")] for name, text in COLUMNS.items()}
FILES = [
    *COLUMNS,
    *MORE,
    "map.html",
    "briefing.html",
    "corridors.geojson",
    "network.graphml",
    "run.json",
    "briefing.json",
]
VERDICTS = {"", "supported", "enforcement_artefact", "under_detected", "single_source", "insufficient"}
