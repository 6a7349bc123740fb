"""Real Chromium pages in one room, each on a shaped line of its own, and what happens to them in `make bench-party`."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, Page

from tests import shaping
from tests.bench.party_measure import Track
from tests.bench.party_relay import FROM_S
from tests.bench.streaming_films import SOUND, run_ffmpeg
from tests.e2e import pages
from tests.product import Person, Product, wait_for
from tests.shaping import SlowLine

HERE = Path(__file__).parent
SCRIPTS = (HERE / "party_watch.js", HERE / "party_rivals.js")
VIEWPORT = {"width": 480, "height": 270}  # small, as the film is: a few cores decode and paint all of them
SAME_ROOM = "localStorage.setItem('matinee.sync', JSON.stringify({isSameRoom: true, outputDelayMs: 0}))"
NETWORKS = {
    "40 ms": shaping.Path(delay_s=0.040, jitter_s=0.010),
    "4G": shaping.Path(delay_s=0.060, jitter_s=0.020, loss=0.01),
}
OPEN_LIMIT_S = 60  # eight pages open beside seven that play
PART_S, PARTS = 10, 60
PRESS_EVERY_S = 3  # a command is answered by then, so nobody presses pause
PRESS_PLAY = """() => {
  const isPlaying = window.__matinee.timeline().playing;
  if (!isPlaying) document.querySelector('[data-testid=toggle-play]').click();
  return isPlaying;
}"""
DUE = """() => {
  if (window.rival.isDriving()) return null;
  const { playing, cause, at_ms } = window.__matinee.timeline();
  return !playing && cause === 'pause' ? at_ms : null;
}"""
REST_S = 2  # until every page shows the picture that it rests at
LEARN_CLOCK_S = 5  # clock probes, the product's and a rival's own
MATINEE = "matinee"


def party_film(folder: Path) -> Path:
    """Ten minutes of 24 frames/s at 256x144: one rung, copied, so nothing is encoded while it is measured."""
    part, film = folder / "part.mp4", folder / "party.mp4"
    run_ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=256x144:rate=24:duration={PART_S}", "-c:v", "libx264",
               "-preset", "veryfast", "-g", "72", "-pix_fmt", "yuv420p", "-b:v", "300k", str(part))  # fmt: skip
    sound = SOUND.format(PART_S * PARTS)
    run_ffmpeg("-stream_loop", str(PARTS - 1), "-i", str(part), "-f", "lavfi", "-i", sound,
               "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", str(film))  # fmt: skip
    film.chmod(0o644)
    return film


@dataclass
class Seat:
    """A page, its two lines, and all that was seen of it since the last look."""

    page: Page
    line: SlowLine
    relay: SlowLine
    track: Track = field(default_factory=Track)
    events: list[tuple[float, str]] = field(default_factory=list)
    played: int = 0
    off_speed: int = 0

    def look(self) -> None:
        notes: dict[str, Any] = self.page.evaluate("() => window.bench.take()")
        self.track.add(notes["frames"])
        self.events += [(at, kind) for at, kind in notes["events"]]
        self.played += notes["played"]
        self.off_speed += notes["offSpeed"]

    def forget(self) -> None:
        self.look()
        self.track, self.events, self.played, self.off_speed = Track(), [], 0, 0

    def when(self, kind: str, since: float = 0) -> list[float]:
        return [at for at, happened in self.events if happened == kind and at >= since]


@dataclass
class Party:
    seats: list[Seat]
    product: str = MATINEE

    @property
    def tracks(self) -> list[Track]:
        return [seat.track for seat in self.seats]

    def shape(self, path: shaping.Path) -> None:
        """Another network, which a browser tells its page, so that the page learns the clock anew."""
        for seat in self.seats:
            seat.line.path = seat.relay.path = path
            seat.page.evaluate("() => window.dispatchEvent(new Event('online'))")
        time.sleep(LEARN_CLOCK_S)

    def begin(self, product: str) -> None:
        """Everybody at rest at the beginning; then the first one's click starts the film."""
        self.product = product
        if product == MATINEE:
            self._rest_in_matinee()
        else:
            room = uuid4().hex
            for seat in self.seats:
                address = f"ws://localhost:{seat.relay.port}/{product}/{room}"
                seat.page.evaluate("given => window.rival.drive(...given)", [product, address, FROM_S])
            time.sleep(LEARN_CLOCK_S)
        self.click(0)

    def _rest_in_matinee(self) -> None:
        host = self.seats[0].page
        if host.evaluate("() => window.__matinee.timeline().playing"):
            self.click(0)
            host.wait_for_function("() => !window.__matinee.timeline().playing")
        host.keyboard.press("Home")
        host.wait_for_function("() => window.__matinee.timeline().position_ms === 0")
        time.sleep(REST_S)

    def click(self, index: int) -> None:
        self.seats[index].page.evaluate("() => window.bench.click()")

    def dues_ms(self) -> list[float]:
        """When the pause takes effect that the room rests by, as the product told it; other rules name no moment."""
        due = self.seats[0].page.evaluate(DUE)
        return [] if due is None else [due]

    def stall(self, index: int, seconds: float) -> None:
        self.seats[index].page.evaluate("ms => window.bench.stall(ms)", seconds * 1000)

    def look(self) -> None:
        for seat in self.seats:
            seat.look()

    def forget(self) -> None:
        for seat in self.seats:
            seat.forget()


@contextmanager
def open_party(
    browser: Browser, product: Product, host: Person, title: str, relay_port: int, *, count: int, scripts: Sequence[str]
) -> Iterator[Party]:
    """A fresh room with ``count`` pages; ``scripts`` run before each page's own."""
    with ExitStack() as stack:

        def open_seat() -> Seat:
            line = stack.enter_context(SlowLine(product.port))
            relay = stack.enter_context(SlowLine(relay_port))
            context = browser.new_context(base_url=line.url, viewport=VIEWPORT, bypass_csp=True)
            stack.callback(context.close)
            context.set_default_timeout(OPEN_LIMIT_S * 1000)
            for script in scripts:
                context.add_init_script(script)
            for path in SCRIPTS:
                context.add_init_script(path=path)
            return Seat(context.new_page(), line, relay)

        seats: list[Seat] = []
        link = ""
        for number in range(count):
            seats.append(seat := open_seat())
            if link:
                join_room(seat.page, link, f"Guest {number}")
            else:
                link = start_room(seat.page, host, title)
            pages.wait_until_playing(seat.page, limit_s=OPEN_LIMIT_S)
            seat.page.evaluate("() => window.bench.watch()")
        yield Party(seats)


def join_room(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_test_id("guest-name").fill(name)
    page.get_by_test_id("join").click()


def start_room(page: Page, host: Person, title: str) -> str:
    """The path of the invite."""
    pages.sign_in(page, host)
    page.goto(f"/title/{title}")
    page.get_by_test_id("start-party").click()
    page.wait_for_url("**/room/*")
    link = page.get_by_test_id("invite-link").input_value()
    page.keyboard.press("Escape")
    wait_for("the film to be loaded", lambda: pages.film(page).get("ready", 0) >= 2, limit_s=OPEN_LIMIT_S)
    wait_for("the room to play", lambda: page.evaluate(PRESS_PLAY), limit_s=OPEN_LIMIT_S, every_s=PRESS_EVERY_S)
    return "/" + link.split("/", 3)[3]
