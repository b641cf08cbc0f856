"""How a corridor's score is made and how firmly it stands, as lines of plain text."""

from __future__ import annotations

from collections.abc import Mapping

from routegraph.corridors.score import WEIGHTS


def score_lines(parts: Mapping[str, float]) -> list[str]:
    """Write the sum out: part x weight / sum of weights, the total, and which parts could not be estimated."""
    if not parts:
        return []
    total = sum(WEIGHTS[name] for name in parts)
    shares = {name: parts[name] * WEIGHTS[name] / total for name in WEIGHTS if name in parts}
    lines = [
        f"{name:<12} {parts[name]:.2f} x {WEIGHTS[name]:>2.0f} / {total:.0f} = {share:.3f}"
        for name, share in shares.items()
    ]
    lines.append(f"{'score':<12} {sum(shares.values()):.3f}")
    left = [name for name in WEIGHTS if name not in parts]
    return [*lines, *([f"Left out, for it could not be estimated: {', '.join(left)}."] if left else [])]


def firm_lines(
    rank: int, low: int, high: int, *, by_weight: Mapping[str, tuple[int, int]], without: Mapping[str, int]
) -> list[str]:
    """Say which ranks it has in trials, which weights move it, and what it would be without each source."""
    if not low:
        return []
    ranks = f"Rank {low}" if low == high else f"Ranks {low} to {high}"
    moved = [
        f"- weight of {name} 20 % less: rank {less}; 20 % more: rank {more}"
        for name, (less, more) in by_weight.items()
        if {less, more} != {rank}
    ]
    still = ["- no weight moves its rank when it is 20 % less or more"] if by_weight else []
    alone = [f"- without what {source} alone reports: rank {found}" for source, found in without.items()]
    return [f"{ranks} of all chains found, in 90 % of trials.", *(moved or still), *alone]


def one_line(text: str) -> str:
    """Keep a line one line, whatever stood in the data that it quotes."""
    return "".join(c if c.isprintable() else " " for c in text)
