"""The Corridor: a chain of legs whose consignments travel together, with its reasons and its records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from routegraph.corridors.branches import Branch
from routegraph.corridors.story import firm_lines, one_line, score_lines


@dataclass(frozen=True)
class Corridor:
    """A flagged corridor, ready for one row of ``corridors.csv``.

    Attributes
    ----------
    rank
        1 is the most notable.
    corridor_id
        ``C-`` and a digest of the path: the same path has the same id in every run.
    path
        Place ids in order of travel, at least three.
    countries
        ISO3 in order of travel, neighbours that are equal once.
    borders_crossed
        Borders that count (see ``RouteGraph.border``) along the path.
    modes
        Of the routes that carry it, joined by ``; ``.
    commodity
        What its records say was seized: the common dotted prefix, one for each family, joined by ``; ``.
    score
        0-1; the weighted mean of ``parts`` (see :mod:`routegraph.corridors.score`).
    flow_mean, flow_p05, flow_p95
        Consignments that travelled at least half of it together over the whole period, with a 90 % credible interval.
    surprise
        log2(flow / expected); NaN where the estimator gives no expected flow.
    p_top
        Probability of being among the top by flow (20; a tenth where fewer than 200) of the corridors flagged with it.
    tier
        ``1``: its score cannot be told from the first one's at 90 %, as flow is drawn anew, each weight moves by 20 %
        and the sources with most events are left out in turn; ``2``: nor from the first below those; and so on.
    verdict
        Empty where the estimator cannot tell.
    reasons
        Plain sentences, each with its numbers.
    seizures
        Events of its records.
    quantity_seized, unit
        Of its records, as text: one number, or numbers aligned with the kinds in ``unit``; kinds are never added.
    n_records, record_ids
        The records that travelled at least half of it, sorted.
    tlp
        Most restrictive marking on any leg of its routes.
    parts
        Name -> value (0-1); a part that cannot be estimated is absent.
    step_status
        Of each step: travelled where a record travelled and reported it, else inferred, else intended.
    rank_p05, rank_p95
        90 % interval of the rank among all chains found, over the same trials as ``tier``.
    by_weight
        Part -> ranks (among all chains found) with its weight 20 % less, and 20 % more.
    without
        Source -> rank without what it alone reports; sources that report nothing of it alone are left out.
    branches
        Where other traffic joins and leaves it.
    core
        The path of routes that it is named by; all of ``path`` where it did not grow beyond their ends.
    """

    rank: int
    corridor_id: str
    path: tuple[str, ...]
    countries: tuple[str, ...]
    borders_crossed: int
    modes: str
    commodity: str
    score: float
    flow_mean: float
    flow_p05: float
    flow_p95: float
    surprise: float
    p_top: float
    tier: str
    verdict: str
    reasons: tuple[str, ...]
    seizures: int
    quantity_seized: str
    unit: str
    n_records: int
    record_ids: tuple[str, ...]
    tlp: str
    parts: Mapping[str, float] = field(default_factory=dict)
    step_status: tuple[str, ...] = ()
    rank_p05: int = 0
    rank_p95: int = 0
    by_weight: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    without: Mapping[str, int] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()
    core: tuple[str, ...] = ()

    def explain(self) -> str:
        """Return the whole story as plain text: path, records, why it is flagged, the score as a sum, how firm it is.

        Places are ids here; ``routegraph explain RUN CORRIDOR_ID`` tells the same with names, flow and detection at
        each step, and what the run cannot tell.
        """
        firm = firm_lines(self.rank, self.rank_p05, self.rank_p95, by_weight=self.by_weight, without=self.without)
        head = f"{self.corridor_id}: {' > '.join(self.path)}"
        stands = f"Rank {self.rank}, tier {self.tier or 'not estimated'}, verdict {self.verdict or 'none'}, "
        stands += f"score {self.score:.2f}; marking {self.tlp}."
        steps = [f"{k + 1}. {a} > {b}: {status}" for k, (a, b, status) in enumerate(self._steps())]
        ids = f"Records: {', '.join(self.record_ids)}" if self.record_ids else "Records: none"
        blocks = [
            [head, stands], steps, [f"- {one}" for one in self.reasons], score_lines(self.parts), firm, [ids],
        ]  # fmt: skip
        return "\n\n".join("\n".join(map(one_line, block)) for block in blocks if block) + "\n"

    def _steps(self) -> list[tuple[str, str, str]]:
        status = self.step_status or ("",) * (len(self.path) - 1)
        return [(*leg, one) for leg, one in zip(pairwise(self.path), status, strict=True)]

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.explain())}</pre>"


def corridor_id(path: Sequence[str]) -> str:
    """Return the stable id of a path: ``C-`` and ten hexadecimal digits.

    Examples
    --------
    >>> corridor_id(("THA", "MYS", "SGP")) == corridor_id(["THA", "MYS", "SGP"])
    True
    >>> len(corridor_id(("THA", "MYS", "SGP")))
    12
    """
    return "C-" + hashlib.blake2b("\x1f".join(path).encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
