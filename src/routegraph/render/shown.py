"""What stands around a picture of a result: names of places, the marking, and what its numbers are of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from routegraph.render.plain_text import visible

if TYPE_CHECKING:
    from routegraph.analysis import LegScores, Partition, PlaceScores
    from routegraph.briefing import Briefing
    from routegraph.corridors import Corridor
    from routegraph.flows import FlowPosterior
    from routegraph.network import RouteGraph

LONGEST_NAME = 28


@runtime_checkable
class Case(Protocol):
    """What is read of a run: :class:`routegraph.Result` is one; this room may not import it."""

    @property
    def graph(self) -> RouteGraph: ...  # noqa: D102
    @property
    def posterior(self) -> FlowPosterior: ...  # noqa: D102
    @property
    def reported(self) -> RouteGraph: ...  # noqa: D102
    @property
    def scores(self) -> Mapping[str, PlaceScores | LegScores]: ...  # noqa: D102
    @property
    def partition(self) -> Partition: ...  # noqa: D102
    @property
    def corridors(self) -> tuple[Corridor, ...]: ...  # noqa: D102
    @property
    def briefing(self) -> Briefing: ...  # noqa: D102


@dataclass(frozen=True)
class Around:
    """What is known beside the result itself; each part may be missing, and a picture then says so.

    Attributes
    ----------
    graph
        Names and positions of places.
    posterior
        Whether detection was corrected for and levels are told.
    marking
        The line that every product carries; '' where no briefing was given.
    synthetic
        Whether any record is invented.
    """

    graph: RouteGraph | None = None
    posterior: FlowPosterior | None = None
    marking: str = ""
    synthetic: bool = False

    @classmethod
    def of(cls, case: Case | None, *, graph: RouteGraph | None) -> Around:
        """Return what a run says, with another graph's names where one is given."""
        if case is None:
            return cls(graph)
        briefing = case.briefing
        return cls(graph or case.graph, case.posterior, briefing.marking.text, briefing.synthetic)

    @cached_property
    def _names(self) -> dict[str, str]:
        """Return a name for each place id, with the country where a name is not the only one of its kind."""
        if self.graph is None:
            return {}
        places = self.graph.places
        name = places["name"].where(places["name"] != "", places.index.to_series())
        twice = name.duplicated(keep=False) & (places["country"] != "")
        name = name.where(~twice, name + " (" + places["country"] + ")")
        return dict(zip(places.index, name, strict=True))

    def name(self, place: str, *, most: int = LONGEST_NAME) -> str:
        """Return a place's name on one line, nothing hidden in it, or its id where no name is known."""
        return visible(" ".join(str(self._names.get(place, place)).split()), most=most)

    def way(self, path: tuple[str, ...], *, most: int = LONGEST_NAME) -> str:
        """Return the names of places in order of travel."""
        return " > ".join(self.name(place, most=most) for place in path)

    @property
    def measured(self) -> str:
        """Return what the numbers are of, in a sentence: no picture shows a count as if it were flow."""
        if self.posterior is None:
            return "Seizures are not flow; whether detection was corrected for is not known here"
        if not self.posterior.detection_corrected:
            return "Reported counts, not corrected for detection: seizures are not flow"
        if not self.posterior.levels_told:
            return "Estimated flow, corrected for detection; these data cannot tell how many: read ranks, not numbers"
        return "Estimated flow, corrected for detection"

    @property
    def handling(self) -> str:
        """Return the marking and the word for invented data; where it is not known, how to have it shown."""
        said = [self.marking or "No marking known here: give case=result to show it"]
        if self.synthetic:
            said.append("SYNTHETIC DATA: invented records that describe no real traffic")
        return " | ".join(said)
