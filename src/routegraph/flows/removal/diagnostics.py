"""Whether the chains agree and hold enough independent draws: R-hat and effective sample size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from routegraph.errors import SettingError
from routegraph.flows.removal.fit import RemovalFit

RHAT = 1.01
"""Chains disagree above this (Vehtari et al. 2021)."""

ESS = 400
"""Fewer independent draws than this do not settle a mean and an interval (Vehtari et al. 2021: 100 a chain)."""

ROUTES_FAILING = 0.05
"""Share of the occupied routes over the R-hat threshold that is put down to testing hundreds of them at once."""

DIVERGING = 0.05
"""Divergences, as a share of the draws kept, from which on they are told: about 1 in 100 trajectories."""

LEVELS_RHAT = 1.1
"""From here on chains disagree on the level itself, and it is withheld (Gelman & Rubin 1992)."""

UNSETTLED_RHAT, UNSETTLED_ESS = 1.05, 100
"""From here on other figures are to be expected from another run, not only other last digits: with 100 independent
draws what is given as the 5 % point may well be the 3 or the 7 % point."""

FAR = 1_000.0
"""A draw whose total is over so many times the middle draw's has run away."""

CALLED = {
    "log total": "how much moves in all",
    "g": "the level of detection",
    "occupied": "how many routes carry anything",
}
"""What quantities other than legs and routes are called in sentences."""

ROUND, MOST_TIMES = 1_000, 8
"""Advice is to draw this round number of times, and at most so many times as often as was done."""

STUCK = 1e6
SHOWN = 3
AT_ONCE = 256


@dataclass(frozen=True)
class Diagnostics:
    """R-hat and effective sample size of every quantity looked at.

    Attributes
    ----------
    table
        One row per quantity: quantity (log total, g, occupied, route 12, leg 7; the number is the column in the fit),
        kind (level, occupied, route, leg), mean, rhat (rank-normalised, split; inf where chains are stuck at different
        values; NaN for a constant, which is no failure), ess (bulk; NaN for a constant).
    draws, chains
        Draws over all chains, and chains.
    notes
        The sampler's own numbers (divergences, acceptance, ...).
    """

    table: pd.DataFrame
    draws: int
    chains: int
    notes: dict[str, float]

    @property
    def converged(self) -> bool:
        """Whether nothing calls for a warning."""
        return not self.warnings()

    @property
    def levels_settled(self) -> bool:
        """Whether chains from different starts came to the same level of flow and detection (R-hat under 1.1)."""
        levels = self.table.loc[self.table["kind"] == "level", "rhat"].dropna()
        return bool((levels < LEVELS_RHAT).all())

    @property
    def settled(self) -> bool:
        """Whether another run would give about the same figures: R-hat under 1.05 and 100 independent draws of all.

        Single routes are left out: chains disagree on many of them, and sums over them still agree.
        """
        rows = self.table[self.table["kind"] != "route"].dropna(subset=["rhat", "ess"])
        return bool((rows["rhat"] < UNSETTLED_RHAT).all() and (rows["ess"] >= UNSETTLED_ESS).all())

    @property
    def worst(self) -> tuple[str, str]:
        """Names of the quantities with the highest R-hat and the lowest effective sample size ('' where none moves)."""
        moving = self.table.dropna(subset=["rhat", "ess"])
        if not len(moving):
            return "", ""
        names = moving["quantity"].to_list()
        return names[int(moving["rhat"].to_numpy().argmax())], names[int(moving["ess"].to_numpy().argmin())]

    def numbers(self) -> dict[str, float]:
        """Return the numbers for run.json: per kind the worst R-hat and ESS, draws, chains, the sampler's own.

        JSON has no infinity: an R-hat of stuck chains is ``STUCK`` there.
        """
        out: dict[str, float] = {"draws": float(self.draws), "chains": float(self.chains)}
        for kind, rows in self.table.groupby("kind", sort=True):
            moving = rows.dropna(subset=["rhat", "ess"])
            if len(moving):
                out[f"rhat_{kind}"] = min(float(moving["rhat"].max()), STUCK)
                out[f"ess_{kind}"] = float(moving["ess"].min())
        routes = self.table.loc[self.table["kind"] == "route", "rhat"].dropna()
        if len(routes):
            out["routes_over_rhat"] = float((routes > RHAT).mean())
        out["chains_settled"] = float(self.settled)
        return out | {f"sampler_{name}": float(value) for name, value in sorted(self.notes.items())}

    def warnings(self, *, names: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """Return plain sentences on what did not settle, and what to do; none where all did, three at most.

        Parameters
        ----------
        names
            What to call a quantity of ``table``: ``{"leg 7": "Ranong > Yangon"}``; its own name where it has none here.
        """
        said = [*self._on_chains({**CALLED, **(names or {})})]
        over = self.numbers().get("routes_over_rhat", 0.0)
        if over > ROUTES_FAILING and not said:
            said.append(
                f"On {over:.0%} of the routes that carry traffic the chains disagree, though places and busy legs have "
                f"settled: do not rely on single routes, or run again with --draws {self._enough(ESS)}."
            )
        astray = self.notes.get("divergences", 0.0)
        if astray > DIVERGING * self.draws:
            said.append(
                f"The sampler went astray {astray:.0f} times (divergences): intervals may miss some of what is "
                "possible, and more draws do not mend that."
            )
        return tuple(said)

    def _on_chains(self, called: Mapping[str, str]) -> Iterator[str]:
        settled = self.table[self.table["kind"] != "route"].dropna(subset=["rhat", "ess"])
        lacking = settled[(settled["rhat"] >= RHAT) | (settled["ess"] < ESS)]
        if not len(lacking):
            return
        rhat, ess = float(lacking["rhat"].max()), float(lacking["ess"].min())
        lack = np.maximum((lacking["rhat"] - 1) / (RHAT - 1), ESS / lacking["ess"])
        worst = lacking.assign(lack=lack).sort_values(["lack", "quantity"], ascending=[False, True])["quantity"]
        listed = [called.get(quantity, quantity) for quantity in worst[:SHOWN]]
        more = f" and {len(worst) - SHOWN} more" if len(worst) > SHOWN else ""
        how_many = f"{len(worst)} of the {len(settled)} quantities looked at"
        where = f"{', '.join(listed)}{more} ({_measured(rhat, ess)}; {how_many})"
        if rhat >= UNSETTLED_RHAT or ess < UNSETTLED_ESS:
            yield (
                f"The chains have not settled, so that another run would give other figures, most of all for {where}. "
                f"Run again with --draws {self._enough(ess)} before relying on any of them."
            )
        else:
            yield (
                f"The chains have settled but for the last digits: ends of intervals may still move a little, most of "
                f"all for {where}. Run again with --draws {self._enough(ess)} for firmer ones."
            )

    def _enough(self, ess: float) -> int:
        """Return a round number of draws that should do, eight times as many at most."""
        times = min(max(2.0, ESS / ess), MOST_TIMES)
        return int(np.ceil(times * self.draws / ROUND)) * ROUND


def run_away(log_total: np.ndarray) -> int:
    """Return in how many draws the total flow is over ``FAR`` times the middle one.

    Reports that are seen say little of how many are not: where next to nothing of a source is ever seen, a chain may
    drift to where ever rarer statements and ever more traffic explain each other. One such draw spoils every mean.
    """
    return int((log_total > np.median(log_total) + np.log(FAR)).sum())


def diagnose(fit: RemovalFit, *, top: int = 30) -> Diagnostics:
    """Return whether the chains of a fit agree and hold enough independent draws.

    For an analyst: whether running the same job again would give the same numbers.

    Parameters
    ----------
    fit
        Draws, chain by chain. Arrays of ``scalars`` may hold more draws than the tables (not thinned).
    top
        How many of the busiest legs, by mean flow, are looked at.

    Returns
    -------
    Diagnostics
        Log total and g; ``occupied``, the number of routes with at least one consignment in the draw (what chains from
        dispersed and from concentrated starts disagree on first); every route of posterior mean >= 1; the top legs.

    Raises
    ------
    SettingError
        When draws do not divide evenly over the chains, or a chain holds fewer than 4.

    Notes
    -----
    With chains split in halves, ranks over all draws r, and z = Phi^-1((r - 3/8) / (S + 1/4)),

        R-hat = sqrt(((n - 1) / n W + B / n) / W),    ESS = S / (1 + 2 sum_t rho_t)

    where B and W are the variances between and within halves of z, and rho_t the autocorrelation of z combined over
    halves, summed by Geyer's initial monotone sequence. R-hat is the larger of that of z and of z of |x - median|. A
    column that never moves has neither, and is no failure; one that is constant within each half but not over all has
    R-hat inf. Thresholds: R-hat < 1.01, ESS >= 400. With 400 draws in all, chance alone breaks both now and then: keep
    2,000 or more where the answer matters. Agreement says that the model was fitted, not that it is right.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), doi 10.1214/20-BA1221; computed by ``arviz_stats``.
    """
    occupied = (fit.routes >= 1).sum(axis=1)
    route_mean, leg_mean = (draws.mean(axis=0, dtype=np.float64) for draws in (fit.routes, fit.legs))
    routes = np.flatnonzero(route_mean >= 1)
    legs = np.argsort(-leg_mean, kind="stable")[:top]
    pieces = [
        _rows([f"{name.replace('_', ' ')}"], "level", fit.scalars[name][:, None], fit.chains)
        for name in ("log_total", "g")
        if name in fit.scalars
    ]
    pieces.append(_rows(["occupied"], "occupied", occupied[:, None], fit.chains))
    pieces += [
        _rows([f"route {r}" for r in part], "route", fit.routes[:, part], fit.chains)
        for part in np.split(routes, range(AT_ONCE, len(routes), AT_ONCE))
    ]
    pieces.append(_rows([f"leg {k}" for k in legs], "leg", fit.legs[:, legs], fit.chains))
    table = pd.concat([piece for piece in pieces if len(piece)], ignore_index=True)
    return Diagnostics(table=table, draws=len(fit.legs), chains=fit.chains, notes=dict(fit.notes))


def _rows(names: Sequence[str], kind: str, draws: np.ndarray, chains: int) -> pd.DataFrame:
    rhat, ess = rhat_and_ess(draws, chains=chains)
    mean = draws.mean(axis=0, dtype=np.float64)
    return pd.DataFrame(
        {"quantity": pd.Series(names, dtype="str"), "kind": kind, "mean": mean, "rhat": rhat, "ess": ess}
    )


def rhat_and_ess(draws: np.ndarray, *, chains: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rank-normalised split R-hat and bulk ESS of each column of draws (draws x columns, chain by chain)."""
    from arviz_stats.base import array as arviz

    stats: Any = arviz.array_stats
    if chains < 1 or len(draws) % chains or len(draws) < 4 * chains:
        raise SettingError(f"{len(draws)} draws in {chains} chains; expected at least 4 a chain, the same in each")
    by_chain = draws.astype(np.float64).reshape(chains, len(draws) // chains, draws.shape[1])
    half = by_chain.shape[1] // 2
    halves = np.concatenate([by_chain[:, :half], by_chain[:, -half:]])
    if not draws.shape[1]:
        return np.empty(0), np.empty(0)
    still = np.ptp(draws, axis=0) == 0
    stuck = ~still & (np.ptp(halves, axis=1) == 0).all(axis=0)
    rhat, ess = np.full(draws.shape[1], np.nan), np.full(draws.shape[1], np.nan)
    rhat[stuck], ess[stuck] = np.inf, 1.0
    moving = ~still & ~stuck
    if moving.any():
        columns = np.moveaxis(by_chain[:, :, moving], 2, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            rhat[moving] = np.asarray(stats.rhat(columns, chain_axis=-2, draw_axis=-1, method="rank"))
            ess[moving] = np.asarray(stats.ess(columns, chain_axis=-2, draw_axis=-1, method="bulk"))
    return rhat, ess


def _measured(rhat: float, ess: float) -> str:
    apart = "chains stuck apart" if np.isinf(rhat) else f"R-hat up to {rhat:.3f}"
    return f"{apart}, {ess:.0f} independent draw{'s' if round(ess) != 1 else ''} at fewest"
