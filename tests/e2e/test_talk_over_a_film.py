"""Two people talk in real Chromium: answers, reactions, changed words, and what they feel about the film."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e import pages
from tests.e2e.test_watch_together import DEMO_DURATION_S, demo_title
from tests.product import TEST_LIMIT_S, Person, Product

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)


@pytest.fixture
def party(product: Product, operator: Person, new_person: Callable[[], BrowserContext]) -> tuple[Page, Page]:
    """Alice, who owns the room, and Bob, who came by her link. The film rests at its start: talk needs no picture."""
    alice = Person.member(product, "alice", operator)
    room = alice.post("rooms", {"title_id": demo_title(operator), "name": "Friday"})
    page = new_person().new_page()
    pages.sign_in(page, alice)
    page.goto(f"/room/{room['id']}")
    link = page.get_by_test_id("invite-link").input_value()
    page.keyboard.press("Escape")
    guest = new_person().new_page()
    guest.goto(link)
    guest.get_by_test_id("guest-name").fill("Bob")
    guest.get_by_test_id("join").click()
    expect(page.get_by_test_id("chat-log")).to_contain_text("Bob joined")
    return page, guest


def say(page: Page, text: str) -> None:
    page.get_by_test_id("chat-input").fill(text)
    page.get_by_test_id("chat-input").press("Enter")


def message(page: Page, text: str) -> Locator:
    return page.get_by_test_id("message").filter(has_text=text).first


def test_people_answer_react_and_change_their_words(party: tuple[Page, Page]) -> None:
    alice, bob = party
    say(alice, "Look at the clok")
    first = message(bob, "Look at the clok")
    first.hover()
    first.get_by_role("button", name="Reply to Alice").click()
    bob.keyboard.type("Which one?")
    bob.keyboard.press("Enter")
    answer = message(alice, "Which one?")
    expect(answer.get_by_test_id("quote")).to_contain_text("Look at the clok")

    first = message(bob, "Look at the clok")
    first.hover()
    first.get_by_role("button", name="React to Alice's message").click()
    first.get_by_test_id("emoji-heart").click()
    chip = alice.get_by_test_id("reaction-heart")
    expect(chip).to_have_text("1")
    chip.click()
    expect(bob.get_by_test_id("reaction-heart")).to_have_text("2")
    chip.click()
    expect(bob.get_by_test_id("reaction-heart")).to_have_text("1")

    alice.get_by_test_id("chat-input").press("ArrowUp")
    expect(alice.get_by_test_id("chat-input")).to_have_value("Look at the clok")
    say(alice, "Look at the clock")
    expect(bob.get_by_test_id("chat-log")).to_contain_text("Look at the clock (edited)")
    expect(answer.get_by_test_id("quote")).to_contain_text("Look at the clock")

    own = message(alice, "Look at the clock (edited)")
    own.hover()
    own.get_by_role("button", name="Remove this message").click()
    own.get_by_role("button", name="Remove?").click()
    expect(bob.get_by_test_id("chat-log")).not_to_contain_text("Look at the clock (edited)")
    bob.reload()
    expect(bob.get_by_test_id("chat-log")).to_contain_text("Message removed")
    expect(bob.get_by_test_id("chat-log")).to_contain_text("Which one?")


def test_what_people_feel_about_the_film_is_seen_by_the_others_and_again_when_the_film_is_there(
    party: tuple[Page, Page],
) -> None:
    alice, bob = party
    pages.seek_to_share(alice, 0.5)
    pages.wait_until_at(bob, 0.5 * DEMO_DURATION_S, within=3)
    alice.get_by_test_id("react-film").get_by_test_id("emoji-fire").click()
    expect(bob.get_by_test_id("film-reactions")).to_be_visible()
    expect(bob.get_by_test_id("film-reactions")).to_have_count(0)
    bob.reload()
    expect(bob.get_by_test_id("mood-mark")).to_have_count(1)
    pages.seek_to_share(alice, 0.45)
    pages.toggle_play_if_paused(alice)
    expect(bob.get_by_test_id("film-reactions")).to_be_visible()
