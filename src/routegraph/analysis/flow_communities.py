"""Flow communities: groups of places that traffic, once among them, stays among for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routegraph.analysis.consensus import Method, partition
from routegraph.analysis.infomap import TELEPORTATION, infomap, settled

if TYPE_CHECKING:
    from routegraph.analysis.scores import Partition
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

STAGE = 56
"""This user of randomness among all stages."""

LEG_VISITS = 200_000
"""Less than Leiden is given, for a search takes three times as long."""


def flow_communities(graph: RouteGraph, posterior: FlowPosterior, *, seed: int | None = None) -> Partition:
    """Group places among which a walk along the flow stays, or say that there are no such groups.

    Answers: where does traffic go round within an area before it leaves? Where ``communities`` asks who exchanges more
    than their totals explain, this asks where one who follows the flow lingers. It also sees small groups in a large
    network.

    Parameters
    ----------
    graph, posterior
        The network, and draws of flow on it. Direction counts: the walk takes legs the way that they lead, each in
        proportion to its share of the flow out of its origin.
    seed
        Seed of the search and of the null; None takes the posterior's.

    Returns
    -------
    Partition
        As of :func:`routegraph.analysis.communities`: community, stability and leading by place_id, ``names``.
        ``parameters``: saving (0-1: share of the code for the walk that the groups save, against one group; the
        statistic that is held against the null), null_mean, null_p95, p_value, runs, direction, teleportation.

    Raises
    ------
    SettingError
        The draws belong to another graph.

    Notes
    -----
    The map equation (Rosvall & Bergstrom 2008): the shortest code, in bits a step, that tells where the walk is, with
    names of places that are used anew in every group. The walk starts anew with chance 0.15, in proportion to the flow
    out of places; new starts are not recorded (Lambiotte & Rosvall 2012). Entering and leaving a group cost alike: the
    mean of both. The search is igraph's on how often the walk takes each leg, for igraph 1.0 itself ignores
    direction. Consensus, stability and null as of ``communities``, with Infomap in place of Leiden. A walk forgets
    where it came from: see ``memory`` for where that is wrong. In a network that leads from sources straight to
    destinations nothing goes round, and groups are what lies behind one entrance.

    References
    ----------
    Rosvall & Bergstrom 2008, doi 10.1073/pnas.0706851105; Lambiotte & Rosvall 2012, doi 10.1103/PhysRevE.85.056107;
    Lancichinetti & Fortunato 2012, doi 10.1038/srep00336; on the resolution of both: Kawamoto & Rosvall 2015, doi
    10.1103/PhysRevE.91.012809.
    """
    method = Method(
        leg_visits=LEG_VISITS,
        measure="flow_communities",
        quality="saving",
        stage=STAGE,
        search=lambda strengths, one: infomap(strengths, seed=one),
        settle=lambda together, one: settled(together, seed=one),
        stated={
            "direction": "random walk along legs in their direction",
            "teleportation": f"{TELEPORTATION} to places by flow out, not recorded",
        },
    )
    return partition(graph, posterior, method, seed=seed)
