"""Countries that report seizures, and none that names a place abroad: on ways they are as good as silent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.flows.removal.problem import RemovalProblem

ENOUGH = 30
"""From this many reports that look domestic on, with none that does not, a country is taken to name nothing abroad.

With fewer there may merely have been nothing to name; what such a country lets pass is then told by its silence."""


def without_travel(problem: RemovalProblem, country: pd.Series) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return which places lie in a country whose reports never name a place abroad, and a warning that names them.

    A source country often writes its own name as departure or nothing at all. That no report of it lies on a way is
    then how it writes reports, not how little it seizes: read as the latter, it would let nearly everything pass.

    Parameters
    ----------
    problem
        Reports with their cells, and events that look domestic, by place.
    country
        Country of each place number.

    Returns
    -------
    tuple
        bool[V], and at most one warning.
    """
    first = problem.cell_start[:-1]
    place = problem.route_place[problem.route_start[problem.cell_route[first]] + problem.cell_step[first]]
    heard = np.bincount(problem.country[place], minlength=problem.n_countries) > 0
    at_home = np.bincount(problem.country, problem.domestic, minlength=problem.n_countries)
    silent = (~heard & (at_home >= ENOUGH))[problem.country]
    if not silent.any():
        return silent, ()
    names = ", ".join(sorted(set(country[silent])))
    events = int(problem.domestic[silent].sum())
    said = (
        f"None of {events:,} seizures reported by {names} names a place abroad. They say nothing of ways, so that "
        "detection there is not told: such a country counts as one that does not report."
    )
    return silent, (said,)
