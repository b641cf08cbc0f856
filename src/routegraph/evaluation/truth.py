"""What really happened in a synthetic world, in the terms of the contract's files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from routegraph.synthetic import World

ENDS = ("origin", "destination")


@dataclass(frozen=True)
class Truth:
    """Realised traffic of one world on cross-border routes, whatever was seized, reported or known of it.

    Attributes
    ----------
    legs
        Consignments that set out on the leg and reached its end, by (origin, destination), over every leg that the
        world's transit network holds: 0 where nothing moved.
    places
        By place id: throughflow (consignments that set out there or reached it), detection (chance that one passing is
        seized there, by check or on word, reported or not; where it differs within the place, the mean over those that
        came).
    total
        Consignments that set out.
    """

    legs: pd.Series
    places: pd.DataFrame
    total: float


def truth_of(world: World) -> Truth:
    """Return the truth of a world: of its cross-border routes only, as domestic ones enter no leg of the network."""
    network = pd.MultiIndex.from_frame(world.links[list(ENDS)].drop_duplicates()).union(
        pd.MultiIndex.from_frame(world.legs[list(ENDS)])
    )
    across = ~world.routes["domestic"].to_numpy(dtype=bool)
    return Truth(
        legs=world.legs.set_index(list(ENDS))["flow"].astype("float64").reindex(network, fill_value=0.0).sort_index(),
        places=world.places[["throughflow", "p"]].rename(columns={"p": "detection"}).astype("float64").sort_index(),
        total=float(world.shipments[across].sum()),
    )
