"""What a memoryless world would give: next places that depend on where a path is, not on where it came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WORLDS, FEWEST_WORLDS = 999, 199
"""Memoryless worlds drawn for each place; fewer where places have very many neighbours."""

CELLS, AT_ONCE = 40_000_000, 2_000_000
"""Numbers drawn for one place in all, and held at once: sizes decide, never the clock."""

REACHED = 10
"""Worlds with as large a KL below which the tail is read off a gamma distribution with their mean and variance."""

SMALLEST = 1e-6
ROUNDS = 100


@dataclass(frozen=True)
class Memoryless:
    """Chances of next places without memory, for visits that end alike.

    A row is all visits with one past: the places behind, to which no path turns back. A context has one row or more.

    Attributes
    ----------
    context
        Per row, its context: 0, 1, ...
    total
        Per row, its visits.
    allowed
        Rows x next places: False where the next place lies behind.
    exposure
        Per next place, the visits that could have gone there, each over the chance that is left to its row.
    chance
        Rows x next places, summing to 1 in each row: b_w over the sum of b over the places allowed.
    """

    context: np.ndarray
    total: np.ndarray
    allowed: np.ndarray
    exposure: np.ndarray
    chance: np.ndarray

    @classmethod
    def of(cls, counts: np.ndarray, allowed: np.ndarray, context: np.ndarray) -> Memoryless:
        """Fit quasi-independence (Goodman 1968, doi 10.1080/01621459.1968.10480916) to rows x next places."""
        total, reached = counts.sum(axis=1), counts.sum(axis=0)
        chance = reached / reached.sum()
        for _ in range(ROUNDS):
            exposure = (total / (allowed @ chance)) @ allowed
            before, chance = chance, reached / exposure
            chance = chance / chance.sum()
            if np.abs(chance - before).max() < 1e-10:
                break
        exposure = (total / (allowed @ chance)) @ allowed
        return cls(context, total, allowed, exposure, _over_rows(chance, allowed))

    def of_context(self, rows: np.ndarray) -> np.ndarray:
        """Return ... x contexts x next places: the sum over the rows of each context."""
        member = (self.context == np.arange(self.context.max() + 1)[:, None]).astype(np.float64)
        return np.asarray(member @ rows)

    def expected(self) -> np.ndarray:
        """Return contexts x next places: visits to be expected without memory."""
        return self.of_context(self.total[:, None] * self.chance)

    def divergence(self, counts: np.ndarray) -> np.ndarray:
        """Return KL(context || memoryless) in bits for each context."""
        return _divergence(self.of_context(counts), self.expected())

    def p_values(self, counts: np.ndarray, *, seed: tuple[int, int]) -> np.ndarray:
        """Return the chance that a memoryless world gives each context as large a KL, by Monte Carlo.

        Every row's next places are dealt anew with the chances without memory, and those are estimated anew in every
        world. The random numbers depend on the counts alone.
        """
        rows, columns = _by_content(counts, self.allowed, self.context)
        chance = self.chance[np.ix_(rows, columns)]
        total = self.total[rows].astype(np.int64)
        own = Memoryless(
            self.context[rows], self.total[rows], self.allowed[np.ix_(rows, columns)], self.exposure[columns], chance
        )
        rng = np.random.default_rng([*seed, *total.tolist(), *counts.sum(axis=0)[columns].astype(int).tolist()])
        worlds = int(np.clip(CELLS // counts.size, FEWEST_WORLDS, WORLDS))
        at_once = max(1, AT_ONCE // counts.size)
        drawn = []
        for start in range(0, worlds, at_once):
            dealt = rng.multinomial(total, chance, size=(min(at_once, worlds - start), len(rows)))
            anew = _over_rows(dealt.sum(axis=1) / own.exposure, own.allowed)
            drawn.append(_divergence(own.of_context(dealt), own.of_context(total[:, None] * anew)))
        return _tail(np.concatenate(drawn), self.divergence(counts))


def _over_rows(chance: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return ... x rows x next places: chances over the places that each row may go to."""
    wide = chance[..., None, :] * allowed
    return np.asarray(wide / wide.sum(axis=-1, keepdims=True))


def _divergence(counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    share, without = (one / one.sum(axis=-1, keepdims=True) for one in (counts, expected))
    ratio = np.divide(share, without, out=np.ones_like(share), where=(share > 0) & (without > 0))
    return np.asarray((share * np.log2(ratio)).sum(axis=-1))


def _by_content(counts: np.ndarray, allowed: np.ndarray, context: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns in an order of what they hold, whatever places are called; equals stay as they were."""
    same = (context[:, None] == context) @ counts.sum(axis=1)
    row, column = _ranks(counts.sum(axis=1), same), _ranks(counts.sum(axis=0))
    for _ in range(3):
        of_row, of_column = np.sqrt(2.0 + row), np.sqrt(2.0 + column)
        row = _ranks(row, counts @ of_column, allowed @ of_column)
        column = _ranks(column, of_row @ counts, of_row @ allowed)
    return np.argsort(row, kind="stable"), np.argsort(column, kind="stable")


def _ranks(*keys: np.ndarray) -> np.ndarray:
    """Return the rank of each entry by its keys, the first key first; equals share one."""
    table = np.round(np.column_stack(keys), 6)
    return np.unique(table, axis=0, return_inverse=True)[1].ravel().astype(np.float64)


def _tail(drawn: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return per row the chance of a draw as large: counted, or where few are, by a gamma with the draws' moments."""
    from scipy.special import gammaincc

    reached = (drawn >= found - 1e-9).sum(axis=0)
    counted = (1 + reached) / (1 + len(drawn))
    mean, variance = drawn.mean(axis=0), drawn.var(axis=0)
    usable = (reached < REACHED) & (variance > 0) & (mean > 0)
    mean, variance = np.where(usable, mean, 1.0), np.where(usable, variance, 1.0)
    far = gammaincc(mean**2 / variance, found * mean / variance)
    return np.asarray(np.where(usable, np.clip(far, SMALLEST, (1 + REACHED) / (1 + len(drawn))), counted))
