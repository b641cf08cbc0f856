"""What the invented consignments hold: commodity, how much and in which unit, what it is said to be worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

# goods, commodity, share within the goods, median quantity, spread of its logarithm, unit, USD per unit (all invented)
_ROWS = [
    ("firearms", "arms.firearm.pistol", 0.44, 6.0, 1.0, "piece", 450.0),
    ("firearms", "arms.firearm.revolver", 0.12, 4.0, 0.9, "piece", 380.0),
    ("firearms", "arms.firearm.rifle.assault", 0.20, 5.0, 1.1, "piece", 900.0),
    ("firearms", "arms.firearm.rifle", 0.06, 4.0, 1.0, "piece", 700.0),
    ("firearms", "arms.firearm.shotgun", 0.10, 3.0, 0.8, "piece", 400.0),
    ("firearms", "arms.firearm.submachine_gun", 0.08, 3.0, 0.8, "piece", 1200.0),
    ("ammunition", "arms.ammunition.cartridge", 0.6, 900.0, 1.5, "round", 0.6),
    ("ammunition", "arms.ammunition.cartridge.rifle", 0.4, 1500.0, 1.3, "round", 0.8),
    ("parts", "arms.parts", 0.6, 20.0, 1.2, "piece", 60.0),
    ("parts", "arms.parts.magazine", 0.4, 30.0, 1.0, "piece", 25.0),
    ("explosives", "arms.explosive.commercial", 0.8, 15.0, 1.0, "kg", 30.0),
    ("explosives", "arms.explosive.initiator", 0.2, 80.0, 1.0, "piece", 4.0),
    ("drugs", "drugs.ats.methamphetamine.crystal", 0.65, 9.0, 1.3, "kg", 8000.0),
    ("drugs", "drugs.heroin", 0.35, 4.0, 1.1, "kg", 20000.0),
]
GOODS = pd.DataFrame(_ROWS, columns=["goods", "commodity", "share", "median", "spread", "unit", "usd"])


def draw_goods(goods: pd.Series, *, rng: np.random.Generator) -> pd.DataFrame:
    """Draw commodity, quantity, unit and value for each consignment of a kind of goods.

    Pieces and rounds are whole numbers of at least 1; masses have one decimal and at least 0.1 kg. The value is
    stated for about a third of the consignments.
    """
    pick = rng.random(len(goods))
    chosen = np.zeros(len(goods), dtype=int)
    for kind, table in GOODS.groupby("goods"):
        mine = (goods == kind).to_numpy()
        edges = np.cumsum(table["share"].to_numpy())[:-1]
        chosen[mine] = table.index.to_numpy()[np.searchsorted(edges, pick[mine], side="right")]
    row = GOODS.loc[chosen].reset_index(drop=True)
    amount = row["median"].to_numpy() * np.exp(row["spread"].to_numpy() * rng.normal(size=len(row)))
    whole = row["unit"].isin(["piece", "round"]).to_numpy()
    quantity = np.where(whole, np.maximum(np.rint(amount), 1.0), np.maximum(amount.round(1), 0.1))
    worth = (quantity * row["usd"].to_numpy() * rng.lognormal(0.0, 0.3, len(row))).round(-1)
    stated = rng.random(len(row)) < 0.35
    return pd.DataFrame(
        {
            "commodity": row["commodity"].to_numpy(),
            "quantity": quantity,
            "unit": row["unit"].to_numpy(),
            "value_usd": np.where(stated, np.maximum(worth, 10.0), np.nan),
        },
        index=goods.index,
    )
