"""The player on slow lines: rebuffer ratio, the rungs it asked for and the rungs it showed."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.bench.streaming_cinema import Cinema
from tests.bench.streaming_films import large_film
from tests.bench.streaming_table import Row
from tests.e2e import pages
from tests.e2e.watching import Watched, rungs_asked, start_watching, stop_watching
from tests.shaping import SlowLine

FILM_S, FILM_KBPS = 180, 4000
# name, bits a second (0: not shaped), where it is opened, seconds watched, goal for the rebuffer ratio
LINES = (
    ("LAN", 0, 0.0, 30, 0.002),
    ("3 Mbit/s", 3_000_000, 0.0, 60, 0.005),
    ("256 kbit/s", 256_000, 0.0, 90, 0.05),
)
RESUMED = (("LAN, from 29.6 s on", 0, 29.6, 30, 0.002), ("3 Mbit/s, from 29.6 s on", 3_000_000, 29.6, 60, 0.005))


def line_rows(cinema: Cinema) -> list[Row]:
    """Who goes on with a film does it with one of which nothing but the copy has been watched before."""
    rows = []
    for number, lines in enumerate((LINES, RESUMED)):
        film = cinema.films / f"line-{number}.mkv"
        title, _ = cinema.show(large_film(film, size="1280x720", seconds=FILM_S, is_copyable=True, kbps=FILM_KBPS))
        rows += [row_of(cinema, title, *line) for line in lines]
    return rows


def row_of(cinema: Cinema, title: str, name: str, rate_bps: int, start_s: float, seconds: int, goal: float) -> Row:
    """The ratio counts from the film's first move; how long that took stands beside it."""
    cinema.leave_off(title, start_s)
    with SlowLine(cinema.product.port) as line, stranger(cinema, line.url) as page:
        page.goto(f"/title/{title}")
        page.get_by_test_id("play").first.wait_for()
        line.rate_bps = rate_bps
        seen = watch(page, seconds)
        asked = rungs_asked(line.requests)
    return Row(
        f"rebuffer ratio, {name}",
        f"{seen.rebuffer_ratio:.2%}",
        f"<= {goal:.1%}",
        seen.rebuffer_ratio <= goal,
        note=f"moved after {seconds - seen.wall_s:.0f} s; {seen}; asked {asked}",
    )


def watch(page: Page, seconds: int) -> Watched:
    page.get_by_test_id("play").first.click()
    start_watching(page)
    page.wait_for_timeout(seconds * 1000)
    return stop_watching(page)


@contextmanager
def stranger(cinema: Cinema, url: str) -> Iterator[Page]:
    """A browser that has never measured a line, behind ``url``."""
    browser: Browser | None = cinema.page.context.browser
    assert browser is not None
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    pages.sign_in(page, cinema.operator)
    yield page
    page.goto("/")
    page.wait_for_load_state("networkidle")  # a player that is left says where it was
    context.close()
