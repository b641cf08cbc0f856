"""Who reports in the invented world: how completely, how graded, under which marking, in whose spelling."""

from __future__ import annotations

import numpy as np
import pandas as pd

DIGEST = "SYNTHETIC regional digest"
LIAISON = "SYNTHETIC liaison office Z"
_SPELLINGS = ("id", "name", "code", "alias")


def make_sources(countries: list[str], *, rng: np.random.Generator) -> pd.DataFrame:
    """Return the reporting bodies: two a country, a regional digest, and a liaison office.

    Parameters
    ----------
    countries
        ISO3 codes, in any order.

    Returns
    -------
    pandas.DataFrame
        Indexed by source (each begins with ``SYNTHETIC``): code, country ('' for the two regional ones), origin_known,
        via_known, destination_known (chances that a field is reported, Beta), spelling, source_grade, tlp.
    """
    ordered = sorted(set(countries))
    letters = [chr(ord("A") + i) for i in range(len(ordered))]
    names = [f"SYNTHETIC {body} {letter}" for letter in letters for body in ("customs", "police")]
    codes = [f"{letter}{body}" for letter in letters for body in ("C", "P")]
    owner = [country for country in ordered for _ in range(2)]
    names, codes, owner = [*names, DIGEST, LIAISON], [*codes, "RD", "LZ"], [*owner, "", ""]
    n = len(names)
    table = pd.DataFrame(
        {
            "code": codes,
            "country": owner,
            "origin_known": rng.beta(6, 3, n),
            "via_known": rng.beta(6, 3, n),
            "destination_known": rng.beta(4, 4, n),
            "spelling": rng.choice(_SPELLINGS, n, p=[0.45, 0.30, 0.15, 0.10]),
            "source_grade": rng.choice(["A", "B", "C", "D", "F"], n, p=[0.15, 0.4, 0.3, 0.1, 0.05]),
            "tlp": rng.choice(["CLEAR", "GREEN", "AMBER"], n, p=[0.2, 0.5, 0.3]),
        },
        index=pd.Index(names, name="source"),
    )
    # The liaison office writes long reports: what it alone knows of a corridor is well described.
    table.loc[LIAISON, ["origin_known", "via_known", "destination_known"]] = [0.85, 0.8, 0.6]
    return table
