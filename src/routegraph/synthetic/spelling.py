"""How reporters write a place: its id, its name, its UN/LOCODE or IATA code, another name; always one place only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from routegraph.places import Gazetteer


class Spellings:
    """The unambiguous texts for some places of a gazetteer.

    A text that could mean two places, such as a border town's name that is also a region's, is never used, so that what
    the records say can be resolved and the truth compared with what an analysis makes of it.
    """

    def __init__(self, gazetteer: Gazetteer, places: pd.Index) -> None:
        known = gazetteer.places.loc[places, ["name", "aliases", "country"]].reset_index(names="place_id")
        names = known.assign(text=known["name"], style="name")
        aliases = known.assign(text=known["aliases"].str.split(";"), style="alias").explode("text")
        long = pd.concat([names, aliases], ignore_index=True)
        long["text"] = long["text"].fillna("").str.strip()
        long = long[(long["text"] != "") & ~long["text"].str.contains("[;>,]")].reset_index(drop=True)
        is_code = long["text"].str.fullmatch("[A-Z]{2}[A-Z2-9]{3}|[A-Z]{3}")
        long["style"] = long["style"].where(~is_code, "code")
        anywhere = gazetteer.resolve_many(long["text"], pd.Series("", index=long.index))["place_id"]
        at_home = gazetteer.resolve_many(long["text"], long["country"])["place_id"]
        sure = long[(anywhere == long["place_id"]) & (at_home == long["place_id"])]
        self._texts = sure.sort_values(["place_id", "style", "text"]).groupby(["style", "place_id"])["text"].first()

    def write(self, places: pd.Series, style: pd.Series) -> pd.Series:
        """Return each place in the asked style; where a place has no such text, its id. Blank stays blank."""
        keys = pd.MultiIndex.from_arrays([style, places])
        found = self._texts.reindex(keys).to_numpy(dtype=object)
        return pd.Series(np.where(pd.isna(found), places.to_numpy(dtype=object), found), index=places.index)
