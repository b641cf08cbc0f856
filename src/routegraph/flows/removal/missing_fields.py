"""What reports could have stated and did, given that a report which states nothing outside its country is not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routegraph.flows.removal.problem import RemovalProblem

ORIGIN, BEFORE, AFTER, DESTINATION = range(4)
"""Fields: the origin where it was not seized there, vias before and after the seizure, the destination before it."""

PRIOR = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 3.0], [1.0, 1.0]])
"""Beta of the chance that a source states each field: the model's."""

FAINTEST = 1e-9


@dataclass(frozen=True)
class Fields:
    """Events one by one, E of them.

    Attributes
    ----------
    source
        int64[E]: who reported each, of ``n_sources``.
    could, stated
        int64[4, E]: how many places the report could have named in each field, and how many it names.
    outside
        int64[4, E]: those of ``could`` that lie outside the country where it was seized.
    """

    source: np.ndarray
    could: np.ndarray
    stated: np.ndarray
    outside: np.ndarray


def fields_of(
    problem: RemovalProblem, report: np.ndarray, at: tuple[np.ndarray, np.ndarray], *, outside: np.ndarray
) -> Fields:
    """Return the fields of events of these reports, laid at these routes and steps.

    ``outside`` is int64[4, steps], as ``density.outside_of`` returns it.
    """
    route, step = at
    last = np.diff(problem.route_start)[route].astype(np.int64) - 1
    could = np.stack([step > 0, np.maximum(step - 1, 0), np.maximum(last - step - 1, 0), step < last]).astype(np.int64)
    names = (problem.names_origin, problem.vias_before, problem.vias_after, problem.names_destination)
    stated = np.minimum(np.stack([field[report].astype(np.int64) for field in names]), could)
    there = outside[:, problem.route_start[route].astype(np.int64) + step]
    return Fields(problem.source[report].astype(np.int64), could, stated, np.minimum(there, could))


def middling(problem: RemovalProblem) -> np.ndarray:
    """Return float64[4, sources]: prior means of the chances that fields are stated."""
    return np.repeat((PRIOR[:, 0] / PRIOR.sum(axis=1))[:, None], problem.n_sources, axis=1)


def silent(fields: Fields, named: np.ndarray) -> np.ndarray:
    """Return float64[4, E]: chance that nothing outside the country is stated in each field."""
    return np.asarray((1 - named[:, fields.source]) ** fields.outside)


def among_reports(fields: Fields, named: np.ndarray) -> np.ndarray:
    """Return float64[E]: chance that anything outside the country is stated, so that the report is seen to travel.

    1 where there is nothing outside to state: such a report is there for a reason that has no part here.
    """
    told = 1 - silent(fields, named).prod(axis=0)
    return np.where(fields.outside.any(axis=0), np.clip(told, FAINTEST, 1.0), 1.0)


def draw_named(fields: Fields, named: np.ndarray, rng: np.random.Generator, *, sweeps: int) -> np.ndarray:
    """Return the chances that each source states each field, given its reports and where they lie: one Gibbs draw.

    For each report that is seen, those like it that are not, because they state nothing outside the country, are drawn
    (geometric), their silence is counted, and they are forgotten. That makes the chances Beta.

    Parameters
    ----------
    named
        float64[4, sources]: where the draws go on from.
    sweeps
        How many are made; the last is returned.
    """
    shape = named.shape
    at = (np.arange(4)[:, None] * shape[1] + fields.source).ravel()
    yes, no = (
        np.bincount(at, weights=n.ravel(), minlength=named.size).reshape(shape)
        for n in (fields.stated, fields.could - fields.stated)
    )
    for _ in range(sweeps):
        unseen = rng.geometric(among_reports(fields, named)) - 1
        quiet = np.bincount(at, weights=(fields.outside * unseen).ravel(), minlength=named.size).reshape(shape)
        named = np.clip(rng.beta(PRIOR[:, :1] + yes, PRIOR[:, 1:] + no + quiet), FAINTEST, 1 - FAINTEST)
    return named


def moments(fields: Fields, named: np.ndarray, which: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of how many places a report names in a field, given that it is seen: float64[E] each."""
    chance, outside = named[which, fields.source], fields.outside[which]
    inside, seen = fields.could[which] - outside, among_reports(fields, named)
    # Whoever names one of them is seen: the condition only takes away from the chance of naming none.
    mean = outside * chance / seen
    square = (outside * chance * (1 - chance) + (outside * chance) ** 2) / seen
    own = inside * chance
    return np.asarray(mean + own), np.asarray(square - mean**2 + own * (1 - chance))


def drawn(fields: Fields, named: np.ndarray, which: int, rng: np.random.Generator) -> np.ndarray:
    """Return int64[E]: how many places each report names in a field, drawn anew given that it is seen."""
    chance, outside = named[which, fields.source], fields.outside[which]
    other = 1 - np.delete(silent(fields, named), which, axis=0).prod(axis=0)
    # Either another field is what makes it seen, and this one is free, or this one has to name one at least.
    free = rng.uniform(size=len(chance)) * among_reports(fields, named) < other
    none = (1 - chance) ** outside
    first = np.floor(np.log1p(-rng.uniform(size=len(chance)) * (1 - none)) / np.log1p(-chance)).astype(np.int64)
    bound = ~free & (outside > 0)
    first = np.clip(first, 0, np.maximum(outside - 1, 0))
    left = np.where(bound, outside - 1 - first, outside) + fields.could[which] - outside
    return np.asarray(rng.binomial(left, chance) + bound)
