"""`make bench-fanout`: what it costs to tell everybody in a room, beside servers of the same kind in the same run.

The server is on core 0; the load, Postgres and Valkey are on core 1. ``--seconds`` is the length of one step (a rate is
raised step by step until the slowest hundredth takes more than 100 ms or frames go missing), ``--only 5,1000,stuck``
runs some sections and ``--contestants matinee,node`` some servers.
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench import fanout_servers as servers  # noqa: E402 - the line above finds them
from tests.bench.fanout_measure import measure  # noqa: E402
from tests.bench.fanout_servers import Contestant, Layout, Matinee  # noqa: E402
from tests.bench.fanout_stuck import stuck_rows  # noqa: E402
from tests.bench.fanout_table import Table, rows  # noqa: E402
from tests.bench.streaming_box import Box, Child, engine_box  # noqa: E402

LAYOUTS = {
    "5": Layout(200, 5),
    "10": Layout(100, 10),
    "100": Layout(10, 100),
    "500": Layout(2, 500),
    "1000": Layout(1, 1000),
}


def contestants(box: Box, child: Child, wanted: set[str]) -> list[Contestant]:
    """Those that can be had on this machine; a server that cannot be installed is said and left out."""
    by_asgi = Matinee(box, child, "tests.bench.fanout_by_asgi:application")
    makers: dict[str, Callable[[], Contestant]] = {
        "matinee": lambda: Contestant("matinee", Matinee(box, child).gather),
        "asgi": lambda: Contestant("by asgi", by_asgi.gather),
        "node": lambda: Contestant("node ws", servers.node_ws(box.folder)),
        "stock": lambda: Contestant("stock channels", servers.stock(box), speed=0.1, echoes=True),
        "syncplay": lambda: Contestant("syncplay", servers.syncplay(box), echoes=True),
    }
    found = []
    for name, make in makers.items():
        if name in wanted:
            try:
                found.append(make())
            except (SystemExit, subprocess.CalledProcessError) as error:
                print(f"{name} is left out: {error}", flush=True)
    return found


def layout_rows(table: Table, chosen: list[Contestant], layout: Layout, seconds: float) -> None:
    found = {}
    for contestant in chosen:
        began = time.monotonic()
        try:
            found[contestant.name] = measure(contestant, layout, seconds)
        except (AssertionError, OSError) as error:
            print(f"  {contestant.name}, {layout.name}: {error}", file=sys.stderr, flush=True)
        print(f"  ({contestant.name}: {time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    rows(table, layout, found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--only", default=",".join([*LAYOUTS, "stuck"]))
    parser.add_argument("--contestants", default="matinee,asgi,node,stock,syncplay")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers are cleared away by leaving, not by dying
    os.sched_setaffinity(0, {servers.LOAD_CORE})  # and whatever is started from here, but for the servers
    resource.setrlimit(resource.RLIMIT_NOFILE, (servers.OPEN_FILES, servers.OPEN_FILES))
    print(f"load {os.getloadavg()[0]:.1f} at the start; steps of {options.seconds:g} s")
    with engine_box() as box, servers.box_office(box) as child:
        chosen = contestants(box, child, set(options.contestants.split(",")))
        table = Table([contestant.name for contestant in chosen])
        wanted = options.only.split(",")
        for name in [name for name in LAYOUTS if name in wanted]:
            layout_rows(table, chosen, LAYOUTS[name], options.seconds)
        if "stuck" in wanted:
            stuck_rows(table, Matinee(box, child))


if __name__ == "__main__":
    main()
