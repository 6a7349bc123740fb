"""`make bench-sync`: how far apart two real Chromium pages are, and how long a command takes to reach the other one.

Skew is measured from ``requestVideoFrameCallback``: each page notes (time shown on the machine's shared clock, media
time of the frame); B's line is interpolated at A's instants. Command times run from the click to the media event.
"""

import argparse
import statistics
import sys
import time
from bisect import bisect_left
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e import pages  # noqa: E402 - a script finds the tests package through the line above
from tests.e2e.conftest import CHROMIUM_FLAGS  # noqa: E402
from tests.e2e.test_watch_together import demo_title, open_party_as_guest  # noqa: E402
from tests.product import Person, Product, open_folder  # noqa: E402

SKEW_GOAL_MS = 40
PAUSE_GOAL_MS = 250
PLAY_GOAL_MS = 400
SETTLE_S = 6
MAX_FRAME_GAP_MS = 200


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def skews_ms(first: list[list[float]], second: list[list[float]]) -> list[float]:
    """Distance in media time, ms, at each frame of ``first`` that lies between two near frames of ``second``."""
    times = [shown for shown, _ in second]
    found = []
    for shown, media in first:
        right = bisect_left(times, shown)
        if 0 < right < len(times) and 0 < times[right] - times[right - 1] < MAX_FRAME_GAP_MS:
            (t0, m0), (t1, m1) = second[right - 1], second[right]
            found.append(abs(media - (m0 + (m1 - m0) * (shown - t0) / (t1 - t0))) * 1000)
    return found


def frames_of(page: Page) -> list[list[float]]:
    return page.evaluate("() => window.__frames.splice(0)")


def command_ms(actor: Page, other: Page, kind: str) -> float:
    """From the actor's click to ``kind`` on the other page's video, ms."""
    other.evaluate("() => { window.__events.length = 0 }")
    actor.evaluate(
        "() => document.querySelector('[data-testid=toggle-play]').addEventListener('click',"
        " () => { window.__clicked = performance.timeOrigin + performance.now() }, {once: true, capture: true})"
    )
    pages.toggle_play(actor)
    other.wait_for_function("kind => window.__events.some(event => event[1] === kind)", arg=kind)
    happened = other.evaluate("kind => window.__events.find(event => event[1] === kind)[0]", kind)
    return float(happened) - float(actor.evaluate("() => window.__clicked"))


def open_party(browser: Browser, product: Product) -> tuple[Page, Page]:
    operator = Person.operator(product)
    alice = Person.member(product, "alice", operator)
    title_id = demo_title(operator)
    contexts: list[BrowserContext] = [browser.new_context(base_url=product.url) for _ in range(2)]
    host = contexts[0].new_page()
    pages.sign_in(host, alice)
    host.goto(f"/title/{title_id}")
    host.get_by_test_id("start-party").click()
    host.wait_for_url("**/room/*")
    link = host.get_by_test_id("invite-link").input_value()
    host.keyboard.press("Escape")
    pages.toggle_play_if_paused(host)
    pages.wait_until_playing(host)
    guest = open_party_as_guest(contexts[1], link, "Bob")
    for page in (host, guest):
        page.evaluate(pages.WATCH_FRAMES)
    return host, guest


def measure(browser: Browser, product: Product, seconds: float, rounds: int) -> list[tuple[str, str, str]]:
    host, guest = open_party(browser, product)
    time.sleep(SETTLE_S)
    frames_of(host), frames_of(guest)
    time.sleep(seconds)
    skew = skews_ms(frames_of(host), frames_of(guest))
    pauses, plays = [], []
    for index in range(rounds):
        actor, other = (host, guest) if index % 2 else (guest, host)
        pauses.append(command_ms(actor, other, "pause"))
        time.sleep(1)
        plays.append(command_ms(actor, other, "play"))
        time.sleep(1.5)
    return [
        ("frames compared", str(len(skew)), "-"),
        (
            "skew p50 / p95, ms",
            f"{statistics.median(skew):.1f} / {percentile(skew, 0.95):.1f}",
            f"p95 <= {SKEW_GOAL_MS}",
        ),
        (
            "click to remote pause p50 / p95, ms",
            f"{statistics.median(pauses):.0f} / {percentile(pauses, 0.95):.0f}",
            f"p95 <= {PAUSE_GOAL_MS}",
        ),
        (
            "click to remote play p50 / p95, ms",
            f"{statistics.median(plays):.0f} / {percentile(plays, 0.95):.0f}",
            f"p95 <= {PLAY_GOAL_MS}",
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with open_folder("matinee-bench-") as folder, sync_playwright() as playwright:
        product = Product(folder / "data", env={"MATINEE_DEMO": "1"})
        product.start()
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
            rows = measure(browser, product, options.seconds, options.rounds)
            browser.close()
        finally:
            product.stop()
    print(f"{'two Chromium pages, one machine':<40}{'measured':>16}   goal")
    for name, value, goal in rows:
        print(f"{name:<40}{value:>16}   {goal}")


if __name__ == "__main__":
    main()
