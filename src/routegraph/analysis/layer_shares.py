"""Shares of layers: how a route's flow divides over modes, or over families of goods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from routegraph.analysis.sweep import thinned

if TYPE_CHECKING:
    from routegraph.flows.posterior import FlowPosterior
    from routegraph.network.graph import RouteGraph

STAGE = 58
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""

LAYERS = ("commodity", "mode")
UNSAID = ("", "unknown", "unspecified")

CELLS = 12_000_000
"""Draws x routes x layers that are gone over in all; with more routes fewer draws are used."""

ALIKENESS = ((np.arange(80) + 0.5) / 80) ** 2
"""Values tried for 1 / (1 + kappa), the correlation of two events of one route: closer where routes are alike."""


@dataclass(frozen=True)
class Layering:
    """How the flow of routes is shared over the layers of one kind.

    Attributes
    ----------
    kind
        mode or commodity.
    names
        Layers of the case, sorted.
    order
        Positions of the routes in ``graph.routes``, by path text.
    events
        float64, routes x layers, in that order: events of known layer.
    open_to
        bool, routes x layers: what a route may carry where it has no event of known layer.
    draws
        Which draws of the posterior are used.
    base, concentration
        For each of them: shares of the case (draws x layers), and how many events they count for beside a route's own.
    """

    kind: str
    names: tuple[str, ...]
    order: np.ndarray
    events: np.ndarray
    open_to: np.ndarray
    draws: np.ndarray
    base: np.ndarray
    concentration: np.ndarray

    def shares(self, some: slice, rng: np.random.Generator) -> np.ndarray:
        """Return draws x routes x layers for some of the draws: shares that add up to 1 on every route."""
        base = self.base[some, None, :] * self.open_to
        base = base / base.sum(axis=2, keepdims=True)
        drawn = rng.standard_gamma(self.concentration[some, None, None] * base + self.events)
        whole = drawn.sum(axis=2, keepdims=True)
        # Of tiny shapes every draw can underflow to 0.
        return np.asarray(np.divide(drawn, whole, out=base, where=whole > 0))


def layering(graph: RouteGraph, posterior: FlowPosterior, *, kind: str) -> tuple[Layering, np.random.Generator]:
    """Return how each route's flow is shared over modes, or over families of goods, and where to draw it from.

    Parameters
    ----------
    graph, posterior
        The network, with ``layers``, and draws of flow on its routes.
    kind
        mode or commodity.

    Notes
    -----
    With n_rl events of route r in layer l, N_r in all, its shares are Dirichlet(kappa q + n_r): q, the shares of the
    case, count for kappa events. Each draw has a kappa of its own, from its Dirichlet-multinomial posterior with
    1 / (1 + kappa) uniform beforehand, and a q from Dirichlet(1/L + sum_r w_r n_r / N_r), w_r = N_r (1 + kappa) /
    (N_r + kappa): a route counts for its events where routes are alike (kappa is large), for one where each goes its
    own way. Without that spread, intervals of what all routes add up to are far too narrow.

    A route without an event of known mode on which the network says which modes it uses (``routes.modes``) is shared
    over these only. Events of unknown layer are in none.
    """
    order = _by_path(graph)
    names, events = _events(graph, kind)
    events = events[order]
    open_to = np.ones(events.shape, dtype=bool)
    if kind == "mode" and names and "modes" in graph.routes:
        listed = [set(str(text).split("; ")) for text in graph.routes["modes"].to_numpy()[order]]
        uses = np.array([[name in some for name in names] for some in listed], dtype=bool).reshape(events.shape)
        bare = ~events.any(axis=1) & uses.any(axis=1)
        open_to[bare] = uses[bare]
    draws = thinned(len(posterior.routes), visits=max(events.size, 1), budget=CELLS)
    rng = np.random.default_rng([posterior.seed, STAGE, LAYERS.index(kind)])
    base, concentration = pooled(events, draws=len(draws), rng=rng)
    return Layering(kind, names, order, events, open_to, draws, base, concentration), rng


def pooled(events: np.ndarray, *, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return draws of the shares of the case, draws x layers, and of their concentration; see :func:`layering`."""
    layers = events.shape[1]
    kinds, times = np.unique(events[events.any(axis=1)], axis=0, return_counts=True)
    if layers < 2 or not len(kinds):
        return np.ones((draws, layers)), np.ones(draws)
    kappas = 1 / ALIKENESS - 1
    counted = np.array([_effective(kinds, times, kappa) for kappa in kappas])
    means = counted / counted.sum(axis=1, keepdims=True)
    fit = np.array([_log_chance(kinds, times, kappa * mean) for kappa, mean in zip(kappas, means, strict=True)])
    chance = np.exp(fit - fit.max()) * np.sqrt(ALIKENESS)  # the grid is closer near 0
    at = np.minimum(np.searchsorted(np.cumsum(chance / chance.sum()), rng.random(draws)), len(kappas) - 1)
    base = np.maximum(rng.standard_gamma(counted[at]), 1e-12)
    return base / base.sum(axis=1, keepdims=True), kappas[at]


def _effective(kinds: np.ndarray, times: np.ndarray, kappa: float) -> np.ndarray:
    """Return how many independent events there are of each layer, a prior of one in all included."""
    totals = kinds.sum(axis=1, keepdims=True)
    return np.asarray((times[:, None] * kinds * (1 + kappa) / (totals + kappa)).sum(axis=0) + 1 / kinds.shape[1])


def _log_chance(kinds: np.ndarray, times: np.ndarray, shape: np.ndarray) -> float:
    """Return the Dirichlet-multinomial log chance of rows of events that occur so many times."""
    from scipy.special import gammaln

    total = gammaln(shape.sum()) - gammaln(shape.sum() + kinds.sum(axis=1))
    return float(times @ (total + (gammaln(shape + kinds) - gammaln(shape)).sum(axis=1)))


def _by_path(graph: RouteGraph) -> np.ndarray:
    """Return the positions of the routes in an order that does not depend on that of the table."""
    routes = graph.routes
    key = pd.DataFrame({"path": [" > ".join(path) for path in routes["path"]]}, dtype="str")
    for column in ("travelled_steps", "seized_at"):
        key[column] = routes[column].to_numpy() if column in routes else 0
    return key.sort_values(["path", "travelled_steps", "seized_at"], kind="stable").index.to_numpy()


def _events(graph: RouteGraph, kind: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the layers, and events as routes x layers; what does not say its layer is left out."""
    text = graph.layers[kind].astype("str")
    layer = text.str.partition(".")[0] if len(text) else text
    at = graph.routes.index.get_indexer(pd.Index(graph.layers["route"]))
    keep = (~layer.isin(UNSAID) & (graph.layers["seizures"] > 0)).to_numpy() & (at >= 0)
    names = tuple(sorted(layer[keep].unique().tolist()))
    events = np.zeros((len(graph.routes), len(names)))
    column = pd.Index(names, dtype="str").get_indexer(pd.Index(layer[keep], dtype="str"))
    np.add.at(events, (at[keep], column), graph.layers["seizures"].to_numpy(np.float64)[keep])
    return names, events
