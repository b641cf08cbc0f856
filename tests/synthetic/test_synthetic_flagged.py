"""The planted corridors of the sample are among those that the baseline flags, each as far as counts can tell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from routegraph.corridors import Corridor, find_corridors
from routegraph.flows import estimate_counts
from routegraph.network import build_graph
from routegraph.places import Gazetteer
from routegraph.records import load_profile, read_seizures


@pytest.fixture(scope="module")
def flagged(samples: Path) -> tuple[Corridor, ...]:
    gazetteer = Gazetteer.builtin()
    batch = read_seizures([samples / "synthetic_seizures.csv"], profile=load_profile("routegraph"), gazetteer=gazetteer)
    graph = build_graph(batch.records, gazetteer=gazetteer)
    return find_corridors(graph, estimate_counts(graph, draws=100, seed=0))


def shared(corridor: Corridor, path: str) -> int:
    """Return how many places a corridor has in common with a planted path."""
    return len(set(corridor.path) & set(path.split(" > ")))


@pytest.mark.slow
def test_planted_corridors_are_flagged(samples: Path, flagged: tuple[Corridor, ...]):
    planted = pd.read_csv(samples / "truth" / "artefacts.csv").set_index("verdict")["path"]
    for path in [*planted.loc[["supported"]], planted["enforcement_artefact"], planted["single_source"]]:
        assert max(shared(corridor, path) for corridor in flagged) >= 3, path
    alone = [corridor for corridor in flagged if shared(corridor, planted["single_source"]) >= 3]
    assert {corridor.verdict for corridor in alone} == {"single_source"}
