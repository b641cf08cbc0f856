"""What the command line shows: tables in columns, an error on one line, steps on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_WIDEST = 160


def one_line(text: str) -> str:
    """Keep an error on one line, whatever stood in the data that it quotes."""
    return "".join(c if c.isprintable() else " " for c in text)


@contextmanager
def shown_progress() -> Iterator[Callable[[str], None]]:
    """Show steps on a terminal; stay quiet in a pipe."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None  # noqa: ARG005
        return
    with console.status("starting", spinner="line") as status:

        def show(step: str) -> None:
            console.print(step, style="dim", markup=False)
            status.update(step)

        yield show


def print_table(table: pd.DataFrame, *, as_json: bool) -> None:
    """Print a table: JSON lines up nothing but is exact, text is for reading."""
    sys.stdout.write(table.to_json(orient="records", indent=1) + "\n" if as_json else in_columns(table))


def _cropped(text: str) -> str:
    """Keep a cell on one line and within a screen; JSON and the files hold all of it."""
    return one_line(text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…")


def in_columns(table: pd.DataFrame) -> str:
    """Lay a table out in columns, left aligned, with control characters of the data made visible as blanks."""
    cells = table.astype(object).where(table.notna(), "").astype(str).map(_cropped)
    wide = {column: max([len(column), *cells[column].str.len()]) for column in cells.columns}
    lines = [[column.ljust(wide[column]) for column in cells.columns]]
    lines += [[cell.ljust(wide[c]) for c, cell in zip(cells.columns, row, strict=True)] for row in cells.to_numpy()]
    return "".join(f"{'  '.join(line).rstrip()}\n" for line in lines)
