"""One world for all tests of this room; nobody changes it."""

from __future__ import annotations

import pytest

from routegraph.synthetic import World, make_world


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(seed=11)
