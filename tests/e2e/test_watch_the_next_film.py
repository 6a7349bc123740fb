"""Two people in real Chromium queue a film, vote for it and move on to it, in step and without a reload."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import films
from tests.e2e import pages
from tests.e2e.test_watch_together import DEMO_DURATION_S, demo_title, open_party_as_guest
from tests.product import READY_LIMIT_S, TEST_LIMIT_S, Person, Product, wait_for

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)

FILM_S = 60
MAX_SKEW_S = 0.1
WHERE = """() => { const room = window.__matinee; const video = document.querySelector('[data-testid=video]');
    return [video.currentTime, room.expected(), room.error()]; }"""


def fetch_film(operator: Person, film: films.SeededFilm) -> str:
    """Asks for the film and waits until it is ready; returns its title."""
    row = operator.post("requests", {"name": film.name}, torrent=("film.torrent", film.torrent))

    def find() -> str | None:
        request = operator.get(f"requests/{row['id']}")
        assert request["state"] not in {"failed", "needs_attention"}, request
        return request["title"]["id"] if request["state"] == "ready" else None

    return str(wait_for("the second film to become ready", find, limit_s=READY_LIMIT_S))


def is_on(page: Page, duration_s: float) -> bool:
    return abs(pages.film(page).get("duration", 0) - duration_s) < 2


def in_step(page: Page) -> bool:
    at, expected, _ = page.evaluate(WHERE)
    return abs(at - expected) <= MAX_SKEW_S


def test_a_queue_brings_the_next_film_to_both(
    product: Product, operator: Person, new_person: Callable[[], BrowserContext], tmp_path: Path
) -> None:
    demo = demo_title(operator)
    with films.seeded_film(tmp_path, name="Harbour Lights", seconds=FILM_S) as film:
        second = fetch_film(operator, film)
    host = new_person().new_page()
    pages.sign_in(host, operator)
    host.goto(f"/title/{demo}")
    host.get_by_test_id("start-party").click()
    host.wait_for_url("**/room/*")
    link = host.get_by_test_id("invite-link").input_value()
    host.keyboard.press("Escape")
    pages.toggle_play_if_paused(host)
    pages.wait_until_playing(host)
    guest = open_party_as_guest(new_person(), link, "Bob")
    assert is_on(guest, DEMO_DURATION_S)

    guest.get_by_test_id("queue-tab").click()
    guest.get_by_test_id("queue-search").fill("harb")
    guest.get_by_test_id(f"add-{second}").click()
    host.get_by_test_id("queue-tab").click()
    queued = host.get_by_test_id(f"queued-{second}")
    expect(queued).to_contain_text("Added by Bob")
    guest.get_by_role("button", name="Vote for Harbour Lights").click()
    expect(queued.get_by_role("button", name="1 vote")).to_be_visible()

    host.get_by_test_id("queue-skip").click()
    for page in (host, guest):
        wait_for("the next film", lambda page=page: is_on(page, FILM_S), limit_s=30)
        pages.wait_until_playing(page, beyond=1)
        expect(page.get_by_test_id(f"queued-{second}")).to_have_count(0)
        expect(page.get_by_role("heading", name="Harbour Lights")).to_be_visible()
    for page in (host, guest):
        wait_for("both to be in step", lambda page=page: in_step(page), limit_s=20)
    pages.toggle_play(guest)
    assert abs(pages.wait_until_paused(guest) - pages.wait_until_paused(host)) <= MAX_SKEW_S
