"""A leg against the sizes of its two ends: the formulas of the noise-corrected backbone."""

from __future__ import annotations

import numpy as np


def beta_prior(mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return alpha and beta of the Beta distribution with this mean m and variance v, by moments.

    alpha = (m^2 / v)(1 - m) - m and beta = (m / v)(1 - m)^2 - (1 - m). Widely copied code has (1 - m^2) for (1 - m)^2.
    """
    return mean**2 / variance * (1 - mean) - mean, mean / variance * (1 - mean) ** 2 - (1 - mean)


def lift(flow: np.ndarray, sent: np.ndarray, received: np.ndarray, total: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the score L~ of Coscia & Neffke 2017 and its standard deviation by the delta method.

    Parameters
    ----------
    flow, sent, received, total
        n_ij of each leg, n_i. of its origin, n_.j of its destination, and n.. of all.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        L~, -1 to 1 (0 = as the sizes give), and its sd; 0 and NaN where nothing can vary (one place sends or receives
        everything, or nothing).

    Notes
    -----
    L~ = (k n_ij - 1) / (k n_ij + 1), k = n.. / (n_i. n_.j). The chance P_ij of the pair has a Beta prior with the
    moments of the hypergeometric null, m = n_i. n_.j / n..^2 and v = n_i. n_.j (n.. - n_i.)(n.. - n_.j) / (n..^4
    (n.. - 1)), hence a posterior Beta(alpha + n_ij, beta + n.. - n_ij) with mean P; Var n_ij = n.. P (1 - P), and

        sd L~ = sd n_ij |2 (k + n_ij k') / (k n_ij + 1)^2|,   k' = 1 / (n_i. n_.j) - n.. (n_i. + n_.j) / (n_i. n_.j)^2,

    k' because a consignment more on the leg is one more of both ends. The other legs are held fixed: where few places
    share all traffic the sd is too small by about sqrt((1 - n_i. / n..)(1 - n_.j / n..)).
    """
    score, sd = np.zeros(len(flow)), np.full(len(flow), np.nan)
    able = (sent > 0) & (received > 0) & (sent < total) & (received < total) & (total > 1)
    n, of_i, of_j = flow[able], sent[able], received[able]
    mean = of_i * of_j / total**2
    variance = mean * (1 - of_i / total) * (1 - of_j / total) / (total - 1) if total > 1 else mean
    alpha, beta = beta_prior(mean, variance)
    chance = (alpha + n) / (alpha + beta + total)
    k = total / (of_i * of_j)
    slope = 1 / (of_i * of_j) - total * (of_i + of_j) / (of_i * of_j) ** 2
    score[able] = (k * n - 1) / (k * n + 1)
    sd[able] = np.sqrt(total * chance * (1 - chance)) * np.abs(2 * (k + n * slope) / (k * n + 1) ** 2)
    return score, sd


def signed_root(flow: np.ndarray, sent: np.ndarray, received: np.ndarray, total: float) -> np.ndarray:
    """Return the root of the deviance of n_ij under Binomial(n.., m), negative below n.. m; parameters as ``lift``."""
    from scipy.special import xlogy

    if total <= 0:
        return np.zeros(len(flow))
    given = sent * received / total
    able = (given > 0) & (given < total)
    n, e = flow[able], given[able]
    deviance = 2 * (xlogy(n, n / e) + xlogy(total - n, (total - n) / (total - e)))
    out = np.zeros(len(flow))
    out[able] = np.sign(n - e) * np.sqrt(np.maximum(deviance, 0.0))
    return out


def tail(flow: np.ndarray, sent: np.ndarray, received: np.ndarray, total: float) -> np.ndarray:
    """Return the chance of n_ij or more under Binomial(n.., m), n_ij itself included; parameters as ``lift``.

    I_m(n, n.. - n + 1), the incomplete beta function, which also takes counts that are not whole.
    """
    from scipy.special import betainc

    out = np.ones(len(flow))
    able = (flow > 0) & (sent * received < total**2)
    n = np.minimum(flow[able], total)
    out[able] = betainc(n, total - n + 1, sent[able] * received[able] / total**2)
    return out
