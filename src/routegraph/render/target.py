"""What a render target is: a name, a file name and one function from a Briefing to bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from routegraph.briefing.product import Briefing


@dataclass(frozen=True)
class Target:
    """One product: what people call it, the file it fills, and how it is made.

    ``on_request``: made by ``routegraph export`` and not by every run.
    """

    name: str
    filename: str
    render: Callable[[Briefing], bytes]
    on_request: bool = False

    @property
    def suffix(self) -> str:
        """Return the ending of its file, by which ``routegraph export --to case.kmz`` finds it: ``kmz``."""
        return self.filename.rpartition(".")[2]
