"""Cases for products to show."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from routegraph.briefing.product import Briefing, Judgement, Marking
from routegraph.render.map import render_map

# name, ISO3, lat, lon, kind: public positions, rounded
PLACES = [
    ("Mae Sot", "THA", 16.71, 98.57, "border_crossing"),
    ("Myawaddy", "MMR", 16.69, 98.51, "border_crossing"),
    ("Mae Sai", "THA", 20.43, 99.88, "border_crossing"),
    ("Tachileik", "MMR", 20.45, 99.88, "border_crossing"),
    ("Yangon", "MMR", 16.80, 96.16, "city"),
    ("Mandalay", "MMR", 21.97, 96.08, "city"),
    ("Muse", "MMR", 23.99, 97.90, "border_crossing"),
    ("Bangkok", "THA", 13.75, 100.50, "city"),
    ("Laem Chabang", "THA", 13.08, 100.88, "port"),
    ("Aranyaprathet", "THA", 13.69, 102.50, "border_crossing"),
    ("Poipet", "KHM", 13.66, 102.56, "border_crossing"),
    ("Phnom Penh", "KHM", 11.56, 104.92, "city"),
    ("Bavet", "KHM", 11.07, 106.14, "border_crossing"),
    ("Moc Bai", "VNM", 11.07, 106.17, "border_crossing"),
    ("Ho Chi Minh City", "VNM", 10.82, 106.63, "city"),
    ("Hanoi", "VNM", 21.03, 105.85, "city"),
    ("Hai Phong", "VNM", 20.86, 106.68, "port"),
    ("Vientiane", "LAO", 17.97, 102.61, "city"),
    ("Nong Khai", "THA", 17.88, 102.74, "border_crossing"),
    ("Sadao", "THA", 6.64, 100.42, "border_crossing"),
    ("Bukit Kayu Hitam", "MYS", 6.51, 100.42, "border_crossing"),
    ("Penang", "MYS", 5.41, 100.34, "port"),
    ("Kuala Lumpur", "MYS", 3.14, 101.69, "city"),
    ("Port Klang", "MYS", 3.00, 101.39, "port"),
    ("Singapore", "SGP", 1.29, 103.85, "port"),
    ("Batam", "IDN", 1.05, 104.03, "port"),
    ("Jakarta", "IDN", -6.10, 106.88, "port"),
    ("Surabaya", "IDN", -7.20, 112.73, "port"),
    ("Makassar", "IDN", -5.12, 119.41, "port"),
    ("Manado", "IDN", 1.49, 124.84, "port"),
    ("Tarakan", "IDN", 3.30, 117.63, "port"),
    ("Nunukan", "IDN", 4.14, 117.66, "port"),
    ("Tawau", "MYS", 4.25, 117.89, "port"),
    ("Sandakan", "MYS", 5.84, 118.12, "port"),
    ("Jolo", "PHL", 6.05, 121.00, "port"),
    ("Zamboanga", "PHL", 6.91, 122.07, "port"),
    ("General Santos", "PHL", 6.11, 125.17, "port"),
    ("Davao", "PHL", 7.07, 125.61, "port"),
    ("Cebu", "PHL", 10.31, 123.89, "port"),
    ("Manila", "PHL", 14.60, 120.98, "port"),
    ("Kuching", "MYS", 1.55, 110.36, "port"),
    ("Entikong", "IDN", 0.97, 110.32, "border_crossing"),
    ("Pontianak", "IDN", -0.03, 109.34, "port"),
    ("Dili", "TLS", -8.55, 125.57, "port"),
    ("Kupang", "IDN", -10.18, 123.58, "port"),
    ("Muara", "BRN", 5.03, 115.07, "port"),
    ("Jayapura", "IDN", -2.53, 140.72, "port"),
    ("Vanimo", "PNG", -2.68, 141.30, "port"),
    ("Ranong", "THA", 9.97, 98.63, "port"),
    ("Kawthaung", "MMR", 9.98, 98.55, "port"),
]
CORRIDORS = [
    "Davao > General Santos > Jolo > Sandakan",
    "Yangon > Myawaddy > Mae Sot > Bangkok",
    "Phnom Penh > Poipet > Aranyaprathet > Bangkok",
    "Zamboanga > Jolo > Tawau > Nunukan > Tarakan",
    "Mandalay > Tachileik > Mae Sai > Bangkok",
    "Bangkok > Sadao > Bukit Kayu Hitam > Penang",
    "Ho Chi Minh City > Moc Bai > Bavet > Phnom Penh",
    "Singapore > Batam > Jakarta",
    "Kuching > Entikong > Pontianak",
    "Manado > General Santos > Davao",
    "Jakarta > Surabaya > Kupang > Dili",
    "Muse > Mandalay > Yangon > Kawthaung > Ranong",
    "Hanoi > Vientiane > Nong Khai > Bangkok",
    "Jayapura > Vanimo > Manado",
]


def place_table(rows: list[tuple[str, str, float, float, str]]) -> pd.DataFrame:
    """Return a places table as the contract has it, under the counts estimator."""
    names, countries, lat, lon, kinds = zip(*rows, strict=True)
    ids = [f"{country}-{name.lower().replace(' ', '-')}" for name, country in zip(names, countries, strict=True)]
    count = len(rows)
    blank = [np.nan] * count
    flow = np.round(400 / (1 + np.arange(count) * 0.35), 1)
    return pd.DataFrame({
        "place_id": ids, "name": names, "country": countries, "region": "", "lat": lat, "lon": lon, "kind": kinds,
        "seizures": (np.arange(count) * 7) % 31,
        "detection_mean": blank, "detection_p05": blank, "detection_p95": blank,
        "throughflow_mean": flow, "throughflow_p05": flow * 0.7, "throughflow_p95": flow * 1.4,
        "betweenness_mean": flow / 900, "betweenness_p05": flow / 1200, "betweenness_p95": flow / 700,
        "pagerank_mean": 1 / count, "p_top": 0.5, "community": 1, "community_stability": 0.9, "role": "transit",
        "verdict": "", "tlp": "AMBER",
    })  # fmt: skip


def leg_table(places: pd.DataFrame, pairs: list[tuple[str, str]], flow: np.ndarray) -> pd.DataFrame:
    """Return a legs table as the contract has it: travelled, intended and inferred legs by turns."""
    count = len(pairs)
    country = places.set_index("place_id")["country"]
    origin, end = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    turn = np.arange(count) % 5
    blank = [np.nan] * count
    return pd.DataFrame({
        "origin": origin, "destination": end, "origin_country": country.loc[origin].to_numpy(),
        "destination_country": country.loc[end].to_numpy(), "modes": np.where(turn == 1, "sea; air", "road"),
        "commodity": "arms.firearm.pistol", "distance_km": 100.0 + turn, "borders_crossed": 1,
        "travelled": np.where(turn < 3, 5, 0), "intended": np.where(turn == 3, 4, 0),
        "inferred": np.where(turn == 4, 3, 0),
        "n_records": 3, "seizures": np.round(flow / 2), "quantity_seized": flow * 3, "unit": "piece", "flow_mean": flow,
        "flow_p05": flow * 0.6, "flow_p95": flow * 1.6, "expected": blank, "surprise": blank, "p_excess": blank,
        "betweenness_mean": 0.1, "betweenness_p05": 0.05, "betweenness_p95": 0.2, "p_top": 0.4,
        "verdict": np.where(turn == 2, "single_source", ""), "tlp": "AMBER", "named_pair": "no",
    })  # fmt: skip


def corridor_table(places: pd.DataFrame, paths: list[list[str]]) -> pd.DataFrame:
    """Return a corridors table as the contract has it, best first."""
    count = len(paths)
    flow = np.round(220 / (1 + 0.4 * np.arange(count)), 1)
    country = places.set_index("place_id")["country"]
    return pd.DataFrame({
        "rank": np.arange(1, count + 1), "corridor_id": [f"C{n:03d}" for n in range(1, count + 1)],
        "path": [" > ".join(path) for path in paths],
        "countries": ["; ".join(dict.fromkeys(country.loc[path])) for path in paths], "borders_crossed": 1,
        "modes": "sea; road", "commodity": "arms.firearm.pistol; arms.ammunition",
        "score": np.round(0.97 - 0.045 * np.arange(count), 3), "flow_mean": flow, "flow_p05": flow * 0.7,
        "flow_p95": flow * 1.5, "surprise": np.nan, "p_top": np.round(0.95 - 0.03 * np.arange(count), 2), "tier": "",
        "verdict": np.where(np.arange(count) % 4 == 3, "single_source", ""),
        "reasons": "busiest tenth of legs throughout; 41 records name both ends; its middle place is a gateway",
        "seizures": np.round(flow / 3), "quantity_seized": flow * 4, "unit": "piece", "n_records": 41,
        "record_ids": "; ".join(f"SYN-{n:05d}" for n in range(1, 42)), "tlp": "AMBER",
    })  # fmt: skip


def briefing_of(places: pd.DataFrame, legs: pd.DataFrame, corridors: pd.DataFrame, **changes: object) -> Briefing:
    """Return a whole Briefing around three tables."""
    uses = [("leg", f"{a} > {b}") for a, b in zip(legs["origin"].head(500), legs["destination"].head(500), strict=True)]
    uses += [("place", place) for place in places["place_id"].head(200)]
    evidence = pd.DataFrame(
        [(kind, key, 0, f"SYN-{n:05d}", "travelled") for kind, key in uses for n in range(1, 4)],
        columns=["kind", "id", "step", "record_id", "status"],
    )
    settings: dict[str, object] = {
        "title": "Small arms in ASEAN, illustrative case", "period": "January 2021 to December 2023",
        "marking": Marking("AMBER", ("IDN", "MYS", "PHL")), "synthetic": True, "estimator": "counts",
        "judgements": (Judgement("The Sulu Sea carries the busiest corridor.", "41 records"),),
        "caveats": (
            "Seizures show where authorities looked and found, not where goods moved: a quiet place may be busy.",
            "Flow here is reported counts smoothed over legs; it is not corrected for the chance of detection.",
            "Dashed legs are where consignments were bound, not where they were seen.",
            "Dotted legs were inferred between reported points; nobody reported that way.",
        ),
        "coverage": (("Records read", "2,431"), ("Used", "2,302"), ("Set aside", "129")),
        "not_estimated": {
            "detection_mean": "the counts estimator does not model detection",
            "surprise": "the counts estimator has no expected flow", "tier": "the counts estimator ranks without tiers",
        },
        "sources": ("routegraph sample case, synthetic",), "border": "country",
    }  # fmt: skip
    tables = {"places": places, "legs": legs, "corridors": corridors, "evidence": evidence}
    return Briefing(**{**settings, "tables": tables, **changes})


@pytest.fixture(scope="session")
def asean() -> Briefing:
    """Return a South-East Asian case of ordinary size: 50 places, about 200 legs, 14 corridors."""
    places = place_table(PLACES)
    by_name = dict(zip(places["name"], places["place_id"], strict=True))
    paths = [[by_name[name] for name in path.split(" > ")] for path in CORRIDORS]
    pairs = [pair for path in paths for pair in itertools.pairwise(path)]
    # Beside the corridors: each place with its nearest neighbours, and a few long hauls.
    lat, lon = places["lat"].to_numpy(), places["lon"].to_numpy()
    away = np.hypot(lat[:, None] - lat, lon[:, None] - lon)
    nearest = np.argsort(away, axis=1, kind="stable")[:, 1:5]
    ids = places["place_id"].to_list()
    pairs += [(ids[a], ids[b]) for a, row in enumerate(nearest) for b in row if (a + b) % 3]
    pairs += [(ids[a], ids[(a * 17 + 11) % len(ids)]) for a in range(0, len(ids), 2) if a != (a * 17 + 11) % len(ids)]
    pairs = list(dict.fromkeys(pairs))
    order = np.arange(len(pairs))
    flow = np.round(np.where(order < 40, 180 / (1 + 0.15 * order), 22 / (1 + 0.03 * order)), 1)
    return briefing_of(places, leg_table(places, pairs, flow), corridor_table(places, paths))


@pytest.fixture(scope="session")
def asean_map(asean) -> bytes:
    """Return the map of that case, rendered once."""
    return render_map(asean)


@pytest.fixture(scope="session")
def make_briefing():
    """Return the functions that build a case of one's own."""
    return place_table, leg_table, corridor_table, briefing_of
