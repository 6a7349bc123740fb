"""Rows of `make bench-streaming`: what was measured, the goal, and the bare tool in the same run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``bare`` is the same work by the bare tool (or another comparison), ``note`` how it was measured."""

    name: str
    measured: str
    goal: str = "-"
    is_met: bool | None = None
    bare: str = "-"
    note: str = ""

    @property
    def verdict(self) -> str:
        return {None: "", True: "yes", False: "NO"}[self.is_met]


COLUMNS = (("figure", 46), ("measured", 24), ("goal", 13), ("met", 4), ("bare tool", 24))


def print_head() -> None:
    print("".join(f"{name:<{width}}" for name, width in COLUMNS) + "how", flush=True)


def print_rows(rows: Iterable[Row]) -> None:
    for row in rows:
        cells = (row.name, row.measured, row.goal, row.verdict, row.bare)
        line = "".join(f"{cell:<{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))
        print(line + row.note, flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def times_row(name: str, values_s: Sequence[float], goal_s: float, note: str = "", bare: str = "-") -> Row:
    """p50 and p95 of times; the goal is for p95."""
    if not values_s:
        return Row(name, "not measured", f"p95 <= {goal_s} s", None, note=note)
    middle, high = percentile(values_s, 0.5), percentile(values_s, 0.95)
    measured = f"{middle:.2f} / {high:.2f} s"
    return Row(f"{name}, p50 / p95", measured, f"p95 <= {goal_s} s", high <= goal_s, bare, f"n={len(values_s)} {note}")
