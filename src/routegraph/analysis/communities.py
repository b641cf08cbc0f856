"""Communities: which places exchange mostly among themselves, and whether that is more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routegraph.analysis.consensus import NO_STRUCTURE, Method, partition
from routegraph.analysis.leiden import leiden, settled

if TYPE_CHECKING:
    from routegraph.analysis.scores import Partition
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

__all__ = ["NO_STRUCTURE", "STAGE", "communities"]

STAGE = 51
"""This user of randomness among all stages."""


def communities(graph: RouteGraph, posterior: FlowPosterior, *, seed: int | None = None) -> Partition:
    """Group places that exchange more flow than their totals explain, or say that there are no such groups.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it. Direction counts: the modularity is the directed one, which compares
        each leg with what its origin sends and its destination receives.
    seed
        Seed of the search and of the null; None takes the posterior's.

    Returns
    -------
    Partition
        Indexed by place_id: community (1 = largest throughflow; 0 = none), stability (0-1: how often, over draws
        and seeds, the other members were found with this place; NaN where community is 0) and leading (rank in its
        community by throughflow, 1 = busiest; 0 in none). ``names`` says the busiest places, countries, modes and
        commodities. Where the modularity is within the null's range, community is 0 everywhere and ``names[0]`` is
        "no community structure". ``parameters``: modularity, null_mean, null_p95, p_value, runs, direction.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    Consensus: each run takes a draw and a seed of its own; legs are then weighed by the share of runs that found
    both ends together, and Leiden is run once more on those (Lancichinetti & Fortunato 2012, restricted to legs as
    in Poulin & Theberge 2019). The null keeps every place's legs in and out and its strength out. Modularity cannot
    see groups much smaller than the square root of the network (Fortunato & Barthelemy 2007):
    :func:`routegraph.analysis.flow_communities` can. On small or nearly complete networks the null has little room
    and the answer is often "no community structure". A community of seizure flow can be one agency's area of
    reporting.

    References
    ----------
    Traag, Waltman & van Eck 2019, doi 10.1038/s41598-019-41695-z; Leicht & Newman 2008, doi
    10.1103/PhysRevLett.100.118703; Lancichinetti & Fortunato 2012, doi 10.1038/srep00336; Poulin & Theberge 2019,
    doi 10.1007/978-3-030-05411-3_19; Fortunato & Barthelemy 2007, doi 10.1073/pnas.0605965104.
    """
    method = Method(
        measure="communities",
        quality="modularity",
        stage=STAGE,
        search=lambda strengths, one: leiden(strengths, seed=one),
        settle=lambda together, one: settled(together, seed=one),
        stated={"resolution": 1.0, "direction": "directed modularity: strength out of the origin, into the end"},
    )
    return partition(graph, posterior, method, seed=seed)
