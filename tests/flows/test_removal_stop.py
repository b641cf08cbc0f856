"""A run that is stopped stops: its chains run in threads, which nothing else would end."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from threading import Event, Timer

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from removal_truth import ways_among

from routegraph.flows.removal.chain import Chain
from routegraph.flows.removal.parameters import Layout
from routegraph.flows.removal.problem import RemovalProblem
from routegraph.flows.removal.sampler import sample
from routegraph.flows.removal.simulate import Completed, every_report, observed, places_and_routes, simulate


@pytest.fixture(scope="module")
def problem() -> RemovalProblem:
    """Return three countries, and some reports of traffic between them."""
    ways = ways_among(3, longest=3)
    every = every_report(places_and_routes(ways, country=[0, 1, 2], excess=[0.0] * len(ways)))
    share, theta = np.array([0.6]), np.zeros(Layout.of(every.problem).size)
    said = Completed(share, share, share, share, np.array([0.7, 0.03]))
    return observed(every, simulate(every, theta, said, np.random.default_rng(0)))


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal here")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_ends_every_chain_at_its_next_step(problem: RemovalProblem, workers: int) -> None:
    sample(problem, draws=4, warmup=2)  # compiled before the clock runs
    after = Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    after.start()
    with pytest.raises(KeyboardInterrupt):
        sample(problem, warmup=10**6, workers=workers)
    after.join()


def test_a_chain_that_is_told_to_stop_does_not_move(problem: RemovalProblem) -> None:
    stop = Event()
    chain = Chain(problem, np.random.default_rng(1), stop=stop)
    chain.advance(adapt=False)
    stop.set()
    before = chain.theta.copy()
    with pytest.raises(KeyboardInterrupt):
        chain.advance(adapt=False)
    np.testing.assert_array_equal(chain.theta, before)
