"""The player in Chromium on a line that gets worse and better: quality follows it down and up, nothing breaks."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.bench.streaming_films import large_film
from tests.e2e import pages
from tests.e2e.watching import rungs_asked, start_watching, stop_watching
from tests.product import READY_LIMIT_S, TEST_LIMIT_S, Person, Product, wait_for
from tests.shaping import UNSHAPED_BPS, SlowLine
from tests.swarm import Seeder, make_torrent, tracker

FILM_S, FILM_KBPS = 300, 4_000  # the player fetches up to 60 MB ahead, so a short film would be there at once
UNDISTURBED_S = 10
GOOD_BPS, POOR_BPS = 3_000_000, 256_000
SWITCH_LIMIT_S = 150
COPY, LOWEST = "v-src", "v144"
LIGHT = ("v240", LOWEST)


@pytest.fixture(scope="module")
def film(product: Product, operator: Person, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A film of 4 Mbit/s that came by torrent, as soon as it can be played; its title."""
    path = large_film(
        tmp_path_factory.mktemp("shaped") / "shaped.mkv", size="1280x720", seconds=FILM_S, is_copyable=True,
        kbps=FILM_KBPS,
    )  # fmt: skip
    with tracker() as announce_url:
        torrent = make_torrent(path, [announce_url])
        with Seeder(path, torrent):
            row = operator.post("requests", {"name": "A heavy film"}, torrent=("shaped.torrent", torrent))

            def is_playable() -> bool:
                now = operator.get(f"requests/{row['id']}")
                assert now["state"] not in {"failed", "needs_attention"}, now
                return bool(now["playable"])

            wait_for("the film to be playable", is_playable, limit_s=READY_LIMIT_S)
    return str(operator.get(f"requests/{row['id']}")["title"]["id"])


@pytest.fixture
def line(product: Product) -> Iterator[SlowLine]:
    with SlowLine(product.port) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, line: SlowLine, operator: Person) -> Iterator[Page]:
    context = browser.new_context(base_url=line.url, viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    pages.sign_in(opened, operator)
    yield opened
    context.close()


def asked_on(line: SlowLine, rate_bps: int, found: Callable[[list[str]], bool], *, what: str) -> list[str]:
    """Change the line, then wait until the rungs that are asked for since are as ``found`` wants them."""
    line.rate_bps = rate_bps
    since = time.monotonic()

    def rungs() -> list[str]:
        return rungs_asked(request for request in line.requests if request.at >= since)

    try:
        wait_for(what, lambda: found(rungs()), limit_s=SWITCH_LIMIT_S, every_s=0.5)
    except AssertionError as error:
        error.add_note(f"asked since: {rungs()}, before: {rungs_asked(line.requests)}")
        raise
    return rungs()


@pytest.mark.soak  # a machine that is busy with more than this cannot encode a rung while it is watched
@pytest.mark.timeout(TEST_LIMIT_S)
def test_quality_follows_the_line_down_and_up(
    film: str, line: SlowLine, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    page.goto(f"/title/{film}")
    page.get_by_test_id("play").first.click()
    start_watching(page)
    pages.wait_until_playing(page, beyond=UNDISTURBED_S)
    began = stop_watching(page)

    down = asked_on(line, GOOD_BPS, lambda rungs: rungs[-1:] not in ([], [COPY]), what="less than 4 Mbit/s at 3")
    good = stop_watching(page)
    low = asked_on(line, POOR_BPS, lambda rungs: rungs[-1:] == [LOWEST], what=f"{LOWEST} at 256 kbit/s")
    poor = stop_watching(page)
    up = asked_on(line, GOOD_BPS, lambda rungs: rungs[-1:] not in ([], *([rung] for rung in LIGHT)), what="up again")
    line.rate_bps = UNSHAPED_BPS
    pages.wait_until_playing(page, beyond=poor.played_s)
    whole = stop_watching(page)
    with capsys.disabled():
        print(f"\n  asked: {down} at 3 Mbit/s, {low} at 256 kbit/s, {up} at 3 Mbit/s again")
        print(f"  LAN: {began}\n  3 Mbit/s: {good.since(began)}\n  256 kbit/s: {poor.since(good)}\n  in all: {whole}")
    assert began.long_halts == [], "a stall after the start on an unshaped line"
