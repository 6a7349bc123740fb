"""Two people on two web processes talk to each other in real Chromium, with the microphone that it brings for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from apps.rooms import services
from project.supervisor import frontend
from tests.accounts_cast import person
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.e2e.pages import PAGE_LIMIT_MS
from tests.product import wait_for
from tests.rooms_servers import redis_server, running, web_server
from tests.streaming_rows import ready_asset

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

FAKE_MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # it beeps once a second
DUCKED = 0.35
LIMIT_S = 40  # on a machine with other work
AUDIBLE = 0.01  # a closed microphone sends silence, which is a little above nothing when it was coded and decoded
KEEP_CONNECTIONS = """() => {
  const made = window.__connections = [];
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...given) { super(...given); made.push(this); }
  };
}"""
INBOUND = """async () => {
  const found = {bytes: 0, level: 0, open: 0};
  for (const connection of window.__connections) {
    if (connection.connectionState === 'connected') found.open += 1;
    for (const report of (await connection.getStats()).values())
      if (report.type === 'inbound-rtp') {
        found.bytes += report.bytesReceived;
        found.level = Math.max(found.level, report.audioLevel ?? 0);
      }
  }
  return found;
}"""


@pytest.fixture
def invites(transactional_db: None) -> Iterator[list[str]]:
    """Links into one room, one for each web process. Its film has no pictures; the element that plays it is there."""
    frontend.prepare()
    alice = person("alice")
    room = services.create_room(owner_id=alice.pk, title_id=ready_asset().title_id)
    token, _ = services.create_invite(room_id=room.pk, by=alice.pk)
    redis = redis_server()
    one, two = web_server(redis), web_server(redis)
    with running(redis, one, two):
        yield [f"http://localhost:{web.port}/join/{token}" for web in (one, two)]


@contextmanager
def browser_with_microphone(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = [*CHROMIUM_FLAGS, *FAKE_MICROPHONE]
        chromium = playwright.chromium.launch(executable_path=path, args=flags, headless=True)
        yield chromium
        chromium.close()


def enter(browser: Browser, invite: str, name: str) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=["microphone"])
    context.set_default_timeout(PAGE_LIMIT_MS)
    context.add_init_script(f"({KEEP_CONNECTIONS})()")
    page = context.new_page()
    page.goto(invite)
    page.get_by_test_id("guest-name").fill(name)
    page.get_by_test_id("join").click()
    page.get_by_role("tab", name="People").click()
    return page


def inbound(page: Page) -> dict[str, Any]:
    return dict(page.evaluate(INBOUND))


def volume(page: Page) -> float:
    return float(page.evaluate("document.querySelector('[data-testid=video]').volume"))


def hears_a_voice(page: Page) -> bool:
    return bool(inbound(page)["level"] > AUDIBLE)


def test_two_people_hear_each_other_and_the_film_gives_way(invites: list[str], chromium_path: str) -> None:
    with browser_with_microphone(chromium_path) as browser:
        ann, bob = people = [enter(browser, invite, name) for invite, name in zip(invites, ("Ann", "Bob"), strict=True)]
        for page in people:
            page.get_by_test_id("voice-join").click()
        for page in people:
            wait_for("a connection to the other", lambda page=page: inbound(page)["open"] == 1, limit_s=LIMIT_S)
            before = inbound(page)["bytes"]
            wait_for("sound to arrive", lambda page=page, had=before: inbound(page)["bytes"] > had, limit_s=LIMIT_S)
        assert not hears_a_voice(ann)
        assert volume(ann) == 1

        bob.keyboard.down("v")
        wait_for("ann to hear bob", lambda: hears_a_voice(ann), limit_s=LIMIT_S, every_s=0.05)
        expect(ann.locator("[data-talking]")).to_have_count(1)
        wait_for("the film to give way", lambda: abs(volume(ann) - DUCKED) < 0.01, limit_s=LIMIT_S)
        bob.keyboard.up("v")
        expect(ann.locator("[data-talking]")).to_have_count(0)
        wait_for("the film to come back", lambda: volume(ann) == 1, limit_s=LIMIT_S)

        ann.get_by_label("Open mic").check()
        wait_for("bob to hear ann without a key", lambda: hears_a_voice(bob), limit_s=LIMIT_S, every_s=0.05)

        bob.get_by_test_id("voice-leave").click()
        for page in people:
            wait_for("the connections to end", lambda page=page: inbound(page)["open"] == 0, limit_s=LIMIT_S)
        expect(bob.get_by_test_id("voice-join")).to_be_visible()
