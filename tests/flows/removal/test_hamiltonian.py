"""Hamiltonian steps: they sample what they are given, and a trajectory that runs off is refused in silence."""

from __future__ import annotations

import numpy as np

from routegraph.flows.removal.hmc import Hamiltonian

SPREAD = np.array([0.1, 1.0, 5.0])


def normal(theta: np.ndarray, gradient: np.ndarray) -> float:
    gradient[:] = -theta / SPREAD**2
    return float(-0.5 * (theta / SPREAD) @ (theta / SPREAD))


def cliff(theta: np.ndarray, gradient: np.ndarray) -> float:
    gradient[:] = -1e200 * np.sign(theta)
    return float(-1e200 * np.abs(theta).sum())


def test_scales_and_steps_adapt_to_a_normal_and_its_moments_come_out() -> None:
    sampler, rng, theta = Hamiltonian(3), np.random.default_rng(1), np.ones(3)
    for k in range(600):
        if k in (100, 250):
            sampler.rescale()
        theta = sampler.move(theta, normal, rng=rng, adapt=True)
    sampler.settle()
    draws = np.empty((3_000, 3))
    for k in range(len(draws)):
        draws[k] = theta = sampler.move(theta, normal, rng=rng, adapt=False)
    np.testing.assert_allclose(draws.std(axis=0), SPREAD, rtol=0.1)
    np.testing.assert_allclose(draws.mean(axis=0) / SPREAD, 0, atol=0.12)
    assert 0.6 < sampler.accepted / sampler.trajectories < 0.98
    assert sampler.divergences == 0


def test_a_trajectory_whose_momentum_overflows_is_refused_without_a_warning() -> None:
    # pytest makes an error of every warning, as of the overflow that squaring such a momentum is.
    sampler, rng, start = Hamiltonian(2), np.random.default_rng(0), np.full(2, 1e-3)
    theta = start
    for _ in range(30):
        theta = sampler.move(theta, cliff, rng=rng, adapt=True)
    np.testing.assert_array_equal(theta, start)
    # ... and the step goes down, for each of them was refused.
    assert sampler.step < 0.05
    sampler.move(theta, cliff, rng=rng, adapt=False)
    assert sampler.divergences == 1
