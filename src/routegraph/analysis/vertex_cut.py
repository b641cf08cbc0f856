"""The cheapest set of places between sources and destinations that leaves no way between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

UNITS = 2**29
"""What all capacities sum to at most: whole numbers, so that equal sums are equal; scipy counts in 32 bits."""


@dataclass(frozen=True)
class Ends:
    """Which places are sources and which destinations; none is both. All others may be cut."""

    sources: np.ndarray
    destinations: np.ndarray


def minimum_cut(origin: np.ndarray, end: np.ndarray, capacity: np.ndarray, ends: Ends) -> np.ndarray:
    """Return which places are in the minimum cut nearest the sources.

    Parameters
    ----------
    origin, end
        Ends of the steps that can be taken, as positions in ``capacity``. A step from a source straight to a
        destination has no place between to be cut and must be left out.
    capacity
        Whole numbers > 0 per place, summing to ``UNITS`` at most: what it costs to cut it.
    ends
        Places that cannot be cut.

    Returns
    -------
    numpy.ndarray
        True for the places of the cut. Of all minimum cuts it is the one whose source side is smallest: that one is
        unique, whichever maximum flow is found (Picard & Queyranne 1980, doi 10.1007/BFb0120902).

    Notes
    -----
    Every place is split in two, with its capacity between (Ford & Fulkerson 1956, doi 10.4153/CJM-1956-045-5); the
    places on the far side of the residual network from where it can be reached are the cut.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    n, no_limit = len(capacity), 2 * UNITS
    source, sink = 2 * n, 2 * n + 1
    out_of, into = np.flatnonzero(ends.sources), np.flatnonzero(ends.destinations)
    inner = np.where(ends.sources | ends.destinations, no_limit, capacity)
    tail = np.concatenate([np.arange(n), n + origin, np.full(len(out_of), source), into + n])
    head = np.concatenate([n + np.arange(n), end, out_of, np.full(len(into), sink)])
    held = np.concatenate([inner, np.full(len(tail) - n, no_limit)]).astype(np.int32)
    network = csr_array((held, (tail, head)), shape=(2 * n + 2, 2 * n + 2))
    left = network - maximum_flow(network, source, sink).flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = np.zeros(2 * n + 2, dtype=bool)
    reached[breadth_first_order(left, source, return_predecessors=False)] = True
    return np.asarray(reached[:n] & ~reached[n : 2 * n] & ~ends.sources & ~ends.destinations)
