"""A server at home, opened from another machine: plain HTTP and a name, where browsers offer a page less."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e import pages
from tests.e2e.conftest import CHROMIUM_FLAGS
from tests.e2e.test_watch_together import demo_title, open_party_as_guest
from tests.product import TEST_LIMIT_S, Person, Product

pytestmark = pytest.mark.timeout(TEST_LIMIT_S)
NAME = "cinema.lan"


@pytest.fixture
def lan_page(browser: Browser, chromium_path: str, product: Product) -> Iterator[Page]:
    flags = [*CHROMIUM_FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    other = browser.browser_type.launch(executable_path=chromium_path, args=flags)
    context = other.new_context(base_url=f"http://{NAME}:{product.port}", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(pages.PAGE_LIMIT_MS)
    yield context.new_page()
    other.close()


def test_a_film_and_a_party_work_over_plain_http(lan_page: Page, product: Product, operator: Person) -> None:
    title_id = demo_title(operator)
    pages.sign_in(lan_page, Person.member(product, "frank", operator))
    assert not lan_page.evaluate("isSecureContext"), "this test is about pages that browsers trust less"
    lan_page.goto(f"/watch/{title_id}")
    pages.wait_until_playing(lan_page)
    lan_page.goto(f"/title/{title_id}")
    lan_page.get_by_test_id("start-party").click()
    lan_page.wait_for_url("**/room/*")
    link = lan_page.get_by_test_id("invite-link").input_value()
    assert link.startswith(f"http://{NAME}:"), "whoever is sent it has to find the server, too"
    lan_page.keyboard.press("Escape")
    pages.toggle_play_if_paused(lan_page)
    pages.wait_until_playing(lan_page)
    browser = lan_page.context.browser
    assert browser is not None
    guest = open_party_as_guest(browser.new_context(), link, "Gina")
    pages.toggle_play(guest)
    pages.wait_until_paused(lan_page)
