"""Ten seconds without any network in the middle of a party: the film goes on, and nothing that was said is lost."""

import math
import statistics
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.bench.party_measure import Track, skews_ms
from tests.e2e import pages
from tests.e2e.test_watch_together import demo_title
from tests.product import READY_LIMIT_S, TEST_LIMIT_S, Person, Product, wait_for

pytestmark = pytest.mark.timeout(TEST_LIMIT_S + READY_LIMIT_S)

OFFLINE_S = 10.0
ENOUGH_S = OFFLINE_S + 8  # of film in hand before the cut
MAX_SKEW_MS = 100
LOOK_S = 4.0
IN_STEP_LIMIT_S = 30

# The page's own socket, not one that passes through this test: it would be as slow as the test, and so would the clock.
KEEP_LINES = """() => {
  const lines = window.__lines = [];
  window.WebSocket = class extends window.WebSocket {
    constructor(...given) { super(...given); if (String(given[0]).includes('/ws/rooms/')) lines.push(this); }
  };
}"""
CUT = "window.__lines.at(-1).close(3000, 'cut by the test')"
COUNT_SEEKS = """() => {
  window.__seeks = 0;
  document.querySelector('[data-testid=video]').addEventListener('seeking', () => { window.__seeks += 1; });
}"""
AHEAD = """() => {
  const video = document.querySelector('[data-testid=video]');
  const {buffered, currentTime} = video;
  for (let i = 0; i < buffered.length; i += 1)
    if (buffered.start(i) <= currentTime && buffered.end(i) > currentTime) return buffered.end(i) - currentTime;
  return 0;
}"""


def say(page: Page, text: str) -> None:
    page.get_by_test_id("chat-input").fill(text)
    page.get_by_test_id("chat-input").press("Enter")


def skew_ms(one: Page, other: Page) -> float:
    """How far apart the pictures of two pages are while one looks for some seconds: the median."""
    for page in (one, other):
        page.evaluate("() => window.__frames.splice(0)")
    time.sleep(LOOK_S)
    tracks = [Track(), Track()]
    for page, track in zip((one, other), tracks, strict=True):
        track.add(page.evaluate("() => window.__frames"))
    seen = skews_ms(tracks, max(track.times[0] for track in tracks), min(track.times[-1] for track in tracks))
    return statistics.median(seen) if seen else math.inf


def test_ten_seconds_offline_end_without_a_seek_and_lose_no_word(
    product: Product, operator: Person, new_person: Callable[[], BrowserContext]
) -> None:
    title_id = demo_title(operator)
    alice = Person.member(product, "alice", operator)
    page = new_person().new_page()
    pages.sign_in(page, alice)
    page.goto(f"/title/{title_id}")
    page.get_by_test_id("start-party").click()
    page.wait_for_url("**/room/*")
    link = page.get_by_test_id("invite-link").input_value()
    page.keyboard.press("Escape")
    pages.toggle_play_if_paused(page)
    pages.wait_until_playing(page)

    context = new_person()
    context.add_init_script(f"({KEEP_LINES})()")
    guest = context.new_page()
    guest.goto(link)
    guest.get_by_test_id("guest-name").fill("Bob")
    guest.get_by_test_id("join").click()
    pages.wait_until_playing(guest)
    wait_for(f"{ENOUGH_S} s of film in hand", lambda: guest.evaluate(AHEAD) >= ENOUGH_S, limit_s=60)
    for each in (page, guest):
        each.evaluate(pages.WATCH_FRAMES)
    guest.evaluate(COUNT_SEEKS)

    context.set_offline(True)
    guest.evaluate(CUT)
    say(guest, "written without a line")
    say(page, "where is Bob?")
    guest.wait_for_timeout(OFFLINE_S * 1000)
    assert guest.evaluate("window.__lines.length") == 1, "there was no network to come back over"
    context.set_offline(False)

    expect(guest.get_by_test_id("chat-log")).to_contain_text("where is Bob?")
    expect(page.get_by_test_id("chat-log")).to_contain_text("written without a line")
    wait_for("both to be in step", lambda: skew_ms(page, guest) <= MAX_SKEW_MS, limit_s=IN_STEP_LIMIT_S)
    assert guest.evaluate("window.__seeks") == 0
    for each in (page, guest):
        for text in ("written without a line", "where is Bob?"):
            assert each.get_by_test_id("chat-log").inner_text().count(text) == 1
