"""`make bench-party`: parties of real Chromium pages on shaped lines, by Matinee's rules and by those of others.

All pages share one machine and therefore one clock, so frames can be compared: each page notes when a frame was shown
(requestVideoFrameCallback) and what time of the film it is. Every page has a shaped line of its own for everything, the
film included (tests/shaping.py). Skew is between those two viewers who are farthest apart at each moment. A stall is of
the element (party_watch.js), so it is as long as it says. The comparisons are the same page, player, film and line,
driven by another product's published rules (party_rivals.js, party_relay.py). A pause is due at a moment that the
product names; what comes after it is what the page and this machine, which carries all pages, need to carry it out.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.bench.party_measure import back_after_ms, skews_ms, together_after_ms
from tests.bench.party_pages import MATINEE, NETWORKS, SAME_ROOM, Party, open_party, party_film
from tests.bench.party_relay import open_relay
from tests.bench.party_table import BACK_WITHIN_S, DESCRIPTIONS, NAMES, SAME_ROOM_GOAL_MS, Figures, skew_cell, table
from tests.bench.streaming_box import Child
from tests.bench.streaming_cinema import settings_of
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.product import READY_LIMIT_S, Person, Product, open_folder, wait_for

SETTLE_S = 6
SAME_ROOM_SETTLE_S = 5
STALLS_S = (0.7, 2.0)
REST_S, PLAY_S = 1.2, 3.5


def cpu_ticks() -> tuple[int, int]:
    """(busy, all) of this machine since its start."""
    ticks = [int(one) for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def watch(party: Party, figures: Figures, seconds: float) -> None:
    """Nothing happens: how far apart are they, and what does it cost?"""
    busy, total = cpu_ticks()
    party.forget()
    since = time.time() * 1000
    time.sleep(seconds)
    until = time.time() * 1000
    time.sleep(0.3)
    party.look()
    busy, total = cpu_ticks()[0] - busy, cpu_ticks()[1] - total
    figures.busy = busy / total
    figures.skews_ms = skews_ms(party.tracks, since, until)
    figures.off_speed = sum(seat.off_speed for seat in party.seats) / max(1, sum(seat.played for seat in party.seats))
    figures.seeks = sum(len(seat.when("seeking")) for seat in party.seats)
    figures.watched_s = seconds * len(party.seats)
    figures.frames_per_s = min(len(seat.track.times) for seat in party.seats) / seconds


def stall(party: Party, figures: Figures, stall_s: float) -> None:
    """The last one's film stands still for a while, as in a dead spot of its network."""
    party.forget()
    party.stall(-1, stall_s)
    time.sleep(stall_s + BACK_WITHIN_S)
    party.look()
    seat, others = party.seats[-1], [one.track for one in party.seats[:-1]]
    since = seat.when("stalled")[0]
    figures.back_ms[stall_s] = back_after_ms(seat.track, others, since, since + BACK_WITHIN_S * 1000)
    figures.seeks_after[stall_s] = len(seat.when("seeking"))


def command(party: Party, figures: Figures, actor: int) -> None:
    """A click on one page: when do the others rest, and after the next one, when do all run together?"""
    party.forget()
    party.click(actor)
    time.sleep(REST_S)
    party.look()
    clicked = party.seats[actor].when("click")[0]
    others = [seat for index, seat in enumerate(party.seats) if index != actor]
    figures.pauses_ms += [seat.when("pause", clicked)[0] - clicked for seat in others if seat.when("pause", clicked)]
    figures.dues_ms += [due - clicked for due in party.dues_ms() if due > clicked]
    party.forget()
    party.click(actor)
    time.sleep(PLAY_S)
    party.look()
    clicked = party.seats[actor].when("click")[0]
    figures.plays_ms.append(together_after_ms(party.tracks, clicked, clicked + PLAY_S * 1000))


def measure(party: Party, product: str, figures: Figures, seconds: float, rounds: int) -> None:
    party.begin(product)
    time.sleep(SETTLE_S)
    watch(party, figures, seconds)
    for stall_s in STALLS_S:
        stall(party, figures, stall_s)
    for number in range(rounds):
        command(party, figures, number % len(party.seats))


# --- the runs -----------------------------------------------------------------------------------------------------


@dataclass
class Bench:
    browser: Browser
    product: Product
    host: Person
    title: str
    relay_port: int

    def open(self, count: int, *scripts: str) -> AbstractContextManager[Party]:
        return open_party(
            self.browser, self.product, self.host, self.title, self.relay_port, count=count, scripts=scripts
        )


@contextmanager
def open_bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder("matinee-bench-"))
        product = Product(folder / "data", env={"AUTH_HOME_CALLS_PER_HOUR": "100000"})
        stack.callback(product.stop)
        product.start()
        host = Person.operator(product)
        back_door = stack.enter_context(Child(settings_of(product), folder / "child.log"))
        film = party_film(folder)
        title = back_door.ask("add", name=film.stem, path=str(film))["title"]
        wait_for("the film", lambda: host.http.post(f"titles/{title}/play", json={}).is_success, limit_s=READY_LIMIT_S)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        stack.callback(browser.close)
        yield Bench(browser, product, host, title, stack.enter_context(open_relay()))


def run_party(bench: Bench, count: int, options: argparse.Namespace) -> None:
    """Matinee comes first: once another rule drives the film, the product has let go of it."""
    networks, products = options.networks.split(","), options.products.split(",")
    found: dict[str, dict[str, Figures]] = {network: {} for network in networks}
    with bench.open(count) as party:
        for product in sorted(products, key=list(NAMES).index):
            for network in networks:
                party.shape(NETWORKS[network])
                found[network][product] = figures = Figures()
                try:
                    measure(party, product, figures, options.seconds, options.rounds)
                except (AssertionError, PlaywrightError) as error:  # the other columns still say theirs
                    print(f"{NAMES[product]}, {DESCRIPTIONS[network]}: {error}", file=sys.stderr, flush=True)
    for network, columns in found.items():
        print(f"\n{count} pages, {DESCRIPTIONS[network]}\n{table(network, columns)}", flush=True)


def run_same_room(bench: Bench, seconds: float) -> None:
    figures = Figures()
    with bench.open(2, SAME_ROOM) as party:
        party.shape(NETWORKS["40 ms"])
        party.begin(MATINEE)
        time.sleep(SAME_ROOM_SETTLE_S)
        watch(party, figures, seconds)
    print(f"\n2 pages in the same room, {DESCRIPTIONS['40 ms']}, {SAME_ROOM_SETTLE_S} s after the start")
    print(f"{'skew p50 / p95 / p99, ms':<36}{f'p95 <= {SAME_ROOM_GOAL_MS}':<17}{skew_cell(figures)}")
    print(f"{'time off speed':<36}{'-':<17}{figures.off_speed:.1%}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", default="2,4,8")
    parser.add_argument("--networks", default=",".join(NETWORKS))
    parser.add_argument("--products", default=",".join(NAMES))
    parser.add_argument("--seconds", type=float, default=20, help="of watching, for the skew")
    parser.add_argument("--rounds", type=int, default=4, help="of a pause and a play")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server is stopped by leaving, not by dying
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} at the start", flush=True)
    with open_bench() as bench:
        for count in options.pages.split(","):
            run_party(bench, int(count), options)
        if MATINEE in options.products.split(","):
            run_same_room(bench, options.seconds)


if __name__ == "__main__":
    main()
