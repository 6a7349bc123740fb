"""The table of `make bench-fanout`: a column for each server, and the goal of ours."""

from tests.bench.fanout_measure import Found
from tests.bench.fanout_servers import Layout

LEVEL_FROM = 500  # members from which Node has to be reached; below, twice its cost is allowed
CPU_GOALS_US = {100: 40.0, 1000: 20.0}
IDLE_GOAL_KIB = 35.0


class Table:
    def __init__(self, names: list[str]) -> None:
        self.names = names
        self._line("figure", [*names], "goal", "met")

    def row(self, figure: str, cells: list[str], goal: str = "-", is_met: bool | None = None) -> None:
        self._line(figure, cells, goal, {None: "", True: "yes", False: "NO"}[is_met])

    def _line(self, figure: str, cells: list[str], goal: str, met: str) -> None:
        columns = [*cells, *["-"] * (len(self.names) - len(cells))]
        print(f"{figure:<44}" + "".join(f"{cell:>17}" for cell in columns) + f"   {goal:<26}{met}", flush=True)


def rows(table: Table, layout: Layout, found: dict[str, Found]) -> None:
    names = table.names
    ours, node = found.get("matinee"), found.get("node ws")
    is_level = layout.size >= LEVEL_FROM
    times = 1 if is_level else 2
    cpu = {name: f"{item.steady.cpu_us:.1f} us" for name, item in found.items()}
    wanted = CPU_GOALS_US.get(layout.size)
    goals = [f"<= {wanted:.0f} us"] if wanted else []
    met = [ours.steady.cpu_us <= wanted] if ours and wanted else []
    if ours and node:
        goals.append("<= node" if is_level else "<= 2x node")
        met.append(ours.steady.cpu_us <= times * node.steady.cpu_us)
    table.row(f"CPU per delivery, {layout.name}", [cpu.get(name, "-") for name in names], ", ".join(goals) or "-",
              all(met) if met else None)  # fmt: skip
    if ours and node and (both := ours.held.keys() & node.held.keys()):
        _beside_node(table, max(both), found)
    speeds = {name: _speed(item) for name, item in found.items()}
    held = {name: item.best.delivered_per_s if item.best else 0.0 for name, item in found.items()}
    table.row(
        "  deliveries/s at p99 <= 100 ms",
        [speeds.get(name, "-") for name in names],
        ("-" if not (ours and node) else ">= node" if is_level else ">= node / 2"),
        held["matinee"] * times >= held["node ws"] if ours and node else None,
    )
    memory = {name: f"{item.idle_kib:.0f} KiB" for name, item in found.items()}
    table.row("  memory per viewer", [memory.get(name, "-") for name in names], f"<= {IDLE_GOAL_KIB:.0f} KiB",
              ours.idle_kib <= IDLE_GOAL_KIB if ours else None)  # fmt: skip
    accepted = {name: f"{item.accepted_per_s:.0f}" for name, item in found.items()}
    table.row("  viewers let in per second", [accepted.get(name, "-") for name in names])


def _beside_node(table: Table, rate: int, found: dict[str, Found]) -> None:
    """At a rate at which delivering is nearly all that a server does: ours also pings and repeats who is there.

    How much it can deliver at all is judged by the next row.
    """
    cpu = {name: item.held[rate].cpu_us for name, item in found.items() if rate in item.held}
    ratio = cpu["matinee"] / cpu["node ws"]
    table.row(
        f"  at {rate:,}/s, which both held ({ratio:.2f}x node)",
        [f"{cpu[name]:.1f} us" if name in cpu else "-" for name in table.names],
    )


def _speed(found: Found) -> str:
    if found.best is None:
        return f"0 ({found.limit})"
    return f"{found.best.delivered_per_s:,.0f}" + (f" ({found.limit})" if found.limit in {"load", "refused"} else "")
