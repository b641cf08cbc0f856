"""Worlds for all tests of this room; nobody changes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from routegraph.places import Gazetteer
from routegraph.synthetic import REGIMES, World, make_world


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(seed=11)


@pytest.fixture(scope="session")
def plain(small: Callable[..., World]) -> World:
    """Return a small world without anything that only some regimes have."""
    return small("within_place", route_spread=0.0)


@pytest.fixture(scope="session")
def small() -> Callable[..., World]:
    """Return a maker of smaller worlds of a declared regime, with settings changed; what was made is kept."""
    gazetteer, made = Gazetteer.builtin(), {}

    def asked(name: str, *, seed: int = 5, **changes: object) -> World:
        key = (name, seed, repr(sorted(changes.items())))
        if key not in made:
            regime = replace(REGIMES[name], **{"routes": 90, "reports": (1_000, 3_000), **changes})
            made[key] = make_world(seed=seed, regime=regime, gazetteer=gazetteer)
        return made[key]

    return asked
