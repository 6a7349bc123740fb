"""`make bench-party`: parties of real Chromium pages on shaped lines, by Matinee's rules and by those of others.

All pages share one machine and therefore one clock, so frames can be compared: each page notes when a frame was shown
(requestVideoFrameCallback) and what time of the film it is. Every page has a shaped line of its own for everything, the
film included (tests/shaping.py). Skew is between those two viewers who are farthest apart at each moment. A stall is of
the element (party_watch.js), so it is as long as it says. The comparisons are the same page, player, film and line,
driven by another product's published rules (party_rivals.js, party_relay.py).
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.bench.party_measure import back_after_ms, skews_ms, together_after_ms
from tests.bench.party_pages import MATINEE, NETWORKS, SAME_ROOM, Party, open_party
from tests.bench.party_relay import open_relay
from tests.bench.streaming_box import Child
from tests.bench.streaming_cinema import settings_of
from tests.bench.streaming_films import pattern_film
from tests.bench.streaming_table import percentile
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.product import READY_LIMIT_S, Person, Product, open_folder, wait_for

FILM_SIZE, FILM_S = "256x144", 600  # one rung, copied: nothing is encoded while it is measured
SETTLE_S = 6
SAME_ROOM_SETTLE_S = 5
STALLS_S = (0.7, 2.0)
BACK_WITHIN_S = 9.0
REST_S, PLAY_S = 1.2, 2.5
SKEW_GOALS_MS = {"40 ms": 40, "4G": 60}
SAME_ROOM_GOAL_MS = 15
DESCRIPTIONS = {"40 ms": "40 +- 10 ms each way", "4G": "60 +- 20 ms each way, 1 % of packets lost"}
NAMES = {
    MATINEE: "Matinee",
    "jellyfin": "Jellyfin on",
    "jellyfin-default": "Jellyfin default",
    "opentogethertube": "OpenTogetherTube",
    "watchparty": "watchparty.me",
}


@dataclass
class Figures:
    """One party by one product's rules on one network."""

    skews_ms: list[float] = field(default_factory=list)
    off_speed: float = 0.0
    seeks: int = 0
    watched_s: float = 0.0
    frames_per_s: float = 0.0
    busy: float = 0.0
    back_ms: dict[float, float | None] = field(default_factory=dict)
    seeks_after: dict[float, int] = field(default_factory=dict)
    pauses_ms: list[float] = field(default_factory=list)
    plays_ms: list[float | None] = field(default_factory=list)


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
    party.forget()
    party.click(actor)
    time.sleep(PLAY_S)
    party.look()
    clicked = party.seats[actor].when("click")[0]
    figures.plays_ms.append(together_after_ms(party.tracks, clicked, clicked + PLAY_S * 1000))


def measure(party: Party, product: str, seconds: float, rounds: int) -> Figures:
    figures = Figures()
    party.begin(product)
    time.sleep(SETTLE_S)
    watch(party, figures, seconds)
    for stall_s in STALLS_S:
        stall(party, figures, stall_s)
    for number in range(rounds):
        command(party, figures, number % len(party.seats))
    return figures


# --- the table ----------------------------------------------------------------------------------------------------


def skew_cell(figures: Figures) -> str:
    if not figures.skews_ms:
        return "no frames"
    return " / ".join(f"{percentile(figures.skews_ms, share):.0f}" for share in (0.5, 0.95, 0.99))


def back_cell(figures: Figures, stall_s: float) -> str:
    back = figures.back_ms.get(stall_s)
    taken = f"> {BACK_WITHIN_S:.0f} s" if back is None else f"{back / 1000:.1f} s"
    return f"{taken}, {figures.seeks_after.get(stall_s, 0)} seeks"


def seeks_cell(figures: Figures) -> str:
    hours = figures.watched_s / 3600
    return f"{figures.seeks / hours:.0f} ({figures.seeks} in {figures.watched_s / 60:.1f} min)"


def times_cell(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.0f} / {percentile(values, 0.95):.0f}" if values else "none"


def plays_cell(figures: Figures) -> str:
    known = [one for one in figures.plays_ms if one is not None]
    missed = len(figures.plays_ms) - len(known)
    return times_cell(known) + (f", {missed} never" if missed else "")


def table(network: str, columns: dict[str, Figures]) -> str:
    rows: list[tuple[str, str, Callable[[Figures], str]]] = [
        ("skew p50 / p95 / p99, ms", f"p95 <= {SKEW_GOALS_MS[network]}", skew_cell),
        ("back within 100 ms after 0.7 s", "<= 8 s, 0 seeks", lambda one: back_cell(one, 0.7)),
        ("back within 100 ms after 2 s", "<= 1 s, 1 seek", lambda one: back_cell(one, 2.0)),
        ("corrective seeks per viewer-hour", "0", seeks_cell),
        ("time off speed", "-", lambda one: f"{one.off_speed:.1%}"),
        ("click to remote pause p50 / p95, ms", "p95 <= 250", lambda one: times_cell(one.pauses_ms)),
        ("click to synchronised play, ms", "p95 <= 400", plays_cell),
        ("frames/s of the slowest page", "30", lambda one: f"{one.frames_per_s:.1f}"),
        ("this machine busy", "-", lambda one: f"{one.busy:.0%}"),
    ]
    lines = [f"{'':<36}{'goal':<17}" + "".join(f"{NAMES[product]:<20}" for product in columns)]
    for name, goal, cell in rows:
        lines.append(f"{name:<36}{goal:<17}" + "".join(f"{cell(one):<20}" for one in columns.values()))
    return "\n".join(lines)


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
        film = pattern_film(folder / "party.mp4", size=FILM_SIZE, seconds=FILM_S, is_copyable=True, kbps=300)
        film.chmod(0o644)
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
                found[network][product] = measure(party, product, options.seconds, options.rounds)
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
