"""The main job in real Chromium: alice registers, watches, resumes, starts a party; bob joins by link as a guest."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import pages
from tests.product import READY_LIMIT_S, TEST_LIMIT_S, Person, Product, wait_for

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)

DEMO_NAME = "A Matinee for Two"
DEMO_DURATION_S = 120


def demo_title(operator: Person) -> str:
    """Waits until the demo film, which the server made by itself, is ready."""

    def find() -> str | None:
        ready = operator.get("library")["ready"]
        return next((title["id"] for title in ready if title["name"] == DEMO_NAME), None)

    return str(wait_for("the demo film to become ready by itself", find, limit_s=READY_LIMIT_S))


def open_party_as_guest(context: BrowserContext, link: str, name: str) -> Page:
    page = context.new_page()
    page.goto(link)
    page.get_by_test_id("guest-name").fill(name)
    page.get_by_test_id("join").click()
    pages.wait_until_playing(page)
    return page


def test_alice_watches_resumes_and_shares_the_film_with_bob(
    product: Product, operator: Person, new_person: Callable[[], BrowserContext]
) -> None:
    title_id = demo_title(operator)
    alice = Person(product, "alice")
    browser = new_person()
    page = browser.new_page()

    pages.register(page, alice)
    token = operator.verification_token(alice.email)
    page.goto(f"/verify?token={token}")
    expect(page.get_by_text(re.compile("verified", re.IGNORECASE)).first).to_be_visible()
    pages.sign_in(page, alice)

    page.goto("/")
    page.get_by_test_id(f"card-{title_id}").first.click()
    page.get_by_test_id("play").click()
    pages.wait_until_playing(page)
    pages.seek_to_share(page, 0.4)
    pages.wait_until_playing(page, beyond=0.4 * DEMO_DURATION_S)
    left_at = pages.film(page)["at"]
    page.close()

    page = browser.new_page()
    page.goto(f"/title/{title_id}")
    page.get_by_test_id("play").click()
    pages.wait_until_playing(page, beyond=1)
    assert abs(pages.film(page)["at"] - left_at) <= 10

    page.goto(f"/title/{title_id}")
    page.get_by_test_id("start-party").click()
    page.wait_for_url("**/room/*")
    link = page.get_by_test_id("invite-link").input_value()
    page.keyboard.press("Escape")
    pages.toggle_play_if_paused(page)
    pages.wait_until_playing(page)
    guest = open_party_as_guest(new_person(), link, "Bob")

    pages.toggle_play(guest)
    at_bob, at_alice = pages.wait_until_paused(guest), pages.wait_until_paused(page)
    assert abs(at_bob - at_alice) <= 0.1
    pages.toggle_play(page)
    pages.wait_until_playing(guest)
    pages.wait_until_playing(page)
    pages.seek_to_share(guest, 0.7)
    pages.wait_until_playing(page, beyond=0.65 * DEMO_DURATION_S)
    pages.seek_to_share(page, 0.1)
    pages.wait_until_at(guest, 0.1 * DEMO_DURATION_S, within=8)

    guest.get_by_test_id("chat-input").fill("Hello from Bob")
    guest.get_by_test_id("chat-input").press("Enter")
    expect(page.get_by_test_id("chat-log")).to_contain_text("Hello from Bob")
    expect(page.get_by_test_id("members")).to_contain_text("Bob")


def test_a_wrong_invite_is_refused_in_plain_words(product: Product, new_person: Callable[[], BrowserContext]) -> None:
    page = new_person().new_page()
    page.goto("/join/not-a-real-invite")
    expect(
        page.get_by_role("alert").or_(page.get_by_text(re.compile("invite|invitation", re.IGNORECASE))).first
    ).to_be_visible()
    assert page.get_by_test_id("guest-name").count() == 0
