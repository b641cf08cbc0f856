"""One small world for all tests of this room; nobody changes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routegraph.synthetic import Regime, World, make_world

SMALL = replace(Regime(), routes=12, route_flow=20.0)


@pytest.fixture(scope="session")
def small_regime() -> Regime:
    return SMALL


@pytest.fixture(scope="session")
def small_world() -> World:
    return make_world(seed=5, regime=SMALL)
