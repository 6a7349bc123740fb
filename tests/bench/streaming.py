"""`make bench-streaming`: one table of what the engine costs and how fast people see a picture, with goals and ratios.

`--only cpu,times` runs some sections. Whatever is compared with a bare tool is measured beside it in the same run.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.bench import serving, streaming_engine, streaming_line, streaming_viewers  # noqa: E402 - the line above finds them
from tests.bench.streaming_box import engine_box  # noqa: E402
from tests.bench.streaming_cinema import open_cinema  # noqa: E402
from tests.bench.streaming_table import Row, print_head, print_rows  # noqa: E402

Section = Callable[[Any], Iterable[Row]]
ENGINE: dict[str, Section] = {
    "cpu": streaming_engine.ladder_rows,
    "remux": streaming_engine.remux_rows,
    "workers": streaming_engine.worker_rows,
    "quality": streaming_engine.quality_rows,
}
CINEMA: dict[str, Section] = {
    "times": streaming_viewers.times_rows,
    "party": streaming_viewers.party_rows,
    "arrival": streaming_viewers.arrival_rows,
    "line": streaming_line.line_rows,
}

SERVING: dict[str, Section] = {"serving": serving.table_rows}


def run(sections: dict[str, Section], wanted: set[str], opening: Callable[[], AbstractContextManager[Any]]) -> None:
    chosen = {name: section for name, section in sections.items() if name in wanted}
    if not chosen:
        return
    with opening() as place:
        for name, section in chosen.items():
            began = time.monotonic()
            try:
                print_rows(section(place))
            except (AssertionError, PlaywrightError, httpx.HTTPError) as error:  # the other sections still say theirs
                print_rows([Row(name, "failed", note=" ".join(str(error).split())[:300])])
            print(f"  ({name}: {time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)


def main() -> None:
    every = [*ENGINE, *CINEMA, *SERVING]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(every), help=f"some of {', '.join(every)}")
    wanted = set(parser.parse_args().only.split(","))
    if unknown := wanted - set(every):
        parser.error(f"no section is called {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers and films are cleared away by leaving, not by dying
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f} at the start")
    print_head()
    run(ENGINE, wanted, engine_box)
    run(CINEMA, wanted, open_cinema)
    run(SERVING, wanted, nullcontext)


if __name__ == "__main__":
    main()
