"""Whether the data can tell how much moves in all, or only where more moves than elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from routegraph.errors import SettingError
from routegraph.flows.removal import information as positions
from routegraph.flows.removal import parameters as prior
from routegraph.flows.removal.fit import RemovalFit
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.stages import Stages, has_tips, log_seen, stages, tips, unit_checks

STAGE = 46
"""Stage number of this user of randomness (docs/architecture.md, Random stages)."""

WIDEST = 0.7
"""Above this ratio of posterior to prior sd of the log total, levels are the prior's word, not the data's."""

FAINT = 0.5
"""Below this much information of positions on g, in units of its prior's, they do not tell the level: an sd ratio of
0.7 takes 1 in all, and at least half of it has to come from them."""

FREE = 0.5
"""Above this share of a common shift of detection that positions cannot see, the level is not told by them."""

END_SHARE = 0.98
"""From this share of events at one end of their routes on, the data are of two points in effect."""

DISAGREES = 2.0
"""From this z on, positions and intensities say different things of detection."""

MOST_UNITS = 2_000
"""Places (in a role) that the linear algebra takes on; the busiest routes are kept."""

LEFT_OUT = 0.01
"""Share of the events, those on the routes with fewest, that is left out: it tells no level and takes most time."""

AT_ONCE = 50

TWO_POINTS = (
    "In effect every report joins two points, where the consignment set out and where it was found. Such data say "
    "nothing of what was let through before, so the chance of being seized, and with it the level of flow, is not told."
)


@dataclass(frozen=True)
class Identification:
    """What tells detection and the level of flow, and how well. See :func:`identify` for the formulas.

    Attributes
    ----------
    ratio, posterior_sd, prior_sd
        Sd of log total after and before the positions of seizures were seen, and their ratio.
    directions, directions_structural, directions_told, smallest
        Places on occupied routes; independent directions of logit p that positions see at all; those that they tell
        better than the prior does; the smallest eigenvalue of those they see (0 where none).
    level_free
        Share, 0 to 1, of a common shift of detection that would leave every position as likely as before.
    level_information
        Information of positions about g, in units of the prior's (1 / 1.2^2). 1 halves its variance.
    end_share, two_point
        Share of the events at the commoner end of their routes, and whether that makes the data two-point in effect.
    log_seen, log_seen_lambda_free, z
        Mean over events of log D_r: posterior mean, lambda-free mode, and their difference in standard errors; the last
        two are NaN for a modular fit.
    levels_told
        False where levels are ``insufficient``.
    reasons
        Why levels are not told; empty where they are.
    """

    ratio: float
    posterior_sd: float
    prior_sd: float
    directions: int
    directions_structural: int
    directions_told: int
    smallest: float
    level_free: float
    level_information: float
    end_share: float
    two_point: bool
    log_seen: float
    log_seen_lambda_free: float
    z: float
    levels_told: bool
    reasons: tuple[str, ...]

    def numbers(self) -> dict[str, float]:
        """Return the numbers for run.json, as ``identification_`` and the name of the field."""
        return {
            f"identification_{one.name}": float(getattr(self, one.name))
            for one in fields(self)
            if one.name != "reasons"
        }

    def warnings(self) -> tuple[str, ...]:
        """Return plain sentences: why levels are not told, and whether positions and intensities disagree."""
        said = list(self.reasons)
        if abs(self.z) > DISAGREES:
            higher = "higher" if self.z > 0 else "lower"
            said.append(
                f"Detection comes out {higher} than the positions of seizures along routes alone would have it "
                f"(z = {self.z:.1f}): its level rests on assumptions, such as that routes carry exchangeable traffic."
            )
        return tuple(said)


def identify(
    problem: RemovalProblem, fit: RemovalFit, *, seed: int, prior_draws: int = 2_000, modular: bool = False
) -> Identification:
    """Return whether the data tell the level of flow, and what tells it.

    For an analyst: whether "12,000 consignments" may be believed, or only "twice as many here as there".

    Parameters
    ----------
    problem, fit
        The case, and draws from its posterior with the posterior mean allocation.
    seed
        Of the draws from the prior.
    prior_draws
        How many; at least 2.
    modular
        Whether detection was drawn from positions alone (:class:`routegraph.flows.removal.chain.Chain`). Then there is
        nothing to disagree with: ``log_seen_lambda_free`` and ``z`` are NaN.

    Raises
    ------
    SettingError
        Fewer than 2 draws from the prior.

    Notes
    -----
    *Ratio.* With S_r the allocated events of route r,

        T = log sum_r S_r / D_r,    ratio = sd(log total | data) / sd(T),   p, t, rho in D_r drawn from the prior:

    what the total would be if allocation and completeness of reports were known and nothing else. Above 0.7 the data
    hardly moved it. D_r is the chance of ending among the reports here: those that look domestic are not
    (``fit.usable``), in this and in all that follows.

    *Positions.* I is the information of logit p with the traffic cancelled (:func:`information.information`).
    A direction of logit p is seen where its eigenvalue is above rounding, and told where it is at least 1 / 1.2^2, the
    precision of the prior of g. Whether positions tell the level:

    * ``level_free`` uses no prior. With N the null space of I and weights w_i = |dT / dx_i|, the null vector nearest
      to the all-ones vector is delta = N (N' W N)^-1 N' W 1, and level_free = 1' W delta / 1' W 1. On a chain always
      travelled in one order and on a merging tree every place can be shifted with the others (to first order in p by
      the same amount) so that positions stay as likely: near 1. Skipped stages and reversed orders leave no such
      vector: 0.
    * ``level_information`` is what is left for g once places, countries, roles and effort may differ as the prior lets
      them, C their covariance at its prior scales: J = 1' I (1 + C I)^-1 1, times 1.2^2.

    Levels are told where ratio <= 0.7, level_free <= 0.5, level_information >= 0.5 and the data are not two-point in
    effect (98 % of events at one end of their routes, as firearm traces are).

    *Disagreement.* L = mean over events of log D_r. Under prod(cell / D_r)^S detection is fitted without regard to how
    traffic is spread (:func:`information.lambda_free_fit`), L_free with variance V_free; the posterior adds the
    exchangeable intensities, L with variance V. Adding information moves an estimate by a variance of V_free - V
    (Hausman),

        z = (L - L_free) / sqrt(max(V_free - V, V_free / 4)),

    the floor because V_free is Laplace's. Above 2 the intensities, not the positions, are what tells detection.

    Do not trust it where allocations are far from settled: it takes the posterior mean allocation as data.

    References
    ----------
    Zippin (1956), Biometrics 12, 163-189; Otis et al. (1978), Wildlife Monographs 62. Rothenberg (1971),
    doi 10.2307/1913267, on information and identification. Hausman (1978), doi 10.2307/1913827.
    """
    if prior_draws < 2:
        raise SettingError(f"prior_draws is {prior_draws}; expected at least 2")
    found = stages(problem, fit.allocated, usable=fit.usable, most_units=MOST_UNITS, leave_out=LEFT_OUT)
    if not len(found.route):
        return _nothing()
    p, tip = unit_checks(problem, fit, found), tips(fit)
    reporting = fit.reporting[:, found.place].astype(np.float64)
    posterior_sd = float(np.std(fit.scalars["log_total"], ddof=1))
    prior_sd = float(np.std(prior_log_totals(problem, found, seed=seed, draws=prior_draws), ddof=1))
    middle = _middle(p)
    seen = positions_seen(problem, found, middle, tip=float(tip.mean()), reporting=reporting.mean(axis=0))
    drawn = _log_seen_by_draw(fit, found, p)
    free, z = (np.nan, np.nan) if modular else _disagreement(problem, fit, found, drawn)
    share = end_share(found)
    ratio, two_point = posterior_sd / prior_sd, share >= END_SHARE
    reasons = _reasons(ratio, seen.level_free, seen.level_information, two_point=two_point)
    return Identification(
        ratio=ratio, posterior_sd=posterior_sd, prior_sd=prior_sd, directions=seen.directions,
        directions_structural=seen.structural, directions_told=seen.told, smallest=seen.smallest,
        level_free=seen.level_free, level_information=seen.level_information, end_share=share, two_point=two_point,
        log_seen=float(drawn.mean()), log_seen_lambda_free=free, z=z, levels_told=not reasons, reasons=reasons,
    )  # fmt: skip


def prior_log_totals(problem: RemovalProblem, found: Stages, *, seed: int, draws: int) -> np.ndarray:
    """Return draws of T = log sum_r S_r / D_r with detection, tips and reporting from the model's prior."""
    from scipy.special import expit, logsumexp

    layout, rng = prior.Layout.of(problem), np.random.default_rng([seed, STAGE])
    place, country = found.place, problem.country[found.place]
    with_tips, taken, out = has_tips(problem), np.log(found.taken), []
    for first in range(0, draws, AT_ONCE):
        theta = np.stack([prior.draw_prior(problem, rng) for _ in range(min(AT_ONCE, draws - first))])
        tau = np.exp(theta[:, [prior.TAU_COUNTRY, prior.TAU_PLACE]])
        x = theta[:, [prior.G]] + tau[:, :1] * theta[:, layout.country + country]
        if problem.has_place_effects:
            x += tau[:, 1:] * theta[:, layout.place + place]
        x += prior.COEFFICIENT * theta[:, layout.features : layout.roles] @ problem.features[place].T
        roles = np.concatenate([np.zeros((len(theta), 1)), theta[:, layout.roles : layout.gravity]], axis=1)
        x += prior.COEFFICIENT * roles[:, found.role]
        tip = expit(theta[:, prior.LOGIT_TIP]) if with_tips else np.zeros(len(theta))
        reporting = problem.declared[place] * expit(
            prior.REPORTING[0] + prior.REPORTING[1] * theta[:, layout.reporting + country]
        )
        out.append(logsumexp(taken - log_seen(found, expit(x), tip=tip, reporting=reporting), axis=1))
    return np.concatenate(out)


@dataclass(frozen=True)
class Seen:
    """What positions see of detection; the fields are those of :class:`Identification`."""

    directions: int
    structural: int
    told: int
    smallest: float
    level_free: float
    level_information: float


def positions_seen(problem: RemovalProblem, found: Stages, p: np.ndarray, *, tip: float, reporting: np.ndarray) -> Seen:
    """Return what the positions of seizures tell of logit p, at p and reporting by unit. See :func:`identify`."""
    places, at = np.unique(found.place, return_inverse=True)
    by_place = positions.information(found, p, tip=tip, reporting=reporting, at=at)
    by_unit = positions.information(found, p, tip=tip, reporting=reporting, at=np.arange(len(p)))
    scale = np.sqrt(np.where(np.diag(by_place) > 0, np.diag(by_place), 1.0))
    value, vector = np.linalg.eigh(by_place / scale[:, None] / scale)
    null = vector[:, value <= positions.NOTHING * max(float(value[-1]), 1e-300)] / scale[:, None]
    plain = np.linalg.eigvalsh(by_place)
    structural = len(places) - null.shape[1]
    assumed = positions.hierarchy(problem, found, country_sd=prior.COUNTRY_SPREAD, place_sd=prior.PLACE_SPREAD)
    ones = np.ones(len(p))
    left = np.linalg.solve(np.eye(len(p)) + assumed.beside_level @ by_unit, ones)
    slope = positions.slope_of_log_seen(
        found, p, tip=tip, reporting=reporting, shares=_shares_of_total(found, p, tip=tip, reporting=reporting)
    )
    pull = np.abs(np.bincount(at, weights=slope, minlength=len(places)))
    return Seen(
        directions=len(places),
        structural=structural,
        told=int((plain >= 1 / prior.LEVEL[1] ** 2).sum()),
        smallest=float(plain[-structural]) if structural else 0.0,
        level_free=_level_free(null, pull),
        level_information=float(ones @ by_unit @ left) * prior.LEVEL[1] ** 2,
    )


def end_share(found: Stages) -> float:
    """Return the share of events at the commoner end of their routes: all at the last place, or all at the first."""
    events = found.events
    last = found.inside.sum(axis=1) - 1
    ends = (events[:, 0].sum(), events[np.arange(len(events)), last].sum())
    return float(max(ends) / events.sum())


def _level_free(null: np.ndarray, pull: np.ndarray) -> float:
    if not null.shape[1] or not pull.sum():
        return float(null.shape[1] > 0)
    unit = null / np.linalg.norm(null, axis=0)
    reach = unit.T @ pull
    # Places that do not move the total leave the equations short of rank, hence the least squares.
    solved = np.linalg.lstsq(unit.T @ (pull[:, None] * unit), reach, rcond=1e-12)[0]
    return float(np.clip(reach @ solved / pull.sum(), 0.0, 1.0))


def _shares_of_total(found: Stages, p: np.ndarray, *, tip: float, reporting: np.ndarray) -> np.ndarray:
    log_d = log_seen(found, p[None], tip=np.array([tip]), reporting=reporting[None])[0]
    traffic = np.log(found.taken) - log_d
    shares = np.exp(traffic - traffic.max())
    return np.asarray(shares / shares.sum())


def _middle(p: np.ndarray) -> np.ndarray:
    """Return the typical p by unit, averaged as logits."""
    from scipy.special import expit, logit

    return np.asarray(expit(logit(np.clip(p, 1e-9, 1 - 1e-9)).mean(axis=0)))


def _log_seen_by_draw(fit: RemovalFit, found: Stages, p: np.ndarray) -> np.ndarray:
    """Return mean over events of log D_r in each draw; reporting and tips at their means: only detection differs."""
    tip, reporting = float(tips(fit).mean()), fit.reporting[:, found.place].mean(axis=0, dtype=np.float64)
    taken = found.taken / found.taken.sum()
    parts = np.split(p, range(AT_ONCE, len(p), AT_ONCE))
    return np.concatenate(
        [
            log_seen(found, part, tip=np.full(len(part), tip), reporting=np.tile(reporting, (len(part), 1))) @ taken
            for part in parts
        ]
    )


def _disagreement(problem: RemovalProblem, fit: RemovalFit, found: Stages, drawn: np.ndarray) -> tuple[float, float]:
    """Return mean log D in the lambda-free fit, and the z of how far the draws lie from it."""
    tip, reporting = float(tips(fit).mean()), fit.reporting[:, found.place].mean(axis=0, dtype=np.float64)
    country_sd, place_sd = positions.spreads(fit)
    assumed = positions.hierarchy(problem, found, country_sd=country_sd, place_sd=place_sd)
    free = positions.lambda_free_fit(found, assumed, tip=tip, reporting=reporting)
    gained = max(free.variance - float(np.var(drawn, ddof=1)), free.variance / 4)
    return free.log_seen, float((drawn.mean() - free.log_seen) / np.sqrt(gained))


def _reasons(ratio: float, level_free: float, level_information: float, *, two_point: bool) -> tuple[str, ...]:
    said = [TWO_POINTS] if two_point else []
    if ratio > WIDEST:
        said.append(
            f"The data hardly narrow how much moves in all: the spread of its logarithm is {ratio:.0%} of what was "
            "assumed beforehand. Levels are insufficient; ranks and shares may still be told."
        )
    if level_free > FREE and not two_point:
        said.append(
            "Places are always met in the same order, so that detection could be higher or lower everywhere without "
            "seizures falling elsewhere along routes. The level of flow is the assumption's word, not the data's."
        )
    elif level_information < FAINT and not two_point:
        said.append(
            "The positions of seizures along routes say far less of the level of detection than was assumed. Levels "
            "are insufficient; ranks and shares may still be told."
        )
    return tuple(said)


def _nothing() -> Identification:
    return Identification(
        ratio=1.0, posterior_sd=0.0, prior_sd=0.0, directions=0, directions_structural=0, directions_told=0,
        smallest=0.0, level_free=1.0, level_information=0.0, end_share=0.0, two_point=False, log_seen=0.0,
        log_seen_lambda_free=0.0, z=0.0, levels_told=False,
        reasons=("No report could be laid on a route, so nothing tells how much moves.",),
    )  # fmt: skip
