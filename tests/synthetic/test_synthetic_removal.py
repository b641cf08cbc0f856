"""The removal process against its closed form, and variants of it that must be caught."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chisquare

from routegraph.synthetic.removal import travel

P_CHECK = np.array([0.10, 0.30, 0.05, 0.20])
P_TIP = np.array([0.02, 0.00, 0.01, 0.03])
RHO = np.array([0.90, 0.00, 0.70, 0.50])  # the second place is blind
P = 1 - (1 - P_CHECK) * (1 - P_TIP)
SHIPMENTS = 200_000


def expected_by_step() -> np.ndarray:
    """Return the shares seized at each step and the share that arrives, as METHODS.md section 1 writes them."""
    shares = [P[k] * np.prod(1 - P[:k]) for k in range(4)]
    return np.array([*shares, np.prod(1 - P)])


def sent(*, p_check: np.ndarray = P_CHECK, p_tip: np.ndarray = P_TIP, seed: int = 5) -> tuple[pd.DataFrame, np.ndarray]:
    return travel(
        np.array([[SHIPMENTS]]),
        p_check=p_check[None, :],
        p_tip=p_tip[None, :],
        rho=RHO[None, :],
        rng=np.random.default_rng(seed),
    )


def by_step(outcomes: pd.DataFrame, arrived: np.ndarray) -> np.ndarray:
    seized = outcomes.groupby("step")["seized"].sum().reindex(range(4), fill_value=0)
    return np.array([*seized, arrived.sum()])


def test_seized_shares_match_the_closed_form():
    observed = by_step(*sent())
    assert chisquare(observed, expected_by_step() * SHIPMENTS).pvalue > 1e-3


def test_survival_of_one_at_a_blind_place_is_caught():
    sighted = np.where(RHO > 0, 1.0, 0.0)
    observed = by_step(*sent(p_check=P_CHECK * sighted, p_tip=P_TIP * sighted))
    expected = expected_by_step() * SHIPMENTS
    assert observed[1] == 0
    later = [0, 2, 3, 4]  # even without the blind step itself, what comes after it is wrong
    scaled = expected[later] * observed[later].sum() / expected[later].sum()
    assert chisquare(observed[later], scaled).pvalue < 1e-9


def test_route_order_matters():
    observed = by_step(*sent(p_check=P_CHECK[::-1], p_tip=P_TIP[::-1]))
    assert chisquare(observed, expected_by_step() * SHIPMENTS).pvalue < 1e-9


def test_reports_are_a_share_rho_of_seizures():
    outcomes, _ = sent()
    sums = outcomes.groupby("step")[["seized", "reported"]].sum()
    assert sums.loc[1, "reported"] == 0
    error = np.sqrt(RHO * (1 - RHO) / sums["seized"])
    assert (abs(sums["reported"] / sums["seized"] - RHO) <= 4 * error).all()


def test_tips_see_only_what_checks_let_pass():
    outcomes, _ = sent()
    first = outcomes[outcomes["step"] == 0].set_index("basis")["seized"]
    expected = SHIPMENTS * np.array([P_CHECK[0], (1 - P_CHECK[0]) * P_TIP[0]])
    assert (abs(first[["check", "tip"]].to_numpy() - expected) < 4 * np.sqrt(expected)).all()


def test_shipments_are_seized_or_arrive():
    shipments = np.random.default_rng(1).poisson(40, (6, 3))
    p = np.where(np.arange(5) < np.arange(1, 7)[:, None], 0.3, np.nan)
    outcomes, arrived = travel(shipments, p_check=p, p_tip=p / 10, rho=p, rng=np.random.default_rng(2))
    seized = np.zeros((6, 3), dtype=int)
    np.add.at(seized, (outcomes["route"], outcomes["period"]), outcomes["seized"])
    assert (seized + arrived == shipments).all()


def test_certain_detection_stops_everything():
    outcomes, arrived = travel(
        np.array([[50]]),
        p_check=np.array([[1.0, 0.5]]),
        p_tip=np.zeros((1, 2)),
        rho=np.ones((1, 2)),
        rng=np.random.default_rng(0),
    )
    assert arrived.sum() == 0
    assert outcomes["seized"].tolist() == [50]
