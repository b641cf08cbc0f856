"""A path is written ``A > B``: no place of a user's own may have an id that would part it."""

from __future__ import annotations

import pandas as pd
import pytest

from routegraph.errors import InputError
from routegraph.places import Gazetteer


def own(place_id):
    row = {"place_id": place_id, "name": "X", "country": "THA", "lat": 10.0, "lon": 100.0, "kind": "city"}
    return Gazetteer.builtin().extended(pd.DataFrame([row]))


def test_an_id_that_holds_the_arrow_of_paths_is_refused():
    with pytest.raises(InputError, match="expected an id without ' > '"):
        own("A > B")


@pytest.mark.parametrize("place_id", ["A>B", "A b; c", "<!--<script> id 12"])
def test_other_odd_ids_are_kept(place_id):
    assert place_id in own(place_id).places.index
