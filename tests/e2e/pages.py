"""What a person does on a page, in their words; and how a test looks at the film."""

import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.product import PASSWORD, Person, wait_for

PAGE_LIMIT_MS = 20_000  # for a page on a machine with other work
expect.set_options(timeout=PAGE_LIMIT_MS)

# Records when each frame was shown, on the clock that all pages of one machine share (ms since the epoch).
WATCH_FRAMES = """() => {
  const video = document.querySelector('[data-testid=video]');
  if (video.__watched) return;
  video.__watched = true;
  window.__frames = [];
  const note = (now, meta) => {
    window.__frames.push([performance.timeOrigin + meta.expectedDisplayTime, meta.mediaTime]);
    if (window.__frames.length > 20000) window.__frames.splice(0, 5000);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  window.__events = [];
  for (const kind of ['play', 'pause', 'seeked', 'waiting'])
    video.addEventListener(kind, () =>
      window.__events.push([performance.timeOrigin + performance.now(), kind, video.currentTime]));
}"""


def register(page: Page, person: Person) -> None:
    page.goto("/register")
    page.get_by_test_id("register-name").fill(person.name.title())
    page.get_by_test_id("register-email").fill(person.email)
    page.get_by_test_id("register-password").fill(PASSWORD)
    page.get_by_test_id("register-submit").click()


def sign_in(page: Page, person: Person) -> None:
    page.goto("/login")
    page.get_by_test_id("login-email").fill(person.email)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("login-submit")).to_be_hidden()


def film(page: Page) -> dict[str, Any]:
    """The state of the video element."""
    return (
        page.evaluate(
            """() => { const v = document.querySelector('[data-testid=video]');
        return v && {at: v.currentTime, paused: v.paused, ready: v.readyState, duration: v.duration,
                     frames: v.getVideoPlaybackQuality().totalVideoFrames, error: v.error && v.error.message}; }"""
        )
        or {}
    )


def wait_until_playing(page: Page, *, beyond: float = 0, limit_s: float = 30) -> None:
    def moves() -> bool:
        before = film(page)
        time.sleep(0.5)
        after = film(page)
        return bool(before and after and not after["paused"] and after["at"] > max(before["at"], beyond))

    wait_for(f"the film to play beyond {beyond} s; it is {film(page)}", moves, limit_s=limit_s)


def wait_until_paused(page: Page, *, limit_s: float = 10) -> float:
    wait_for("the film to pause", lambda: film(page).get("paused"), limit_s=limit_s, every_s=0.1)
    return float(film(page)["at"])


def wait_until_at(page: Page, position: float, *, within: float, limit_s: float = 20) -> None:
    wait_for(
        f"the film to be near {position} s",
        lambda: abs(film(page).get("at", -1e9) - position) <= within,
        limit_s=limit_s,
    )


def seek_to_share(page: Page, share: float) -> None:
    """Click the seek bar at ``share`` (0..1) of its width."""
    page.mouse.move(640, 300)
    bar = page.get_by_test_id("seek")
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)


def toggle_play(page: Page) -> None:
    page.mouse.move(600, 300)
    page.mouse.move(640, 310)
    page.get_by_test_id("toggle-play").click()


def toggle_play_if_paused(page: Page) -> None:
    wait_for("the film to be loaded", lambda: film(page).get("ready", 0) >= 2, limit_s=30)
    if film(page)["paused"]:
        toggle_play(page)
