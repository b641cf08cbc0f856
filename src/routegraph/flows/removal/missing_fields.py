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
class Abroad:
    """What lies outside the country of a seizure, in the few combinations that there are.

    Attributes
    ----------
    outside
        int64[4, A]: places in each field that lie outside the country where it was seized, by combination.
    of_step
        int64[steps]: combination of each place on each route laid end to end.
    """

    outside: np.ndarray
    of_step: np.ndarray

    @staticmethod
    def of(outside: np.ndarray) -> Abroad:
        """Return the combinations in int64[4, steps], as ``compiled.outside_of`` returns it."""
        kinds, of_step = np.unique(outside, axis=1, return_inverse=True)
        return Abroad(kinds, of_step.ravel())


@dataclass(frozen=True)
class Fields:
    """Events one by one, E of them. Those of one kind have the source and what lies outside the country in common.

    Attributes
    ----------
    kind
        int64[E]: number of each event's kind.
    could, stated
        int64[4, E]: how many places the report could have named in each field, and how many it names.
    source, outside
        int64[K], int64[4, K]: of each kind, who reported it, and how many places of each field lie outside the
        country where it was seized; the latter are among those that it could name.
    """

    kind: np.ndarray
    could: np.ndarray
    stated: np.ndarray
    source: np.ndarray
    outside: np.ndarray


def fields_of(
    problem: RemovalProblem, report: np.ndarray, at: tuple[np.ndarray, np.ndarray], *, abroad: Abroad
) -> Fields:
    """Return the fields of events of these reports, laid at these routes and steps."""
    route, step = at
    last = np.diff(problem.route_start)[route].astype(np.int64) - 1
    could = np.stack([step > 0, np.maximum(step - 1, 0), np.maximum(last - step - 1, 0), step < last]).astype(np.int64)
    names = (problem.names_origin, problem.vias_before, problem.vias_after, problem.names_destination)
    stated = np.minimum(np.stack([field[report].astype(np.int64) for field in names]), could)
    sources, kinds = problem.n_sources, abroad.outside.shape[1]
    there = abroad.of_step[problem.route_start[route].astype(np.int64) + step]
    kind = problem.source[report].astype(np.int64) * kinds + there
    return Fields(kind, could, stated, np.repeat(np.arange(sources), kinds), np.tile(abroad.outside, (1, sources)))


def middling(problem: RemovalProblem) -> np.ndarray:
    """Return float64[4, sources]: prior means of the chances that fields are stated."""
    return np.repeat((PRIOR[:, 0] / PRIOR.sum(axis=1))[:, None], problem.n_sources, axis=1)


def silent(fields: Fields, named: np.ndarray) -> np.ndarray:
    """Return float64[4, K]: chance that nothing outside the country is stated in each field, by kind."""
    return np.asarray((1 - named[:, fields.source]) ** fields.outside)


def among_reports(fields: Fields, named: np.ndarray) -> np.ndarray:
    """Return float64[K]: chance that anything outside the country is stated, so that the report is seen to travel.

    1 where there is nothing outside to state: such a report is there for a reason that has no part here.
    """
    told = 1 - silent(fields, named).prod(axis=0)
    return np.where(fields.outside.any(axis=0), np.clip(told, FAINTEST, 1.0), 1.0)


def draw_named(fields: Fields, named: np.ndarray, rng: np.random.Generator, *, sweeps: int) -> np.ndarray:
    """Return the chances that each source states each field, given its reports and where they lie: one Gibbs draw.

    For the reports that are seen, those like them that are not, because they state nothing outside the country, are
    drawn (negative binomial), their silence is counted, and they are forgotten. That makes the chances Beta.

    Parameters
    ----------
    named
        float64[4, sources]: where the draws go on from.
    sweeps
        How many are made; the last is returned.
    """
    yes, no = (_by_source(fields, n) for n in (fields.stated, fields.could - fields.stated))
    seen = np.bincount(fields.kind, minlength=len(fields.source))
    some = np.flatnonzero(seen)
    sources = named.shape[1]
    for _ in range(sweeps):
        unseen = rng.negative_binomial(seen[some], among_reports(fields, named)[some])
        quiet = np.stack(
            [np.bincount(fields.source[some], weights=n * unseen, minlength=sources) for n in fields.outside[:, some]]
        )
        named = np.clip(rng.beta(PRIOR[:, :1] + yes, PRIOR[:, 1:] + no + quiet), FAINTEST, 1 - FAINTEST)
    return named


def _by_source(fields: Fields, n: np.ndarray) -> np.ndarray:
    by_kind = (np.bincount(fields.kind, weights=one, minlength=len(fields.source)) for one in n)
    return np.stack([np.bincount(fields.source, weights=one) for one in by_kind])


def moments(fields: Fields, named: np.ndarray, which: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of how many places a report names in a field, given that it is seen: float64[E] each."""
    chance, outside = named[which, fields.source], fields.outside[which]
    seen = among_reports(fields, named)
    # Whoever names one of them is seen: the condition only takes away from the chance of naming none.
    mean = outside * chance / seen
    square = (outside * chance * (1 - chance) + (outside * chance) ** 2) / seen
    inside = fields.could[which] - outside[fields.kind]
    own, spread = chance, chance * (1 - chance)
    return (
        np.asarray(mean[fields.kind] + inside * own[fields.kind]),
        np.asarray((square - mean**2)[fields.kind] + inside * spread[fields.kind]),
    )


def drawn(fields: Fields, named: np.ndarray, which: int, rng: np.random.Generator) -> np.ndarray:
    """Return int64[E]: how many places each report names in a field, drawn anew given that it is seen."""
    chance, outside = named[which, fields.source], fields.outside[which]
    other = 1 - np.delete(silent(fields, named), which, axis=0).prod(axis=0)
    # Either another field is what makes it seen, and this one is free, or this one has to name one at least.
    free = (other / among_reports(fields, named))[fields.kind]
    bound = (rng.uniform(size=len(free)) >= free) & (outside > 0)[fields.kind]
    left = fields.could[which].copy()
    kind = fields.kind[bound]
    some = 1 - (1 - chance[kind]) ** outside[kind]
    first = np.floor(np.log1p(-rng.uniform(size=len(kind)) * some) / np.log1p(-chance[kind])).astype(np.int64)
    left[bound] -= 1 + np.clip(first, 0, outside[kind] - 1)
    return np.asarray(rng.binomial(left, chance[fields.kind]) + bound)
